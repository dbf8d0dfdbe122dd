internal import CRdkafka
internal import Foundation
internal import Telemetry
internal import Worker

/// The member of the consumer group that reads jobs.
///
/// It belongs to the Kafka thread. Each assigned partition has a queue of its own, which is read in turn with the
/// others: the library's common queue would give one partition's records by the thousand before another's first.
final class GroupConsumer {
    private(set) var client: KafkaClient
    private var queue: KafkaQueue
    private let signal: WakeSignal
    private let log: ClientLog
    private let configuration: KafkaConfiguration

    private var lanes: [TopicPartition: Lane] = [:]
    private var isSubscribed = false
    private var wasAssigned = false
    /// What came up outside of ``takeEvents()``.
    private var notes: [TransportEvent] = []
    /// Whether the coordinator knows another process under this worker's name, or takes this one for another.
    private var isFenced = false
    /// Whether the group waits for `assign` or `unassign`.
    private var isRebalancing = false
    /// Taken in the rebalance event: metadata read later could be that of a generation that has gone on without us.
    private(set) var groupMetadata: GroupMetadata?
    /// What the group last called this process.
    private var lastMemberID: String?

    private struct Lane {
        /// Nil once its client was given up.
        let queue: KafkaQueue?
        /// Records that arrived before the partition's queue was kept apart.
        var early: [ConsumedRecord] = []
        var logEnd: Int64?
    }

    init(_ configuration: KafkaConfiguration, signal: WakeSignal, log: ClientLog) throws(KafkaError) {
        self.configuration = configuration
        self.signal = signal
        self.log = log
        self.client = try KafkaClient(.consumer, configuration.consumerProperties)
        self.queue = try self.client.consumerQueue()
        self.queue.raises(signal)
    }

    // MARK: Events

    /// Joins the group; later calls do nothing.
    func join() throws(KafkaError) {
        guard !self.isSubscribed else { return }
        try self.client.subscribe(to: self.configuration.jobsTopic)
        self.isSubscribed = true
    }

    /// Takes everything that has arrived, without waiting.
    func takeEvents() -> [TransportEvent] {
        var events: [TransportEvent] = []
        while !self.isFenced, let event = self.queue.poll(upTo: .zero) {
            switch event.kind {
            case .rebalance: events.append(self.rebalance(event))
            case .error: self.noteError(event)
            case .records: event.takeRecords { self.lanes[$0.source]?.early.append($0) }
            case .logLine: self.log.write(event)
            case .deliveryReports, .offsetCommit, .other: break
            }
        }
        if self.isFenced, let rejoined = self.rejoin() { events.append(rejoined) }
        defer { self.notes = [] }
        return events + self.notes
    }

    private func rebalance(_ event: borrowing KafkaEvent) -> TransportEvent {
        self.isRebalancing = true
        let partitions = event.partitions.map(\.source)
        self.groupMetadata = self.client.groupMetadata()
        self.lastMemberID = self.client.memberID ?? self.lastMemberID
        if event.isAssignment { return .assigned(partitions) }
        // The library does not call it lost when the group gave up on this member in the middle of a rebalance.
        guard self.groupMetadata == nil || self.client.isAssignmentLost else { return .revoked(partitions) }
        self.groupMetadata = nil
        return .lost(partitions)
    }

    private func noteError(_ event: borrowing KafkaEvent) {
        if let failure = event.failure {
            let error = failure.error.during("reading \(failure.source) at offset \(failure.offset)")
            self.notes.append(.error(TransportError(error)))
        } else if let error = event.error {
            guard let fatal = error.isFatal ? self.client.fatalError : nil else {
                return self.notes.append(.error(TransportError(error)))
            }
            self.isFenced = fatal.name == "FENCED_INSTANCE_ID"
            self.notes.append(.error(self.isFenced ? self.fenced(fatal) : TransportError(fatal, isFatal: true)))
        }
    }

    private func fenced(_ fatal: KafkaError) -> TransportError {
        let message =
            "another process runs as worker `\(self.configuration.workerID)` of group `\(self.configuration.group)`: "
            + "give each worker an id of its own"
        return TransportError(name: fatal.name, message: message, isFatal: true)
    }

    // MARK: Fenced by oneself

    /// Starts over with a new client if it was this process that fenced itself; nil if it was another.
    ///
    /// When a session ends while no broker answers, the library forgets its member id and goes on to send signs of
    /// life without one, which a coordinator takes for a second static member of the same name. So the coordinator is
    /// asked whom it knows by that name: if nobody, or this process as it was last called, there is no second one.
    private func rejoin() -> TransportEvent? {
        guard self.client.memberID == nil, let last = self.lastMemberID else { return nil }
        do throws(KafkaError) {
            let questions = try KafkaClient(.consumer, self.configuration.adminProperties)
            let members = try questions.members(of: self.configuration.group, upTo: .seconds(30))
            let known = members.first { $0.instanceID == self.configuration.workerID }
            guard known == nil || known?.memberID == last else { return nil }
            try self.startOver()
        } catch {
            return nil
        }
        self.notes.removeAll { note in
            guard case .error(let error) = note else { return false }
            return error.isFatal
        }
        let message = "the session ended while no broker answered: this worker joins its group anew"
        self.notes.append(.error(TransportError(name: "FENCED_INSTANCE_ID", message: message, isFatal: false)))
        return .lost(Array(self.lanes.keys))
    }

    private func startOver() throws(KafkaError) {
        let client = try KafkaClient(.consumer, self.configuration.consumerProperties)
        let queue = try client.consumerQueue()
        for lane in self.lanes.values { lane.queue?.raises(nil) }
        self.queue.raises(nil)
        self.letGo()
        let last = LastReference(self.queue)
        (self.client, self.queue) = (client, queue)
        for partition in self.lanes.keys { self.lanes[partition] = Lane(queue: nil) }
        endsWithin(.seconds(5)) { last.release() }
        self.queue.raises(self.signal)
        self.groupMetadata = nil
        self.isFenced = false
        self.isRebalancing = false
        self.isSubscribed = false
        try self.join()
    }

    // MARK: The assignment

    func assign(_ starts: [TopicPartition: Int64?]) throws(KafkaError) {
        self.isRebalancing = false
        self.wasAssigned = true
        for partition in starts.keys {
            let queue = try self.client.queue(of: partition)
            queue.stopForwarding()
            queue.raises(self.signal)
            self.lanes[partition] = Lane(queue: queue)
        }
        let list = try PartitionList(starts.map { PartitionEntry(source: $0, offset: $1) })
        if self.client.isCooperative {
            try self.client.assignMore(list)
        } else {
            try self.client.assign(list)
        }
        self.examine(starts)
    }

    func unassign(_ partitions: [TopicPartition]) throws(KafkaError) {
        for partition in partitions { self.lanes.removeValue(forKey: partition)?.queue?.raises(nil) }
        // Without a rebalance to answer, the worker is about to close.
        guard self.isRebalancing else { return }
        try self.answerRevocation(partitions)
    }

    private func answerRevocation(_ partitions: [TopicPartition]) throws(KafkaError) {
        self.isRebalancing = false
        if self.client.isCooperative {
            try self.client.unassign(PartitionList(partitions))
        } else {
            self.groupMetadata = nil
            try self.client.assign(nil)
        }
    }

    /// Says where what is to be read next no longer lies in the log, and learns where the log ends.
    private func examine(_ starts: [TopicPartition: Int64?]) {
        for (partition, start) in starts {
            // Only a report: where the leader does not answer, reading will say so.
            guard let log = try? self.client.logOffsets(of: partition, upTo: .seconds(2)) else { return }
            self.lanes[partition]?.logEnd = log.upperBound
            guard let start else { continue }
            let message: String
            if start < log.lowerBound {
                message =
                    "offsets \(start) to \(log.lowerBound - 1) of \(partition) were deleted before they were read: "
                    + "the topic's retention is shorter than its backlog"
            } else if start > log.upperBound {
                message =
                    "\(partition) ends at offset \(log.upperBound), before the committed offset \(start): was the "
                    + "topic deleted and made again?"
            } else {
                continue
            }
            self.notes.append(.error(TransportError(name: "OFFSET_OUT_OF_RANGE", message: message, isFatal: false)))
        }
    }

    // MARK: Records and offsets

    func fetch(_ partition: TopicPartition, limit: Int) -> [ConsumedRecord] {
        guard let lane = self.lanes[partition] else { return [] }
        var records = Array(lane.early.prefix(limit))
        if !records.isEmpty { self.lanes[partition]?.early.removeFirst(records.count) }
        while records.count < limit, let event = lane.queue?.poll(upTo: .zero) {
            if event.kind == .error { self.noteError(event) }
            event.takeRecords(topic: partition.topic) { records.append($0) }
        }
        return records
    }

    func logEndOffset(_ partition: TopicPartition) -> Int64? {
        guard let lane = self.lanes[partition] else { return nil }
        guard let seen = self.client.lastSeenEnd(of: partition) else { return lane.logEnd }
        return max(seen, lane.logEnd ?? 0)
    }

    /// Reads what is committed, waiting while a dead owner's transaction is pending.
    func committed(
        _ partitions: [TopicPartition],
        upTo patience: Duration
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        guard !partitions.isEmpty else { return [:] }
        let deadline = Deadline(after: patience)
        while true {
            do throws(KafkaError) {
                return try self.readCommitted(partitions, upTo: deadline.remaining(atMost: .seconds(5)))
            } catch {
                if deadline.hasPassed || error.needsOperator || error.isFatal {
                    throw error.during("reading the committed offsets of group `\(self.configuration.group)`")
                }
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    private func readCommitted(
        _ partitions: [TopicPartition],
        upTo timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: CommittedOffset] {
        let list = try PartitionList(partitions)
        try self.client.readCommitted(into: list, upTo: timeout)
        var committed: [TopicPartition: CommittedOffset] = [:]
        for entry in list.entries {
            if let error = entry.error { throw error }
            guard let offset = entry.offset else { continue }
            committed[entry.source] = CommittedOffset(offset: offset, metadata: entry.metadata)
        }
        return committed
    }

    /// Commits outside of any transaction.
    ///
    /// - Throws: `_TIMED_OUT` when no answer came, so that it is not known what is committed.
    func commit(_ offsets: [TopicPartition: CommittedOffset], upTo timeout: Duration) throws(KafkaError) {
        let list = try PartitionList(
            offsets.map { PartitionEntry(source: $0, offset: $1.offset, metadata: $1.metadata) }
        )
        let answers = try KafkaQueue(self.client)
        try self.client.commit(list, reportingTo: answers)
        let deadline = Deadline(after: timeout)
        while !deadline.hasPassed {
            guard let event = answers.poll(upTo: deadline.remaining), event.kind == .offsetCommit else { continue }
            if let error = event.error ?? event.partitions.lazy.compactMap(\.error).first { throw error }
            return
        }
        throw KafkaError(name: "_TIMED_OUT", message: "no answer to an offset commit within \(timeout)")
    }

    // MARK: The end

    /// Leaves the group, or gives up on that after `limit`.
    func close(within limit: Duration) {
        for lane in self.lanes.values { lane.queue?.raises(nil) }
        self.lanes = [:]
        self.queue.raises(nil)
        self.letGo()
        guard self.isSubscribed, self.canClose else { return }
        do throws(KafkaError) { try self.client.beginClosing(self.queue) } catch { return }
        let deadline = Deadline(after: limit)
        while !self.client.isClosed, !deadline.hasPassed {
            guard let event = self.queue.poll(upTo: deadline.remaining(atMost: .milliseconds(50))) else { continue }
            guard event.kind == .rebalance else { continue }
            self.isRebalancing = true
            self.letGo()
        }
    }

    /// Answers a rebalance that nobody has answered: until then the library's threads do not end.
    private func letGo() {
        guard self.isRebalancing else { return }
        self.isRebalancing = false
        // The end goes on whatever comes of it.
        try? self.client.assign(nil)
    }

    private var canClose: Bool {
        if self.client.fatalError != nil { return false }
        return self.wasAssigned || !self.client.isCooperative || KafkaLibrary.closesCooperativelyUnassigned
    }
}
