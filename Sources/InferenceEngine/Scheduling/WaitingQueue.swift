/// Sequences that hold no KV blocks, in the order in which they may have some.
///
/// By priority; then those that ran before; then by deadline; then the tenant that has had least; then by arrival. And
/// nobody is overtaken for ever.
struct WaitingQueue {
    private let maxOvertakes: Int
    /// In order, but for the tenants' shares, which change.
    private var entries: [ActiveSequence] = []
    /// How often others went before the one that arrived first.
    private var overtakes = 0
    private var overtaken: UInt64?

    init(maxOvertakes: Int) { self.maxOvertakes = maxOvertakes }

    var count: Int { self.entries.count }
    var sequences: [ActiveSequence] { self.entries }

    mutating func add(_ sequence: ActiveSequence) {
        var low = 0
        var high = self.entries.count
        while low < high {
            let middle = (low + high) / 2
            if Self.isOrdered(sequence, before: self.entries[middle]) { high = middle } else { low = middle + 1 }
        }
        self.entries.insert(sequence, at: low)
    }

    /// The one that is next, without taking it.
    mutating func next(_ shares: TenantShares) -> ActiveSequence? {
        guard let first = self.entries.first else { return nil }
        let oldest = self.entries.dropFirst().reduce(first) { $1.ordinal < $0.ordinal ? $1 : $0 }
        if self.overtaken != oldest.ordinal {
            self.overtaken = oldest.ordinal
            self.overtakes = 0
        }
        if self.overtakes >= self.maxOvertakes { return oldest }
        guard first.preemptions == 0 else { return first }
        // The entries that only their tenants tell apart stand together, each tenant's in order of arrival.
        var best = first
        for entry in self.entries.dropFirst() {
            guard !Self.isRanked(first, before: entry) else { break }
            if shares.served(entry.tenant) < shares.served(best.tenant) { best = entry }
        }
        return best
    }

    /// Takes what ``next(_:)`` returned.
    mutating func take(_ sequence: ActiveSequence) {
        guard let index = self.entries.firstIndex(where: { $0 === sequence }) else {
            preconditionFailure("sequence \(sequence.id) is taken from the waiting queue, and is not in it")
        }
        self.entries.remove(at: index)
        if self.overtaken != sequence.ordinal {
            self.overtakes += 1
        } else if self.overtakes >= self.maxOvertakes {
            // It would have to give up its KV blocks to those that it was let before.
            sequence.priority = Int.min
        }
    }

    mutating func remove(where isGone: (ActiveSequence) -> Bool) -> [ActiveSequence] {
        let gone = self.entries.filter(isGone)
        if !gone.isEmpty { self.entries.removeAll(where: isGone) }
        return gone
    }

    func checkIntegrity() {
        for (index, entry) in self.entries.enumerated() {
            precondition(entry.blockTable.isEmpty && entry.computedTokens == 0, "a waiting sequence holds KV blocks")
            guard index > 0 else { continue }
            precondition(Self.isOrdered(self.entries[index - 1], before: entry), "the waiting queue is out of order")
        }
    }

    private static func isOrdered(_ one: ActiveSequence, before other: ActiveSequence) -> Bool {
        if self.isRanked(one, before: other) { return true }
        return !self.isRanked(other, before: one) && one.ordinal < other.ordinal
    }

    /// The part of the order that does not change: all but tenants and arrival.
    private static func isRanked(_ one: ActiveSequence, before other: ActiveSequence) -> Bool {
        if one.priority != other.priority { return one.priority < other.priority }
        let ranBefore = (one.preemptions > 0, other.preemptions > 0)
        if ranBefore.0 != ranBefore.1 { return ranBefore.0 }
        guard !ranBefore.0 else { return false }
        switch (one.deadline, other.deadline) {
        case (let one?, let other?): return one < other
        case (_?, nil): return true
        case (nil, _): return false
        }
    }
}
