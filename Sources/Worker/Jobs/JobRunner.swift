import JobContract

/// Where a worker's answers go, and what they say about it.
public struct JobRunnerConfiguration: Sendable, Equatable {
    public var resultsTopic = "dure.results"
    public var deadLettersTopic = "dure.dead-letters"
    /// The consumer group, as dead letters name it.
    public var group = "dure"
    public var workerID: String
    /// Bytes of one record that is produced, key, value and headers together.
    ///
    /// Must be below what the producer and the topics accept: a record that they refuse would block its commit cycle
    /// for ever.
    public var maximumRecordBytes = 1_000_000

    public init(workerID: String) { self.workerID = workerID }

    /// What is wrong with these values; empty when nothing is.
    public var problems: [String] {
        var problems: [String] = []
        for (name, value) in [
            ("resultsTopic", self.resultsTopic), ("deadLettersTopic", self.deadLettersTopic), ("group", self.group),
            ("workerID", self.workerID),
        ] where value.isEmpty {
            problems.append("\(name): expected a name, got an empty text")
        }
        if self.maximumRecordBytes < 16 << 10 {
            problems.append("maximumRecordBytes: expected at least 16384, got \(self.maximumRecordBytes)")
        }
        return problems
    }
}

/// Runs a worker's jobs and turns their answers into records: results, or dead letters.
public final class JobRunner: JobExecutor {
    private let service: JobService
    private let mailbox: CompletionMailbox
    private let records: AnswerRecords

    public init(service: JobService, mailbox: CompletionMailbox, configuration: JobRunnerConfiguration) {
        precondition(configuration.problems.isEmpty, configuration.problems.joined(separator: "; "))
        self.service = service
        self.mailbox = mailbox
        self.records = AnswerRecords(configuration: configuration)
    }

    public func run(_ ticket: JobTicket) {
        let (mailbox, records) = (self.mailbox, self.records)
        self.service.run(ticket) { answer in
            switch answer.outcome {
            case .abandoned: mailbox.abandon(ticket.coordinates)
            case .result(let result):
                let record = records.record(of: result, headers: answer.headers, to: ticket)
                mailbox.complete(Completion(coordinates: ticket.coordinates, records: [record]))
            case .deadLetter(let reason, let message):
                let record = records.deadLetter(reason, message, of: ticket)
                mailbox.complete(Completion(coordinates: ticket.coordinates, records: [record]))
            }
        }
    }

    public func giveUp(_ ticket: JobTicket) {
        let message =
            "the record was running each of the \(ticket.attempt) times that a worker ended without having finished it"
        let record = self.records.deadLetter(.crashedWorker, message, of: ticket)
        self.mailbox.complete(Completion(coordinates: ticket.coordinates, records: [record]))
    }

    public func cancel(_ jobs: [JobCoordinates]) { self.service.cancel(jobs) }

    public func replacement(
        for record: OutgoingRecord,
        of job: JobCoordinates,
        reason: TransportError
    ) -> OutgoingRecord? {
        let isSize = reason.name.contains("SIZE") || reason.name.contains("LARGE")
        let message = "no broker takes its record of \(record.bytes) bytes (\(reason))"
        let error = isSize ? RequestError.tooLarge(message) : .internalError("the result cannot be written: \(message)")
        return self.records.smaller(record, of: job, because: error)
    }
}
