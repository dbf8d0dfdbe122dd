/// The steps of docs/expert-arena.md as a model: a few workers, experts and slots, one operation on one word at a time.
///
/// Its search goes through every order of these steps, with a death after any of them and recovery by somebody who may be
/// replaced half-way, too. It knows nothing of the C code: it is about the steps themselves.
struct ArenaModel {
    /// What could be wrong with the steps; the search has to find each.
    enum Flaw: CaseIterable {
        case pinWithoutSecondLook, evictWithoutLookAtPins, evictHeldSlot, pinAfterPublication
        case recoverEvictingAsReady, recoverEvictingOfHeldAsEmpty, recoverHeldAsFree, recoverHeldOfEvictingAsFree
    }

    /// One expert that a worker wants, and who has to go for it.
    struct Operation {
        let target: UInt8
        let victim: UInt8
        /// Whether it is only read, for later: published without a pin.
        var isAhead = false
    }

    let flaw: Flaw?
    let slots: Int
    /// `[worker]`, in the order in which it does them.
    let operations: [[Operation]]
    static let workers = 2
    static let experts = 2

    /// Everything that the next steps depend on, in bytes.
    struct State: Hashable {
        // Experts: 0 EMPTY, 1 LOADING, 2 READY, 3 EVICTING.
        var expert = SIMD2<UInt8>()
        var expertSlot = SIMD2<UInt8>()
        var expertOwner = SIMD2<UInt8>()
        var generation = SIMD2<UInt8>()
        // Slots: 0 FREE, 1 HELD, 2 OF.
        var slot = SIMD2<UInt8>()
        var slotOwner = SIMD2<UInt8>()
        var slotExpert = SIMD2<UInt8>()
        /// Whose record is in it; 255 for half a record.
        var content = SIMD2<UInt8>(repeating: 255)
        // `[slot * workers + worker]`
        var pins = SIMD4<UInt8>()
        var worker = Pair(Worker(), Worker())
        var dead: UInt8?
        var isRecovered = false
        var recovery = Recovery()
        var replacementsLeft: UInt8 = 1

        mutating func set(_ expert: Int, _ state: UInt8, slot: UInt8 = 0, owner: UInt8 = 0) {
            self.expert[expert] = state
            self.expertSlot[expert] = slot
            self.expertOwner[expert] = owner
            self.generation[expert] += 1
        }
    }

    /// Two of a kind, without an array's memory: there are many states.
    struct Pair<Element: Hashable>: Hashable {
        private var first: Element
        private var second: Element

        init(_ first: Element, _ second: Element) { (self.first, self.second) = (first, second) }

        subscript(index: Int) -> Element {
            get { index == 0 ? self.first : self.second }
            set { if index == 0 { self.first = newValue } else { self.second = newValue } }
        }
    }

    struct Worker: Hashable {
        var step = Step.start
        var operation: UInt8 = 0
        var slot: UInt8 = 0
        var generation: UInt8 = 0
        var goes = false

        /// Goes on to the next of its operations.
        mutating func end(of operations: [Operation]) {
            let isLast = Int(self.operation) + 1 == operations.count
            self = Worker(step: isLast ? .finished : .start, operation: self.operation + (isLast ? 0 : 1))
        }
    }

    enum Step: UInt8 {
        case start, raisePin, lookAgain, use, useStill, lowerPin, claim, takeFree, readVictim, markEvicting, readSlot
        case lookAtPins, lookAtMorePins, takeSlot, settleVictim, abandon, writeHalf, writeRest, raiseOwnPin, publish,
            giveSlot
        case raisePinLate, finished
    }

    struct Recovery: Hashable {
        /// Experts, then slots, then pins, then the row.
        var at: UInt8 = 0
        /// Whether the word was read, and what is to become of it.
        var decision: UInt8?
        var generation: UInt8 = 0
    }
}
