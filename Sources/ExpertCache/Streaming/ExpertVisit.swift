import ModelFiles
import TensorKernels

/// Carries a plan out: hands out what is pinned, has the rest read, and waits for it.
///
/// Pins are only held while something is done with them: with none held and nothing being read, a slot comes free sooner or
/// later, whatever other workers hold.
struct ExpertVisit {
    /// How long a wait is before the state of what other workers read is looked at again.
    private static let glance = Duration.milliseconds(5)

    private let parts: ArenaExpertSource.Parts
    private let file: ExpertRecordReader
    private let number: Int
    /// What was read comes first: its slots are needed again, and what is resident fills the time until more has come.
    private var ready: [ExpertPin]
    private var reads: [VisitPlan.Read]
    private var inTransit: [ExpertKey]
    /// Reads that were asked for, some of them before the visit, and have not come.
    private var requested: Set<ExpertKey>
    /// The layer that comes next, where it is read ahead; the first of its experts that was not looked at, and how many are read.
    private let following: ExpertRecordReader?
    private var nextAhead = 0
    private var aheadCount = 0

    init(
        _ parts: ArenaExpertSource.Parts,
        _ file: ExpertRecordReader,
        _ number: Int,
        _ plan: VisitPlan,
        following: ExpertRecordReader?
    ) {
        self.parts = parts
        self.file = file
        self.number = number
        self.following = following
        self.ready = plan.resident
        self.reads = plan.reads
        self.inTransit = plan.inTransit
        self.requested = plan.outstanding
        parts.arena.add(plan.resident.count, to: .hits)
        parts.arena.add(plan.outstanding.count, to: .coalescedLoads)
    }

    /// Hands everything to `body`, in groups.
    mutating func run(_ body: ([ResidentExpert]) throws -> Void) throws {
        var progress = ContinuousClock.now
        while true {
            try self.request(isLastResort: self.ready.isEmpty && self.requested.isEmpty)
            try self.collect(waitingAtMost: .zero)
            if self.reads.isEmpty { try self.lookAhead() }
            if self.ready.isEmpty {
                guard !self.requested.isEmpty || !self.reads.isEmpty || !self.inTransit.isEmpty else { return }
                let start = ContinuousClock.now
                try self.wait()
                self.parts.arena.add(Int((ContinuousClock.now - start).wholeMicroseconds), to: .stallMicroseconds)
            }
            if !self.ready.isEmpty {
                try self.hand(body)
                progress = .now
            } else if ContinuousClock.now - progress > self.parts.patience {
                throw ExpertCacheError(
                    .timedOut,
                    "layer \(self.file.file.layer): \(self.requested.count) experts are being read, \(self.inTransit.count) by other workers, "
                        + "\(self.reads.count) wait for a slot, and none has come for \(self.parts.patience)"
                )
            }
        }
    }

    /// Hands out what is ready; its pins end with the call.
    ///
    /// While there is more to be read than there are slots for, few are handed out at a time: the drive gets slots again soon.
    private mutating func hand(_ body: ([ResidentExpert]) throws -> Void) throws {
        let most = self.hasMoreToRead ? min(self.ready.count, self.parts.mostAtOnce) : self.ready.count
        let pins = Array(self.ready.prefix(most))
        self.ready.removeFirst(most)
        let file = self.file.file
        let group = try pins.map { pin throws(ExpertCacheError) in
            do throws(ModelFilesError) {
                // Safe: the record is as long as the pack's, and never changes while the pin, its owner, lives; it was compared
                // with its checksum before it was published.
                let weights = try unsafe file.weights(
                    inRecord: pin.record,
                    ofExpert: pin.key.expert,
                    owner: pin,
                    checksummed: false
                )
                return ResidentExpert(expert: pin.key.expert, weights: weights.map { Projection.packed($0) })
            } catch {
                throw ExpertCacheError(.arenaCorrupt, "\(error)")
            }
        }
        try body(group)
    }

    // MARK: Reading

    /// Whether a slot that comes free would be filled at once.
    private var hasMoreToRead: Bool {
        guard self.reads.isEmpty else { return true }
        return self.nextAhead < self.following?.file.expertCount ?? 0 && self.aheadCount < self.parts.mostAhead
    }

    /// Has read as much as there are slots for, in the order of the plan.
    ///
    /// - Parameter isLastResort: Whether nothing is under way that would free the slot that the plan names: then any will do.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    private mutating func request(isLastResort: Bool) throws(ExpertCacheError) {
        var left: [VisitPlan.Read] = []
        var arrived: [ExpertPin] = []
        var (isBlocked, isDesperate) = (false, isLastResort)
        for read in self.reads {
            // Transient slots are filled in turn: where one has to wait, so have those after it.
            if isBlocked, read.isTransient {
                left.append(read)
                continue
            }
            switch try self.parts.arena.lookup(read.key) {
            case .resident(let pin):
                arrived.append(pin)
                // By another worker meanwhile, or by this one ahead of time.
                self.parts.arena.add(to: self.parts.isShared ? .coalescedLoads : .hits)
            case .inTransit, .missing: self.inTransit.append(read.key)
            case .claimed(let load):
                if try self.takeSlot(for: load, read, isDesperate: isDesperate) {
                    isDesperate = false
                    self.count(read)
                    self.requested.insert(read.key)
                    self.parts.readers.add(.init(load: load, reader: self.file, visit: self.number))
                } else {
                    // Others may have a slot for it.
                    try load.abandon()
                    isBlocked = true
                    left.append(read)
                }
            }
        }
        self.ready.insert(contentsOf: arrived, at: 0)
        self.reads = left
    }

    private func takeSlot(
        for load: ExpertLoad,
        _ read: VisitPlan.Read,
        isDesperate: Bool
    ) throws(ExpertCacheError) -> Bool {
        if let victim = read.victim {
            if try load.takeSlot(of: victim, isTransient: read.isTransient) { return true }
            // It may be pinned for a moment more. Among several workers it does not matter whose slot it is.
            guard self.parts.isShared || self.isMissing(victim) else { return false }
            if try load.takeSlot(isTransient: true) { return true }
        } else if try load.takeSlot(isTransient: read.isTransient) {
            return true
        }
        return isDesperate ? try self.takeAnySlot(for: load) : false
    }

    private func isMissing(_ key: ExpertKey) -> Bool {
        // What is wrong with its word is said when its slot is taken.
        if case .missing = try? self.parts.arena.lookup(key, claims: false) { true } else { false }
    }

    /// Takes the slot of whoever has not pinned it: where no slot is free and none is transient any more.
    private func takeAnySlot(for load: ExpertLoad) throws(ExpertCacheError) -> Bool {
        for slot in 0..<self.parts.arena.geometry.slotCount {
            guard case .resident(let victim, _, isPinned: false) = try self.parts.arena.slot(slot) else { continue }
            if try load.takeSlot(of: victim, isTransient: true) { return true }
        }
        return false
    }

    private func count(_ read: VisitPlan.Read) {
        self.parts.arena.add(to: .misses)
        if read.isTransient { self.parts.arena.add(to: .transients) }
        if read.victim != nil { self.parts.arena.add(to: .evictions) }
    }

    /// Has the next layer's experts read that are nowhere, as far as there are transient slots that nobody holds.
    private mutating func lookAhead() throws(ExpertCacheError) {
        guard let following = self.following else { return }
        while self.nextAhead < following.file.expertCount, self.aheadCount < self.parts.mostAhead {
            let key = ExpertKey(layer: following.file.layer, expert: self.nextAhead)
            self.nextAhead += 1
            guard case .claimed(let load) = try self.parts.arena.lookup(key) else { continue }
            guard try load.takeSlot(isTransient: true) else {
                self.nextAhead -= 1
                return try load.abandon()
            }
            self.aheadCount += 1
            self.parts.arena.add(to: .prefetches)
            self.parts.readers.add(.init(load: load, reader: following, visit: self.number + 1))
        }
    }

    private mutating func collect(waitingAtMost limit: Duration) throws(ExpertCacheError) {
        if !self.requested.isEmpty {
            for outcome in self.parts.readers.outcomes(waitingAtMost: limit) {
                // What was read ahead in vain is let go.
                guard self.requested.remove(outcome.key) != nil else { continue }
                self.ready.insert(try outcome.result.get(), at: 0)
            }
        }
        guard !self.inTransit.isEmpty else { return }
        var left: [ExpertKey] = []
        for key in self.inTransit {
            switch try self.parts.arena.lookup(key, claims: false) {
            case .resident(let pin):
                self.ready.append(pin)
                self.parts.arena.add(to: .coalescedLoads)
            case .inTransit: left.append(key)
            // Whoever was about it has given up, or died, or its slot has gone to another already.
            case .missing, .claimed: self.reads.append(.init(key: key, victim: nil, isTransient: true))
            }
        }
        self.inTransit = left
    }

    /// Waits for the next thing that can come.
    private mutating func wait() throws(ExpertCacheError) {
        let layer = self.parts.arena.ticket(for: .layer(self.file.file.layer))
        let slots = self.parts.arena.ticket(for: .slots)
        if !self.requested.isEmpty {
            let others = self.inTransit.isEmpty && self.reads.isEmpty
            return try self.collect(waitingAtMost: others ? .milliseconds(200) : Self.glance)
        }
        try self.collect(waitingAtMost: .zero)
        try self.request(isLastResort: true)
        guard self.ready.isEmpty, self.requested.isEmpty else { return }
        // With both to wait for, the next glance sees what the other brings.
        let isForSlots = self.inTransit.isEmpty
        _ = self.parts.arena.wait(isForSlots ? slots : layer, atMost: Self.glance)
    }
}
