import JobContract
public import KafkaTransport
import Worker

/// Reads the topics of a batch and tells what of it is answered, now and as it goes on.
///
/// One thread at a time; calls block.
public final class BatchWatch {
    public private(set) var tracker: BatchTracker
    private let configuration: KafkaConfiguration
    private let topics: TopicNames
    private var jobOffsets: [Int32: Int64] = [:]
    private let results: RecordReader
    private let deadLetters: RecordReader

    /// Connects, and reads which lines the batch has.
    ///
    /// - Parameters:
    ///   - batchID: The batch.
    ///   - topics: Where its jobs and answers are.
    ///   - configuration: Where Kafka is.
    /// - Throws: ``KafkaError``.
    public init(batchID: String, topics: TopicNames, configuration: KafkaConfiguration) throws {
        self.tracker = BatchTracker(batchID: batchID)
        self.configuration = configuration
        self.topics = topics
        self.results = try RecordReader(configuration: configuration, topic: topics.results, until: .never)
        self.deadLetters = try RecordReader(configuration: configuration, topic: topics.deadLetters, until: .never)
        try self.readLines()
    }

    /// Reads what has come to the jobs topic since the last time: a batch may still be growing.
    public func readLines() throws {
        let reader = try RecordReader(
            configuration: self.configuration,
            topic: self.topics.jobs,
            from: .offsets(self.jobOffsets)
        )
        while !reader.isFinished {
            for record in try reader.next(upTo: .milliseconds(500)).records { _ = self.tracker.enterJob(record) }
        }
        self.jobOffsets = reader.nextOffsets
    }

    /// Waits for answers up to `timeout`.
    ///
    /// - Returns: Those that were not known, and whether everything that there is now has been read.
    /// - Throws: ``KafkaError`` when a topic cannot be read any more.
    public func next(upTo timeout: Duration) throws -> (answers: [BatchTracker.Answer], isCaughtUp: Bool) {
        let results = try self.results.next(upTo: timeout)
        // What is there: the wait was for the results.
        let letters = try self.deadLetters.next(upTo: .milliseconds(10))
        let answers =
            results.records.compactMap { self.tracker.enterResult($0) }
            + letters.records.compactMap { self.tracker.enterDeadLetter($0) }
        return (answers, results.isCaughtUp && letters.isCaughtUp)
    }
}
