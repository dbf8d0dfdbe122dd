internal import OffsetLedger
public import Worker

/// How far a group has come with one partition.
public struct PartitionProgress: Sendable, Equatable {
    public var source: TopicPartition
    /// Nil while nothing was ever committed.
    public var committed: CommittedOffset?
    /// The offsets that the log holds.
    public var log: Range<Int64>

    public init(source: TopicPartition, committed: CommittedOffset?, log: Range<Int64>) {
        self.source = source
        self.committed = committed
        self.log = log
    }

    /// Offsets from the committed one to the end: what Kafka's own tools call lag.
    public var lag: Int64 { max(0, self.log.upperBound - self.base) }

    /// The lag without the offsets that the committed map says are finished; nil where the map cannot be read.
    public var unfinished: Int64? {
        let metadata = self.committed?.metadata ?? ""
        guard let map = try? OffsetMap(decoding: metadata, window: PartitionLedger.largestWindow) else { return nil }
        let finished = map.marks.count { $0 == .finished }
        return max(0, self.lag - Int64(finished))
    }

    private var base: Int64 { max(self.committed?.offset ?? self.log.lowerBound, self.log.lowerBound) }
}
