/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(self.topic)/\(self.partition)" }
}

/// A header of a record.
///
/// Kafka allows a name to stand several times and a value to be missing.
public struct RecordHeader: Sendable, Equatable {
    public var name: String
    public var value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// A record as it was read.
///
/// A nil value is a tombstone.
public struct ConsumedRecord: Sendable, Equatable {
    public var source: TopicPartition
    public var offset: Int64
    /// Milliseconds since 1970 by the record's own timestamp; nil where it has none.
    public var timestampMs: Int64?
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(
        source: TopicPartition,
        offset: Int64,
        timestampMs: Int64? = nil,
        key: [UInt8]? = nil,
        value: [UInt8]? = nil,
        headers: [RecordHeader] = []
    ) {
        self.source = source
        self.offset = offset
        self.timestampMs = timestampMs
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A record to be produced; its partition follows from its key.
public struct OutgoingRecord: Sendable, Equatable {
    public var topic: String
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [RecordHeader]

    public init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = []) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A committed offset (the next one to read) and the metadata string that lies beside it.
public struct CommittedOffset: Sendable, Equatable {
    public var offset: Int64
    public var metadata: String

    public init(offset: Int64, metadata: String) {
        self.offset = offset
        self.metadata = metadata
    }
}

/// What one commit cycle makes visible at once.
public struct CommitCycle: Sendable {
    public var records: [OutgoingRecord]
    public var offsets: [TopicPartition: CommittedOffset]

    public init(records: [OutgoingRecord] = [], offsets: [TopicPartition: CommittedOffset] = [:]) {
        self.records = records
        self.offsets = offsets
    }
}

/// A record of a cycle that no broker will take however often it is tried, such as one larger than its topic allows.
public struct RejectedRecord: Sendable {
    /// Its place in ``CommitCycle/records``.
    public var index: Int
    public var reason: TransportError

    public init(index: Int, reason: TransportError) {
        self.index = index
        self.reason = reason
    }
}

/// How a commit cycle ended.
public enum CommitOutcome: Sendable {
    /// Everything is visible.
    case committed
    /// Nothing is visible and the same cycle may be tried again.
    case aborted(TransportError)
    /// Nothing is visible, and no cycle that holds one of these records would end better. The others may be sound.
    case rejected([RejectedRecord])
    /// It is not known whether it is visible; the transport has a fresh producer. The committed
    /// offsets and maps of the owned partitions are the only truth and have to be read again.
    case uncertain(TransportError)
    /// Another process took this worker's place, or the transport cannot go on.
    case failed(TransportError)
}

/// Why the transport could not do something.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// The client library's name for it, such as `_TIMED_OUT` or `TOPIC_AUTHORIZATION_FAILED`.
    public var name: String
    public var message: String
    /// The process cannot go on with this transport.
    public var isFatal: Bool

    public init(name: String, message: String, isFatal: Bool) {
        self.name = name
        self.message = message
        self.isFatal = isFatal
    }

    public var description: String { "\(self.name): \(self.message)" }
}

/// What happened to the group or to the connection since the last wait.
public enum TransportEvent: Sendable {
    /// The group gave these partitions to this worker. Answer with ``JobTransport/assign(_:)``.
    case assigned([TopicPartition])
    /// The group takes these partitions. Answer with ``JobTransport/unassign(_:)``, after a last commit cycle.
    case revoked([TopicPartition])
    /// These partitions already belong to somebody else. Nothing may be committed for them; answer with `unassign`.
    case lost([TopicPartition])
    /// Worth a log line; the transport carries on by itself unless it is fatal.
    case error(TransportError)
}

/// The consumer and the transactional producer behind one worker.
///
/// Everything but ``wake()`` is called from one thread, the Kafka thread; calls may block.
public protocol JobTransport: AnyObject, Sendable {
    /// Waits for a group event, for records, for ``wake()``, or for the time-out; returns the group events.
    func wait(upTo timeout: Duration) -> [TransportEvent]

    /// Ends a wait early. May be called from any thread.
    func wake()

    /// Reads committed offsets and metadata, waiting while a dead owner's transaction is pending.
    /// A partition that has none is absent from the result.
    func committed(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset]

    /// Starts reading the partitions of the last `.assigned` event: at the offset given, or where
    /// `auto.offset.reset` says for a nil one.
    func assign(_ starts: [TopicPartition: Int64?]) throws

    /// Gives the partitions of the last `.revoked` or `.lost` event back.
    func unassign(_ partitions: [TopicPartition]) throws

    /// Takes at most `limit` records of one partition that have already arrived. Never blocks. What is not
    /// taken stays with the transport, whose own buffers are bounded.
    func fetch(_ partition: TopicPartition, limit: Int) -> [ConsumedRecord]

    /// Runs one commit cycle to its end, including retries of retriable errors.
    func commit(_ cycle: CommitCycle) -> CommitOutcome

    /// The offset after the last record of a partition, where it is known: for lag.
    func logEndOffset(_ partition: TopicPartition) -> Int64?

    /// Leaves the group and closes. The worker has drained before.
    func close()
}
