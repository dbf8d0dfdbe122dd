public import Telemetry
public import Worker

/// Produces records from outside of any worker: for submitting jobs, and for sending dead letters again.
///
/// Each record is sent once, although the connection may break, and its end is reported. One thread at a time.
public final class RecordProducer {
    /// How much may be on its way; ``send(_:tag:)`` waits at either bound.
    public struct Limits: Sendable, Equatable {
        public var records = 10_000
        public var bytes = 32 << 20

        public init() {}
    }

    /// What became of one record.
    public struct Report: Sendable {
        /// As it was given to ``RecordProducer/send(_:tag:)``.
        public var tag: Int
        /// Where the record is now; -1 where that is not known.
        public var partition: Int32
        public var offset: Int64
        /// Why it is nowhere; nil when it is there.
        public var error: KafkaError?
    }

    private let client: KafkaClient
    private let queue: KafkaQueue
    private let log: ClientLog
    private let limits: Limits
    private var pendingBytes: [Int: Int] = [:]
    private var inFlightBytes = 0
    private var reports: [Report] = []
    private let isTransactional: Bool

    /// Connects, and checks that the topics are there.
    ///
    /// - Parameters:
    ///   - configuration: Where Kafka is.
    ///   - topics: Those that will be written to.
    ///   - transactionalID: Makes transactions possible; another producer with the same id stops this one.
    ///   - limits: How much may be on its way.
    ///   - logger: Where the library's log lines go.
    /// - Throws: ``KafkaConfigurationError``, or ``KafkaError`` when no broker answers or a topic is missing.
    public init(
        configuration: KafkaConfiguration,
        topics: [String],
        transactionalID: String? = nil,
        limits: Limits = Limits(),
        logger: Logger = .silent
    ) throws {
        let configuration = try configuration.validated()
        try KafkaAdministration(configuration: configuration, logger: logger).requireTopics(topics)
        var properties = configuration.producerProperties
        properties["message.timeout.ms"] = "60000"
        if let transactionalID {
            properties["transactional.id"] = transactionalID
            properties["transaction.timeout.ms"] = "60000"
        }
        self.log = ClientLog(logger: logger)
        self.limits = limits
        self.isTransactional = transactionalID != nil
        self.client = try KafkaClient(.producer, properties)
        self.queue = try self.client.mainQueue()
        // Only so that the first record need not wait for it; what is wrong shows when something is sent.
        for topic in topics { _ = try? self.client.metadata(of: topic, upTo: .seconds(2)) }
        if self.isTransactional { try self.client.initTransactions(upTo: .seconds(60)) }
    }

    // MARK: Records

    /// Hands a record over, waiting while too much is on its way.
    ///
    /// What goes wrong with the record, at once or later, is in its report. A tag is used once at a time.
    public func send(_ record: OutgoingRecord, tag: Int) {
        precondition(self.pendingBytes[tag] == nil, "tag \(tag) is in use")
        let bytes = record.wireBytes
        while self.isFull(for: bytes) { self.serve(upTo: .milliseconds(200)) }
        while true {
            do throws(KafkaError) {
                try self.client.produce(record, tag: tag)
                self.pendingBytes[tag] = bytes
                self.inFlightBytes += bytes
                return
            } catch {
                guard error.name == "_QUEUE_FULL" else {
                    self.reports.append(Report(tag: tag, partition: -1, offset: -1, error: error))
                    return
                }
                self.serve(upTo: .milliseconds(200))
            }
        }
    }

    private func isFull(for bytes: Int) -> Bool {
        guard !self.pendingBytes.isEmpty else { return false }
        return self.pendingBytes.count >= self.limits.records || self.inFlightBytes + bytes > self.limits.bytes
    }

    /// Records that have no report yet.
    public var inFlight: Int { self.pendingBytes.count }

    /// Takes the reports that have come in, waiting for the first up to `timeout` while records are on their way.
    public func takeReports(upTo timeout: Duration = .zero) -> [Report] {
        if self.reports.isEmpty, !self.pendingBytes.isEmpty { self.serve(upTo: timeout) }
        while self.serve(upTo: .zero) {}
        defer { self.reports = [] }
        return self.reports
    }

    /// Waits until every record has been reported; false when `timeout` came first.
    @discardableResult public func flush(upTo timeout: Duration) -> Bool {
        let deadline = Deadline(after: timeout)
        while !self.pendingBytes.isEmpty, !deadline.hasPassed {
            self.serve(upTo: deadline.remaining(atMost: .milliseconds(200)))
        }
        return self.pendingBytes.isEmpty
    }

    @discardableResult private func serve(upTo timeout: Duration) -> Bool {
        guard let event = self.queue.poll(upTo: timeout) else { return false }
        if event.kind == .logLine { self.log.write(event) }
        guard event.kind == .deliveryReports else { return true }
        event.takeReports { report in
            self.inFlightBytes -= self.pendingBytes.removeValue(forKey: report.tag) ?? 0
            self.reports.append(
                Report(tag: report.tag, partition: report.partition, offset: report.offset, error: report.error)
            )
        }
        return true
    }

    // MARK: Transactions

    /// Begins a transaction, without which a transactional producer sends nothing.
    public func begin() throws(KafkaError) { try self.client.beginTransaction() }

    /// Makes everything since ``begin()`` visible at once, once every record of it is acknowledged.
    ///
    /// - Throws: Why nothing of it is visible; the transaction is aborted then. With a fatal error it is not known.
    public func commit() throws(KafkaError) {
        self.flush(upTo: .seconds(60))
        do throws(KafkaError) {
            while true {
                do throws(KafkaError) { return try self.client.commitTransaction(upTo: .seconds(60)) } catch {
                    guard error.isRetriable, !error.requiresAbort else { throw error }
                }
            }
        } catch {
            if error.requiresAbort { try self.abort() }
            throw error
        }
    }

    /// Sees to it that nothing since ``begin()`` is ever visible to `read_committed` readers.
    public func abort() throws(KafkaError) {
        self.flush(upTo: .seconds(60))
        try self.client.abortTransaction(upTo: .seconds(60))
    }
}
