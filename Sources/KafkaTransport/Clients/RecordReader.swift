public import Telemetry
public import Worker

/// Reads a whole topic, committed records only, without being in any group.
///
/// Memory is bounded by what the library fetches ahead. One thread at a time.
public final class RecordReader {
    /// Where reading starts.
    public enum Start: Sendable, Equatable {
        case beginning
        /// After the last record there is now.
        case end
        /// By partition; those that are not named are read from the beginning.
        case offsets([Int32: Int64])
    }

    /// Where reading ends.
    public enum End: Sendable, Equatable {
        /// At what was there when the reader was made.
        case snapshot
        /// Never: the reader follows.
        case never
    }

    /// Some records, in the order of their offsets within each partition.
    public struct Batch: Sendable {
        public var records: [ConsumedRecord] = []
        /// Every partition had been read up to its end of the moment.
        public var isCaughtUp = false
        /// Everything up to the reader's end has been read; nothing more comes.
        public var isFinished = false
    }

    private let reader: KafkaTopicReader
    private let events: ClientEvents
    private let topic: String
    private var lanes: [Int32: Lane] = [:]

    private struct Lane {
        var next: Int64
        /// Nil where the reader follows.
        let end: Int64?
        var isAtEnd = false
        var isFinished: Bool { self.end.map { self.next >= $0 } ?? false }
    }

    /// Connects and looks up what there is.
    ///
    /// - Parameters:
    ///   - configuration: Where Kafka is.
    ///   - topic: What to read.
    ///   - start: Where to start.
    ///   - end: Where to end.
    ///   - logger: Where the library's log lines go.
    /// - Throws: ``KafkaConfigurationError``, or ``KafkaError`` when no broker answers or the topic is missing.
    public init(
        configuration: KafkaConfiguration,
        topic: String,
        from start: Start = .beginning,
        until end: End = .snapshot,
        logger: Logger = .silent
    ) throws {
        let configuration = try configuration.validated()
        let client = try KafkaClient(.consumer, configuration.readerProperties)
        let events = try ClientEvents(client, log: ClientLog(logger: logger))
        try StartupChecks(configuration: configuration, client: client, takeErrors: events.takeErrors)
            .requireTopics([topic])
        self.topic = topic
        self.events = events
        self.reader = try KafkaTopicReader(client, topic: topic)
        for partition in try client.metadata(of: topic, upTo: .seconds(10)).partitions {
            let source = TopicPartition(topic: topic, partition: partition)
            let log = try client.logOffsets(of: source, upTo: .seconds(10))
            let first =
                switch start {
                case .beginning: log.lowerBound
                case .end: log.upperBound
                case .offsets(let offsets): max(log.lowerBound, offsets[partition] ?? log.lowerBound)
                }
            self.lanes[partition] = Lane(next: first, end: end == .snapshot ? log.upperBound : nil)
        }
        for (partition, lane) in self.lanes where !lane.isFinished { try self.reader.start(partition, at: lane.next) }
    }

    /// The offset to read next, by partition: where another reader goes on.
    public var nextOffsets: [Int32: Int64] { self.lanes.mapValues(\.next) }

    /// Whether everything up to the reader's end has been read.
    public var isFinished: Bool { self.lanes.values.allSatisfy(\.isFinished) }

    /// Waits for records, or for the end, up to `timeout`.
    ///
    /// - Throws: ``KafkaError`` when the topic cannot be read any more, as when its access was taken away.
    public func next(upTo timeout: Duration, limit: Int = 1000) throws(KafkaError) -> Batch {
        var batch = Batch()
        let wasCaughtUp = self.isCaughtUp
        let deadline = Deadline(after: timeout)
        while batch.records.count < limit, !self.isFinished {
            // Only the first record is waited for, or that there is none.
            let wait = batch.records.isEmpty ? deadline.remaining : .zero
            guard let event = self.reader.queue.poll(upTo: wait) else { break }
            event.takeRecords(topic: self.topic) { self.enter($0, into: &batch) }
            if event.kind == .error, let failure = event.failure { try self.enter(failure) }
            if batch.records.isEmpty, self.isCaughtUp, !wasCaughtUp { break }
        }
        _ = self.events.takeErrors()
        batch.isCaughtUp = self.isCaughtUp
        batch.isFinished = self.isFinished
        return batch
    }

    private var isCaughtUp: Bool { self.lanes.values.allSatisfy { $0.isAtEnd || $0.isFinished } }

    private func enter(_ record: ConsumedRecord, into batch: inout Batch) {
        let partition = record.source.partition
        guard var lane = self.lanes[partition], record.offset >= lane.next else { return }
        if lane.end.map({ record.offset < $0 }) ?? true { batch.records.append(record) }
        lane.next = lane.end.map { min(record.offset + 1, $0) } ?? record.offset + 1
        lane.isAtEnd = false
        self.lanes[partition] = lane
        if lane.isFinished { self.reader.stop(partition) }
    }

    private func enter(_ failure: RecordFailure) throws(KafkaError) {
        guard failure.isEnd else {
            let error = failure.error.during("reading \(failure.source)")
            if error.needsOperator || error.name.hasPrefix("UNKNOWN_TOPIC") || error.name == "_UNKNOWN_TOPIC" {
                throw error
            }
            return
        }
        let partition = failure.source.partition
        guard var lane = self.lanes[partition] else { return }
        // What lies between the last record and here are marks of transactions, and records of aborted ones.
        lane.next = max(lane.next, lane.end.map { min(failure.offset, $0) } ?? failure.offset)
        lane.isAtEnd = true
        self.lanes[partition] = lane
        if lane.isFinished { self.reader.stop(partition) }
    }
}
