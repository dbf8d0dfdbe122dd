/// The Kafka thread's work: takes records, hands them to be run, and commits what came of them.
///
/// It owns the transport and performs what ``DeliveryStateMachine`` decides. Nothing here waits for the
/// engine, but for the bounded drains. It runs on one thread, from ``run()`` to its end.
public final class DeliveryLoop {
    private let transport: any JobTransport
    private let executor: any JobExecutor
    private let mailbox: CompletionMailbox
    private let observer: any DeliveryObserver
    private let configuration: DeliveryConfiguration
    private let time: Stopwatch

    private var machine: DeliveryStateMachine
    private var now: Duration = .zero
    private var nextCommit: Duration = .zero
    private var nextMetrics: Duration
    private var pendingMetrics: [OutgoingRecord] = []
    /// Events that came while a drain was waiting.
    private var deferredEvents: [TransportEvent] = []
    private var firstPartition = 0
    /// A commit may have made room for records that have arrived already, of which no wait would tell.
    private var mayHaveRoom = false

    public init(
        transport: any JobTransport,
        executor: any JobExecutor,
        mailbox: CompletionMailbox,
        observer: any DeliveryObserver,
        configuration: DeliveryConfiguration,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.transport = transport
        self.executor = executor
        self.mailbox = mailbox
        self.observer = observer
        self.configuration = configuration
        self.time = Stopwatch(clock)
        self.machine = DeliveryStateMachine(limits: configuration.limits)
        self.nextMetrics = configuration.metricsInterval
    }

    /// Runs until a stop was asked for and everything is drained and committed.
    ///
    /// - Throws: ``TransportError`` when the transport cannot go on, `OffsetMapError` when a committed map cannot
    ///   be read. Nothing is lost then: what is not committed runs again elsewhere.
    public func run() throws {
        defer { self.transport.close() }
        while try !self.turn() {}
    }

    /// One turn of the loop; true once everything is drained after a stop was asked for.
    func turn() throws -> Bool {
        let timeout = self.deferredEvents.isEmpty && !self.mayHaveRoom ? self.timeToNextTurn() : .zero
        self.mayHaveRoom = false
        let events = self.deferredEvents + self.transport.wait(upTo: timeout)
        self.deferredEvents = []
        self.now = self.time.elapsed
        for event in events { try self.handle(event) }
        self.collectCompletions()
        if try self.drainIfStopping() { return true }
        self.takeRecords()
        try self.commitIfDue()
        self.report()
        return false
    }

    private func timeToNextTurn() -> Duration {
        var next = self.nextMetrics
        if self.machine.wantsCommit { next = min(next, self.nextCommit) }
        return max(.zero, min(next - self.now, .seconds(1)))
    }

    // MARK: The group

    private func handle(_ event: TransportEvent) throws {
        switch event {
        case .assigned(let partitions):
            let committed = try self.transport.committed(partitions)
            let starts = try self.machine.assign(partitions, committed: committed)
            try self.transport.assign(starts)
            self.observer.assigned(partitions)
        case .revoked(let partitions):
            try self.drain(Set(partitions), until: self.time.elapsed + self.configuration.revocationDrain)
            _ = try self.commit(last: Set(partitions))
            try self.release(partitions, isLost: false)
        case .lost(let partitions):
            try self.release(partitions, isLost: true)
        case .error(let error):
            self.observer.transportReported(error)
            if error.isFatal { throw error }
        }
    }

    private func release(_ partitions: [TopicPartition], isLost: Bool) throws {
        let orphans = self.machine.release(partitions)
        self.executor.cancel(orphans)
        try self.transport.unassign(partitions)
        self.observer.released(partitions, isLost: isLost, cancelledJobs: orphans.count)
    }

    /// Waits for the running jobs of `partitions`, collects them, and goes on committing.
    private func drain(_ partitions: Set<TopicPartition>, until deadline: Duration) throws {
        self.collectCompletions()
        self.now = self.time.elapsed
        while self.machine.isBusy(partitions), self.now < deadline {
            self.deferredEvents += self.transport.wait(upTo: min(deadline - self.now, self.timeToNextTurn()))
            self.now = self.time.elapsed
            self.collectCompletions()
            try self.commitIfDue()
            self.report()
        }
    }

    // MARK: Records

    private func collectCompletions() {
        for entry in self.mailbox.takeAll() {
            switch entry {
            case .completed(let completion): self.machine.complete(completion)
            case .abandoned(let coordinates): self.machine.abandon(coordinates)
            }
        }
    }

    /// Takes records while there is room, a fair share of each partition in turn.
    private func takeRecords() {
        while let record = self.machine.nextHeld() { self.take(record) }
        let partitions = self.machine.assigned.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        guard !partitions.isEmpty else { return }
        self.firstPartition = (self.firstPartition + 1) % partitions.count
        var isDone = false
        while !isDone {
            isDone = true
            let share = max(1, self.machine.jobRoom / partitions.count)
            for index in partitions.indices {
                let partition = partitions[(index + self.firstPartition) % partitions.count]
                let limit = min(share, self.machine.room(partition))
                guard limit > 0 else { continue }
                for record in self.transport.fetch(partition, limit: limit) {
                    isDone = false
                    self.take(record)
                }
            }
        }
        self.machine.beginLastChance()
    }

    private func take(_ record: ConsumedRecord) {
        switch self.machine.take(record) {
        case .run(let ticket): self.executor.run(ticket)
        case .giveUp(let ticket): self.executor.giveUp(ticket)
        case .skip:
            self.observer.recordSkipped(JobCoordinates(source: record.source, offset: record.offset, epoch: 0))
        case .keep, .ignoreStale: break
        }
    }

    // MARK: Commit cycles

    private func commitIfDue() throws {
        if self.now >= self.nextMetrics {
            self.nextMetrics = self.now + self.configuration.metricsInterval
            self.pendingMetrics = self.observer.metricsRecords()
        }
        let wantsCommit = self.machine.wantsCommit || !self.pendingMetrics.isEmpty
        guard wantsCommit, self.now >= self.nextCommit || self.machine.isCommitUrgent else { return }
        _ = try self.commit(last: [])
    }

    /// Runs one commit cycle, again with other records in the place of refused ones; true when it is committed.
    ///
    /// A record's replacements grow ever smaller; that few are tried at a time only keeps the group from waiting.
    private func commit(last: Set<TopicPartition>) throws -> Bool {
        for _ in 1...4 {
            switch try self.runCycle(last: last) {
            case .committed: return true
            case .rejected: continue
            case .aborted, .uncertain, .failed: return false
            }
        }
        return false
    }

    private func runCycle(last: Set<TopicPartition>) throws -> CommitOutcome {
        let start = self.time.elapsed
        var cycle = self.machine.beginCycle(last: last)
        cycle.records += self.pendingMetrics
        let outcome = self.transport.commit(cycle)
        self.now = self.time.elapsed
        self.nextCommit = start + self.configuration.commitInterval
        self.observer.cycleEnded(outcome, records: cycle.records.count, duration: self.now - start)
        switch outcome {
        case .committed:
            self.pendingMetrics = []
            self.mayHaveRoom = true
            for ticket in self.machine.cycleCommitted() { self.executor.run(ticket) }
        case .aborted:
            self.machine.cycleAborted()
            self.nextCommit = self.now + self.configuration.commitInterval
        case .rejected(let rejected):
            self.replace(rejected, of: cycle)
        case .uncertain:
            // Metrics that may be out already are not worth a second record.
            self.pendingMetrics = []
            try self.machine.reconcile(self.transport.committed(self.machine.assigned))
        case .failed(let error): throw error
        }
        return outcome
    }

    /// Puts other records into the place of those that no broker takes, so that they hold up nobody else.
    private func replace(_ rejected: [RejectedRecord], of cycle: CommitCycle) {
        let reasons = Dictionary(rejected.map { ($0.index, $0.reason) }, uniquingKeysWith: { first, _ in first })
        let ownCount = cycle.records.count - self.pendingMetrics.count
        self.pendingMetrics = self.pendingMetrics.enumerated().compactMap { position, record in
            guard let reason = reasons[ownCount + position] else { return record }
            self.reportRefusal(of: record, what: "a metrics record is dropped", reason: reason)
            return nil
        }
        self.machine.cycleRejected(Set(reasons.keys)) { record, job, index in
            guard let reason = reasons[index] else { return record }
            let replacement = self.executor.replacement(for: record, of: job, reason: reason)
            guard let replacement, replacement.bytes < record.bytes else {
                self.reportRefusal(of: record, what: "job \(job) has no answer there", reason: reason)
                return nil
            }
            return replacement
        }
    }

    private func reportRefusal(of record: OutgoingRecord, what: String, reason: TransportError) {
        let message = "\(record.topic) does not take a record of \(record.bytes) bytes, \(what): \(reason.message)"
        self.observer.transportReported(TransportError(name: reason.name, message: message, isFatal: false))
    }

    // MARK: Stopping

    /// Once a stop is asked for: waits for what runs, cancels the rest, commits, and says when that is done.
    private func drainIfStopping() throws -> Bool {
        guard self.mailbox.isStopRequested else { return false }
        let everything = Set(self.machine.assigned)
        try self.drain(everything, until: self.time.elapsed + self.configuration.stopDrain)
        // A cycle may take its time to fail while no broker answers; what is not committed runs again elsewhere.
        let limit = self.time.elapsed + .seconds(15)
        for attempt in 1...5 {
            if try self.commit(last: everything) || attempt == 5 || self.time.elapsed > limit { break }
        }
        try self.release(Array(everything), isLost: false)
        return true
    }

    func checkIntegrity() { self.machine.checkIntegrity() }

    private func report() {
        var standing = DeliveryStanding()
        standing.running = self.machine.runningCount
        standing.waiting = self.machine.waitingCount
        standing.uncommitted = self.machine.uncommittedCount
        standing.isDraining = self.mailbox.isStopRequested
        for partition in self.machine.assigned {
            standing.partitions[partition] = self.machine.standing(partition)
            standing.logEndOffsets[partition] = self.transport.logEndOffset(partition)
        }
        self.observer.turned(standing)
    }
}

/// The time since it was made, of any clock.
private struct Stopwatch {
    private let read: () -> Duration

    init(_ clock: any Clock<Duration>) { self.read = Self.reader(clock) }

    var elapsed: Duration { self.read() }

    private static func reader<C: Clock<Duration>>(_ clock: C) -> () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
