public import OffsetLedger

/// How much a worker holds at a time.
///
/// Full means: the partitions are not read further.
public struct DeliveryLimits: Sendable, Equatable {
    public var ledger = LedgerLimits()
    /// Jobs that run or wait in the engine.
    public var jobsInFlight = 512
    /// Finished jobs, and their bytes, that wait for a commit.
    public var uncommittedJobs = 4096
    public var uncommittedBytes = 64 << 20
    /// At this many finished jobs or bytes a commit cycle does not wait for its time.
    public var cycleJobs = 1000
    public var cycleBytes = 8 << 20

    public init() {}
}

/// Where one assigned partition stands.
public struct PartitionStanding: Sendable, Equatable {
    public var committableOffset: Int64
    /// The lowest offset that was not taken.
    public var nextOffset: Int64
    public var unfinished: Int
    public var finishedAbove: Int

    public init(committableOffset: Int64, nextOffset: Int64, unfinished: Int, finishedAbove: Int) {
        self.committableOffset = committableOffset
        self.nextOffset = nextOffset
        self.unfinished = unfinished
        self.finishedAbove = finishedAbove
    }
}
