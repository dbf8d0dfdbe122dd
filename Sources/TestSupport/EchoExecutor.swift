import Synchronization
public import Worker

/// Ends every job at once, on the thread that hands it over, with a result that repeats the job's key and value.
public final class EchoExecutor: JobExecutor {
    private let mailbox: CompletionMailbox
    private let resultsTopic: String
    private let ended = Atomic<Int>(0)

    public init(mailbox: CompletionMailbox, resultsTopic: String) {
        self.mailbox = mailbox
        self.resultsTopic = resultsTopic
    }

    /// How many jobs have ended.
    public var endedCount: Int { self.ended.load(ordering: .relaxed) }

    public func run(_ ticket: JobTicket) {
        let source = RecordHeader(name: "dure-source", value: Array(ticket.coordinates.description.utf8))
        let result = OutgoingRecord(
            topic: self.resultsTopic,
            key: ticket.record.key,
            value: ticket.record.value,
            headers: [source]
        )
        self.ended.wrappingAdd(1, ordering: .relaxed)
        self.mailbox.complete(Completion(coordinates: ticket.coordinates, records: [result]))
    }

    public func giveUp(_ ticket: JobTicket) { self.run(ticket) }

    public func cancel(_ jobs: [JobCoordinates]) {}
}

/// Keeps what a delivery loop reports, for tests to look at.
public final class RecordingDeliveryObserver: DeliveryObserver {
    public struct Report: Sendable {
        public var assigned: [TopicPartition] = []
        public var released: [TopicPartition] = []
        public var lost: [TopicPartition] = []
        public var outcomes: [CommitOutcome] = []
        public var errors: [TransportError] = []
        public var skipped: [JobCoordinates] = []
        public var standing = DeliveryStanding()
    }

    private let state = Mutex(Report())

    public init() {}

    public var report: Report { self.state.withLock { $0 } }

    public func assigned(_ partitions: [TopicPartition]) { self.state.withLock { $0.assigned += partitions } }
    public func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int) {
        self.state.withLock { report in
            if isLost { report.lost += partitions } else { report.released += partitions }
        }
    }
    public func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration) {
        self.state.withLock { $0.outcomes.append(outcome) }
    }
    public func transportReported(_ error: TransportError) { self.state.withLock { $0.errors.append(error) } }
    public func recordSkipped(_ coordinates: JobCoordinates) { self.state.withLock { $0.skipped.append(coordinates) } }
    public func turned(_ standing: DeliveryStanding) { self.state.withLock { $0.standing = standing } }
    public func metricsRecords() -> [OutgoingRecord] { [] }
}
