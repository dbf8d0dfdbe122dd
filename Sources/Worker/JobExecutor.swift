/// Runs jobs.
///
/// Calls return at once; what comes of a job goes into the ``CompletionMailbox``.
public protocol JobExecutor: AnyObject, Sendable {
    func run(_ ticket: JobTicket)
    /// Makes a dead letter of a record that has used up its attempts.
    func giveUp(_ ticket: JobTicket)
    /// Ends jobs whose result nobody may publish any more. Each still ends in the mailbox.
    func cancel(_ jobs: [JobCoordinates])
    /// Makes the record that stands in for one that no broker takes, such as an error result for a result larger
    /// than its topic allows.
    ///
    /// - Returns: A smaller record; nil, or a larger one, leaves nothing in its place. It may be refused in turn.
    func replacement(for record: OutgoingRecord, of job: JobCoordinates, reason: TransportError) -> OutgoingRecord?
}

extension JobExecutor {
    public func replacement(
        for record: OutgoingRecord,
        of job: JobCoordinates,
        reason: TransportError
    ) -> OutgoingRecord? { nil }
}

/// Sees what delivery does: for logs, metrics and health.
public protocol DeliveryObserver: Sendable {
    func assigned(_ partitions: [TopicPartition])
    func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int)
    func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration)
    func transportReported(_ error: TransportError)
    func recordSkipped(_ coordinates: JobCoordinates)
    /// Once per turn of the loop.
    func turned(_ standing: DeliveryStanding)
    /// Records for the metrics topic; asked for once per interval.
    func metricsRecords() -> [OutgoingRecord]
}

/// Where a worker's delivery stands.
public struct DeliveryStanding: Sendable, Equatable {
    public var running = 0
    public var waiting = 0
    public var uncommitted = 0
    public var isDraining = false
    public var partitions: [TopicPartition: PartitionStanding] = [:]
    public var logEndOffsets: [TopicPartition: Int64] = [:]

    public init() {}
}
