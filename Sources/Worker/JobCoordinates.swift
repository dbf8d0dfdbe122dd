/// Where a job's record lies, and under which assignment of its partition this worker took it.
public struct JobCoordinates: Hashable, Sendable, CustomStringConvertible {
    public var source: TopicPartition
    public var offset: Int64
    /// A completion that carries an older epoch than its partition's present one is dropped.
    public var epoch: UInt64

    public init(source: TopicPartition, offset: Int64, epoch: UInt64) {
        self.source = source
        self.offset = offset
        self.epoch = epoch
    }

    public var description: String { "\(self.source)/\(self.offset)" }
}

/// A record that is to become a job now.
public struct JobTicket: Sendable, Equatable {
    public var coordinates: JobCoordinates
    public var record: ConsumedRecord
    /// 1 unless earlier attempts had no known end.
    public var attempt: Int

    public init(coordinates: JobCoordinates, record: ConsumedRecord, attempt: Int) {
        self.coordinates = coordinates
        self.record = record
        self.attempt = attempt
    }
}

/// What a finished job leaves: records that become visible together with the mark that it is finished.
public struct Completion: Sendable, Equatable {
    public var coordinates: JobCoordinates
    public var records: [OutgoingRecord]

    public init(coordinates: JobCoordinates, records: [OutgoingRecord]) {
        self.coordinates = coordinates
        self.records = records
    }

    /// What it costs to keep until it is committed.
    var bytes: Int { self.records.reduce(0) { $0 + $1.bytes } }
}
