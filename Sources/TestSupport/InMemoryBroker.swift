import Synchronization
public import Worker

/// Topics, a consumer group and transactions, in memory and without threads.
///
/// It knows what a broker knows: records, committed offsets with their metadata, who owns which partition.
/// A commit of a transport that does not own what it commits is refused, as a generation check does.
public final class InMemoryBroker: Sendable {
    struct State {
        var logs: [TopicPartition: [ConsumedRecord]] = [:]
        var committed: [TopicPartition: CommittedOffset] = [:]
        var owners: [TopicPartition: Int] = [:]
        var published: [OutgoingRecord] = []
        var nextMember = 0
        /// Larger records are refused, by topic.
        var largestRecord: [String: Int] = [:]
    }

    let state = Mutex(State())

    public init() {}

    /// Appends a record; its offset follows the partition's last, after `gap` offsets that no record has.
    public func produce(
        _ partition: TopicPartition,
        key: [UInt8]? = nil,
        value: [UInt8]?,
        headers: [RecordHeader] = [],
        gap: Int = 0
    ) {
        self.state.withLock { state in
            let offset = (state.logs[partition]?.last?.offset ?? -1) + 1 + Int64(gap)
            let record = ConsumedRecord(
                source: partition,
                offset: offset,
                timestampMs: 0,
                key: key,
                value: value,
                headers: headers
            )
            state.logs[partition, default: []].append(record)
        }
    }

    /// What committed cycles have published, in order.
    public var published: [OutgoingRecord] { self.state.withLock { $0.published } }

    /// Has a topic refuse records whose value has more than `bytes`.
    public func limit(_ topic: String, toBytes bytes: Int) {
        self.state.withLock { $0.largestRecord[topic] = bytes }
    }

    /// Those of a cycle's records that no cycle may hold.
    func rejected(of cycle: CommitCycle) -> [RejectedRecord] {
        let limits = self.state.withLock { $0.largestRecord }
        return cycle.records.enumerated().compactMap { index, record in
            guard let limit = limits[record.topic], let value = record.value, value.count > limit else { return nil }
            let reason = TransportError(name: "MSG_SIZE_TOO_LARGE", message: "at most \(limit) bytes", isFatal: false)
            return RejectedRecord(index: index, reason: reason)
        }
    }

    public func committed(_ partition: TopicPartition) -> CommittedOffset? {
        self.state.withLock { $0.committed[partition] }
    }

    public func makeTransport() -> InMemoryTransport {
        let member = self.state.withLock { state in
            state.nextMember += 1
            return state.nextMember
        }
        return InMemoryTransport(broker: self, member: member)
    }

    func own(_ partitions: [TopicPartition], by member: Int) {
        self.state.withLock { state in
            for partition in partitions { state.owners[partition] = member }
        }
    }

    func apply(_ cycle: CommitCycle, by member: Int) -> Bool {
        self.state.withLock { state in
            guard cycle.offsets.keys.allSatisfy({ state.owners[$0] == member }) else { return false }
            state.published += cycle.records
            for (partition, offset) in cycle.offsets { state.committed[partition] = offset }
            return true
        }
    }
}

/// One worker's view of an ``InMemoryBroker``, with faults on request.
public final class InMemoryTransport: JobTransport {
    public enum Fault: Sendable {
        /// Nothing becomes visible.
        case abort
        /// The outcome is unknown: it became visible.
        case uncertainApplied
        /// The outcome is unknown: it did not become visible.
        case uncertainLost
    }

    private struct State {
        var events: [TransportEvent] = []
        var positions: [TopicPartition: Int64] = [:]
        var faults: [Fault] = []
        var isClosed = false
    }

    private let broker: InMemoryBroker
    private let member: Int
    private let state = Mutex(State())
    private let onWait = Mutex<(@Sendable (Duration) -> Void)?>(nil)

    init(broker: InMemoryBroker, member: Int) {
        self.broker = broker
        self.member = member
    }

    // MARK: The test's side

    /// Called in each wait, with its time-out: where the test moves its clock and lets jobs end.
    public func onWait(_ body: @escaping @Sendable (Duration) -> Void) { self.onWait.withLock { $0 = body } }

    public func give(_ partitions: [TopicPartition]) {
        self.broker.own(partitions, by: self.member)
        self.state.withLock { $0.events.append(.assigned(partitions)) }
    }

    public func revoke(_ partitions: [TopicPartition]) {
        self.state.withLock { $0.events.append(.revoked(partitions)) }
    }

    public func lose(_ partitions: [TopicPartition]) {
        self.broker.own(partitions, by: 0)
        self.state.withLock { $0.events.append(.lost(partitions)) }
    }

    public func fail(_ faults: [Fault]) { self.state.withLock { $0.faults += faults } }

    public var isClosed: Bool { self.state.withLock { $0.isClosed } }

    /// The partitions that are read.
    public var assignment: Set<TopicPartition> { self.state.withLock { Set($0.positions.keys) } }

    // MARK: JobTransport

    public func wait(upTo timeout: Duration) -> [TransportEvent] {
        self.onWait.withLock { $0 }?(timeout)
        return self.state.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    public func wake() {}

    public func committed(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        self.broker.state.withLock { state in
            state.committed.filter { partitions.contains($0.key) }
        }
    }

    public func assign(_ starts: [TopicPartition: Int64?]) throws {
        self.state.withLock { state in
            for (partition, start) in starts { state.positions[partition] = start ?? 0 }
        }
    }

    public func unassign(_ partitions: [TopicPartition]) throws {
        self.state.withLock { state in
            for partition in partitions { state.positions[partition] = nil }
        }
    }

    public func fetch(_ partition: TopicPartition, limit: Int) -> [ConsumedRecord] {
        self.state.withLock { state in
            guard let position = state.positions[partition] else { return [] }
            let log = self.broker.state.withLock { $0.logs[partition] ?? [] }
            let records = log.drop { $0.offset < position }.prefix(limit)
            if let last = records.last { state.positions[partition] = last.offset + 1 }
            return Array(records)
        }
    }

    public func commit(_ cycle: CommitCycle) -> CommitOutcome {
        let fault = self.state.withLock { $0.faults.isEmpty ? nil : $0.faults.removeFirst() }
        let rejected = self.broker.rejected(of: cycle)
        guard rejected.isEmpty else { return .rejected(rejected) }
        let error = TransportError(name: "_INJECTED", message: "a fault of the test", isFatal: false)
        switch fault {
        case .abort: return .aborted(error)
        case .uncertainLost: return .uncertain(error)
        case .uncertainApplied:
            _ = self.broker.apply(cycle, by: self.member)
            return .uncertain(error)
        case nil: return self.broker.apply(cycle, by: self.member) ? .committed : .aborted(error)
        }
    }

    public func logEndOffset(_ partition: TopicPartition) -> Int64? {
        self.broker.state.withLock { ($0.logs[partition]?.last?.offset).map { $0 + 1 } }
    }

    public func close() { self.state.withLock { $0.isClosed = true } }
}
