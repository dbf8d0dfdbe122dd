public import OffsetLedger

/// Decides what is taken, what may run, and what each commit cycle holds.
///
/// It is a value without clock, I/O or lock: ``DeliveryLoop`` performs what it decides. Its promise: a
/// completion's records and the mark that its offset is finished are in the same cycle, every cycle holds all
/// of what no committed cycle held, and nothing of an assignment that has ended is in any.
public struct DeliveryStateMachine: Sendable {
    private var partitions: [TopicPartition: AssignedPartition] = [:]
    private var lastEpoch: UInt64 = 0
    private let limits: DeliveryLimits

    /// Finished, and in no committed cycle.
    ///
    /// Their offsets are finished in the ledgers already.
    private var uncommitted: [Completion] = []
    private var uncommittedBytes = 0
    /// Begun in the ledger; to be run as soon as a commit has said so.
    private var awaitingCommit: [JobTicket] = []
    /// Each to be run with nothing beside it, in the order in which they came.
    private var lastChances: [(record: ConsumedRecord, epoch: UInt64)] = []
    /// Handed out by ``ready`` or ``takeRecords(_:)`` and not completed.
    private var running: Set<JobCoordinates> = []
    /// Of the cycle under way: how much of `uncommitted` and `awaitingCommit` it covers, and what it says.
    private var cycle: (completions: Int, tickets: Int, partitions: [TopicPartition: UInt64])?

    private struct AssignedPartition {
        let epoch: UInt64
        let committed: CommittedOffset?
        let map: OffsetMap
        /// Nil until the first record says where reading starts, where nothing was ever committed.
        var ledger: PartitionLedger?
        /// Read, in order, and waiting for the window to move.
        var held: [ConsumedRecord] = []
        var hasUncommittedChange = false
    }

    public init(limits: DeliveryLimits) { self.limits = limits }

    // MARK: Assignment

    /// Enters partitions that the group gave to this worker.
    ///
    /// - Returns: Where to read each from; nil where nothing was ever committed.
    /// - Throws: ``OffsetMapError`` when a map cannot be read. The worker must not go on.
    public mutating func assign(
        _ assigned: [TopicPartition],
        committed: [TopicPartition: CommittedOffset]
    ) throws(OffsetMapError) -> [TopicPartition: Int64?] {
        var starts: [TopicPartition: Int64?] = [:]
        for partition in assigned {
            let known = committed[partition]
            let map = try OffsetMap(decoding: known?.metadata ?? "", window: self.limits.ledger.window)
            self.lastEpoch += 1
            self.partitions[partition] = AssignedPartition(
                epoch: self.lastEpoch,
                committed: known,
                map: map,
                ledger: known.map { self.makeLedger(epoch: self.lastEpoch, offset: $0.offset, map: map) }
            )
            starts[partition] = .some(known?.offset)
        }
        return starts
    }

    /// Forgets partitions that no longer belong to this worker, with everything that was begun under them.
    ///
    /// - Returns: The jobs that run for nothing now.
    public mutating func release(_ released: [TopicPartition]) -> [JobCoordinates] {
        let gone = Set(released)
        for partition in released { self.partitions[partition] = nil }
        self.uncommitted.removeAll { gone.contains($0.coordinates.source) }
        self.uncommittedBytes = self.uncommitted.reduce(0) { $0 + $1.bytes }
        self.awaitingCommit.removeAll { gone.contains($0.coordinates.source) }
        self.lastChances.removeAll { gone.contains($0.record.source) }
        self.endRunningAlone()
        self.cycle = nil
        return self.running.filter { gone.contains($0.source) }
    }

    public var assigned: [TopicPartition] { Array(self.partitions.keys) }

    // MARK: Taking

    /// How many records of `partition` may be fetched now.
    public func room(_ partition: TopicPartition) -> Int {
        guard let state = self.partitions[partition], state.held.isEmpty, !self.isReservedForOne else { return 0 }
        guard self.uncommitted.count < self.limits.uncommittedJobs, self.uncommittedBytes < self.limits.uncommittedBytes
        else { return 0 }
        return max(0, min(state.ledger?.room ?? self.limits.ledger.window, self.jobRoom))
    }

    /// How many more jobs may run or wait to run.
    public var jobRoom: Int { self.limits.jobsInFlight - self.running.count - self.awaitingCommit.count }

    /// What became of a record that was read.
    public enum TakeAction: Sendable, Equatable {
        /// Run it now.
        case run(JobTicket)
        /// It is kept here and comes out of ``ready()`` or ``retakeHeld()`` later.
        case keep
        /// It is finished already.
        case skip
        /// Its attempts are used up: complete it with a dead letter, without running it.
        case giveUp(JobTicket)
        /// It belongs to a partition this worker does not have.
        case ignoreStale
    }

    /// Enters one record that was read.
    public mutating func take(_ record: ConsumedRecord) -> TakeAction {
        guard var state = self.partitions[record.source] else { return .ignoreStale }
        if let first = state.held.first, first.offset < record.offset {
            self.partitions[record.source]?.held.append(record)
            return .keep
        }
        var ledger = state.ledger ?? self.makeLedger(epoch: state.epoch, offset: record.offset, map: state.map)
        let before = ledger.committableOffset
        let action = ledger.take(record.offset)
        state.hasUncommittedChange = state.hasUncommittedChange || ledger.committableOffset != before
        defer {
            state.ledger = ledger
            self.partitions[record.source] = state
        }
        let coordinates = JobCoordinates(source: record.source, offset: record.offset, epoch: state.epoch)
        switch action {
        case .skip: return .skip
        case .hold:
            // In front: what it overtook when it was taken again is still held behind it.
            state.held.insert(record, at: 0)
            return .keep
        case .giveUp(let attempts):
            self.running.insert(coordinates)
            return .giveUp(JobTicket(coordinates: coordinates, record: record, attempt: attempts))
        case .runAlone:
            self.lastChances.append((record, state.epoch))
            return .keep
        case .run, .runAfterCommit:
            let attempt = ledger.begin(record.offset)
            let ticket = JobTicket(coordinates: coordinates, record: record, attempt: attempt)
            if action == .run {
                self.running.insert(coordinates)
                return .run(ticket)
            }
            self.awaitingCommit.append(ticket)
            return .keep
        }
    }

    /// A record that was held because the window was full and that has room now, to be taken again.
    public mutating func nextHeld() -> ConsumedRecord? {
        guard !self.isReservedForOne, self.jobRoom > 0 else { return nil }
        for (partition, state) in self.partitions {
            guard let first = state.held.first, let ledger = state.ledger else { continue }
            let fits = first.offset - ledger.committableOffset < Int64(self.limits.ledger.window)
            guard fits || ledger.unfinishedCount == 0 else { continue }
            // The rest stays behind it: taking it again must not overtake.
            self.partitions[partition]?.held.removeFirst()
            return first
        }
        return nil
    }

    /// Begins the next record that has to run alone, once nothing else runs.
    public mutating func beginLastChance() {
        guard self.running.isEmpty, self.awaitingCommit.isEmpty, let next = self.lastChances.first else { return }
        self.lastChances.removeFirst()
        guard let attempt = self.partitions[next.record.source]?.ledger?.begin(next.record.offset) else { return }
        let coordinates = JobCoordinates(source: next.record.source, offset: next.record.offset, epoch: next.epoch)
        self.awaitingCommit.append(JobTicket(coordinates: coordinates, record: next.record, attempt: attempt))
        self.isRunningAlone = true
    }

    /// While one waits to run alone, or does, nothing else is taken.
    private var isReservedForOne: Bool { !self.lastChances.isEmpty || self.isRunningAlone }
    private var isRunningAlone = false

    /// Lets others run again once what ran alone is committed too.
    ///
    /// Not before: if one of them killed this worker, the next would find no attempt left for a job that is done.
    private mutating func endRunningAlone() {
        if self.running.isEmpty, self.awaitingCommit.isEmpty, self.uncommitted.isEmpty { self.isRunningAlone = false }
    }

    // MARK: Completing

    /// Enters that a job has ended.
    ///
    /// Nothing comes of it when its assignment has ended too.
    public mutating func complete(_ completion: Completion) {
        let coordinates = completion.coordinates
        self.running.remove(coordinates)
        defer { self.endRunningAlone() }
        guard let state = self.partitions[coordinates.source], state.epoch == coordinates.epoch else { return }
        guard
            self.partitions[coordinates.source]?.ledger?.finish(coordinates.offset, epoch: coordinates.epoch)
                == .finished
        else { return }
        self.uncommitted.append(completion)
        self.uncommittedBytes += completion.bytes
    }

    /// Enters that a job was cancelled because its partition is gone.
    public mutating func abandon(_ coordinates: JobCoordinates) {
        self.running.remove(coordinates)
        self.endRunningAlone()
    }

    // MARK: Committing

    /// Whether there is anything to commit.
    public var wantsCommit: Bool {
        !self.uncommitted.isEmpty || !self.awaitingCommit.isEmpty
            || self.partitions.values.contains { $0.hasUncommittedChange }
    }

    /// Whether the next cycle should not wait for its time.
    public var isCommitUrgent: Bool {
        self.uncommitted.count >= self.limits.cycleJobs || self.uncommittedBytes >= self.limits.cycleBytes
    }

    /// The next cycle: everything that no committed cycle held.
    ///
    /// - Parameter last: Partitions that this worker gives back in good order after this cycle.
    /// - Returns: The records to produce, and the offset and map of every partition that changed.
    public mutating func beginCycle(last: Set<TopicPartition> = []) -> CommitCycle {
        var cycle = CommitCycle(records: self.uncommitted.flatMap(\.records))
        var epochs: [TopicPartition: UInt64] = [:]
        let touched = Set(self.uncommitted.map(\.coordinates.source) + self.awaitingCommit.map(\.coordinates.source))
        for (partition, state) in self.partitions {
            guard let ledger = state.ledger else { continue }
            guard touched.contains(partition) || last.contains(partition) || state.hasUncommittedChange else {
                continue
            }
            cycle.offsets[partition] = CommittedOffset(
                offset: ledger.committableOffset,
                metadata: ledger.metadata(isLast: last.contains(partition))
            )
            epochs[partition] = state.epoch
        }
        self.cycle = (self.uncommitted.count, self.awaitingCommit.count, epochs)
        return cycle
    }

    /// Enters that the cycle is committed.
    ///
    /// - Returns: Jobs that waited for it and may run now.
    public mutating func cycleCommitted() -> [JobTicket] {
        guard let cycle = self.cycle else { return [] }
        self.cycle = nil
        for (partition, epoch) in cycle.partitions where self.partitions[partition]?.epoch == epoch {
            self.partitions[partition]?.ledger?.noteCommitted()
            self.partitions[partition]?.hasUncommittedChange = false
        }
        self.uncommitted.removeFirst(cycle.completions)
        self.uncommittedBytes = self.uncommitted.reduce(0) { $0 + $1.bytes }
        let ready = Array(self.awaitingCommit.prefix(cycle.tickets))
        self.awaitingCommit.removeFirst(cycle.tickets)
        for ticket in ready { self.running.insert(ticket.coordinates) }
        self.endRunningAlone()
        return ready
    }

    /// Enters that nothing of the cycle is visible; the next one holds it again.
    public mutating func cycleAborted() { self.cycle = nil }

    /// Enters that nothing of the cycle is visible, nor ever will be with some of its records in it.
    ///
    /// - Parameters:
    ///   - rejected: Places in the cycle's records, below the number of records that came from completions.
    ///   - replacement: Makes the record that takes the place of one; nil leaves its place empty.
    public mutating func cycleRejected(
        _ rejected: Set<Int>,
        replacement: (_ record: OutgoingRecord, _ job: JobCoordinates, _ index: Int) -> OutgoingRecord?
    ) {
        guard let cycle = self.cycle else { return }
        self.cycle = nil
        var index = 0
        for completion in self.uncommitted.indices.prefix(cycle.completions) {
            let job = self.uncommitted[completion].coordinates
            self.uncommitted[completion].records = self.uncommitted[completion].records.compactMap { record in
                defer { index += 1 }
                return rejected.contains(index) ? replacement(record, job, index) : record
            }
        }
        self.uncommittedBytes = self.uncommitted.reduce(0) { $0 + $1.bytes }
    }

    /// Enters what is committed, after a cycle whose end is not known.
    ///
    /// Completions that the committed maps contain are done; the others go into the next cycle.
    public mutating func reconcile(_ committed: [TopicPartition: CommittedOffset]) throws(OffsetMapError) {
        self.cycle = nil
        var kept: [Completion] = []
        var maps: [TopicPartition: OffsetMap] = [:]
        for (partition, state) in committed {
            maps[partition] = try OffsetMap(decoding: state.metadata, window: self.limits.ledger.window)
        }
        for completion in self.uncommitted {
            let coordinates = completion.coordinates
            if let known = committed[coordinates.source], let map = maps[coordinates.source],
                map.isFinished(coordinates.offset, base: known.offset)
            {
                continue
            }
            kept.append(completion)
        }
        self.uncommitted = kept
        self.uncommittedBytes = kept.reduce(0) { $0 + $1.bytes }
        self.endRunningAlone()
    }

    // MARK: To be seen

    public var runningCount: Int { self.running.count }
    public var waitingCount: Int { self.awaitingCommit.count + self.lastChances.count }
    public var uncommittedCount: Int { self.uncommitted.count }

    /// Whether nothing runs, waits or is uncommitted.
    public var isIdle: Bool {
        self.running.isEmpty && self.awaitingCommit.isEmpty && self.lastChances.isEmpty && self.uncommitted.isEmpty
    }

    /// Whether a job of one of `partitions` still runs or waits.
    public func isBusy(_ partitions: Set<TopicPartition>) -> Bool {
        self.running.contains { partitions.contains($0.source) && self.partitions[$0.source]?.epoch == $0.epoch }
    }

    /// Offsets of a partition that are read: where it stands and how much of it is unfinished.
    public func standing(_ partition: TopicPartition) -> PartitionStanding? {
        guard let ledger = self.partitions[partition]?.ledger else { return nil }
        return PartitionStanding(
            committableOffset: ledger.committableOffset,
            nextOffset: ledger.nextOffset,
            unfinished: ledger.unfinishedCount,
            finishedAbove: ledger.finishedAboveCount
        )
    }

    /// Proves that the parts agree with one another.
    public func checkIntegrity() {
        for state in self.partitions.values { state.ledger?.checkIntegrity() }
        for completion in self.uncommitted {
            precondition(self.partitions[completion.coordinates.source]?.epoch == completion.coordinates.epoch)
        }
        precondition(self.uncommittedBytes == self.uncommitted.reduce(0) { $0 + $1.bytes })
        precondition(self.awaitingCommit.allSatisfy { !self.running.contains($0.coordinates) })
    }

    private func makeLedger(epoch: UInt64, offset: Int64, map: OffsetMap) -> PartitionLedger {
        PartitionLedger(assignmentEpoch: epoch, committedOffset: offset, map: map, limits: self.limits.ledger)
    }
}
