internal import Synchronization
public import Telemetry
public import Worker

/// The consumer and the producer of one worker, over librdkafka.
///
/// It joins the group in the first ``wait(upTo:)``, so that it can be made, and with it everything about Kafka checked,
/// before a model is read.
public final class KafkaJobTransport: JobTransport, @unchecked Sendable {
    // `@unchecked`: everything but `signal` belongs to the Kafka thread, as `JobTransport` says, and the signal is safe
    // from any.

    private let configuration: KafkaConfiguration
    private let signal: WakeSignal
    private var consumer: GroupConsumer?
    let committer: any CycleCommitter

    /// Connects, and checks what a worker needs.
    ///
    /// Waits for brokers up to the configuration's `startTimeout`, and then for a dead predecessor's transaction.
    /// - Throws: ``KafkaConfigurationError``; ``KafkaError`` when no broker answers, does not trust this client, or lacks
    ///   transactions or topics.
    public init(configuration: KafkaConfiguration, logger: Logger = .silent) throws {
        self.configuration = try configuration.validated()
        for notice in configuration.notices { logger.warning(notice) }
        let log = ClientLog(logger: logger)
        let signal = try WakeSignal()
        let consumer = try GroupConsumer(configuration, signal: signal, log: log)
        self.signal = signal
        self.consumer = consumer
        switch configuration.deliveryMode {
        case .exactlyOnce: self.committer = TransactionalCommitter(configuration, signal: signal, log: log)
        case .atLeastOnce: self.committer = AtLeastOnceCommitter(configuration, signal: signal, log: log)
        }
        let checks = StartupChecks(configuration: configuration, client: consumer.client) {
            consumer.takeEvents().compactMap { event in
                guard case .error(let error) = event else { return nil }
                return KafkaError(name: error.name, message: error.message)
            }
        }
        do {
            try checks.run()
            try self.committer.start(upTo: configuration.transactionTimeout * 2 + configuration.startTimeout)
        } catch {
            self.close()
            throw error
        }
    }

    // MARK: Events

    public func wait(upTo timeout: Duration) -> [TransportEvent] {
        let wasRaised = self.signal.clear()
        let events = self.takeEvents()
        if wasRaised || !events.isEmpty || timeout <= .zero { return events }
        self.signal.wait(upTo: timeout)
        _ = self.signal.clear()
        return self.takeEvents()
    }

    public func wake() { self.signal.raise() }

    private func takeEvents() -> [TransportEvent] {
        guard let consumer = self.consumer else { return [] }
        do {
            try consumer.join()
        } catch {
            return [.error(TransportError(error.during("joining the group"), isFatal: true))]
        }
        // What the producer meets shows in the outcome of a cycle, so that nothing of it ends the worker here.
        return consumer.takeEvents() + self.committer.takeErrors().map { .error(TransportError($0)) }
    }

    // MARK: The assignment

    public func committed(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        guard let consumer = self.consumer else { throw Self.closed }
        // A dead owner's transaction, and then the time that brokers need to change places.
        let patience = self.configuration.transactionTimeout * 2 + .seconds(30)
        do throws(KafkaError) {
            return try consumer.committed(partitions, upTo: patience)
        } catch {
            throw TransportError(error, isFatal: true)
        }
    }

    public func assign(_ starts: [TopicPartition: Int64?]) throws {
        do throws(KafkaError) {
            try self.consumer?.assign(starts)
        } catch {
            throw TransportError(error.during("taking partitions"), isFatal: true)
        }
    }

    public func unassign(_ partitions: [TopicPartition]) throws {
        do throws(KafkaError) {
            try self.consumer?.unassign(partitions)
        } catch {
            throw TransportError(error.during("giving partitions back"), isFatal: true)
        }
    }

    private static let closed = TransportError(name: "_STATE", message: "the transport is closed", isFatal: true)

    // MARK: Records

    public func fetch(_ partition: TopicPartition, limit: Int) -> [ConsumedRecord] {
        self.consumer?.fetch(partition, limit: limit) ?? []
    }

    public func commit(_ cycle: CommitCycle) -> CommitOutcome {
        guard let consumer = self.consumer else { return .failed(Self.closed) }
        return self.committer.commit(cycle, by: consumer)
    }

    public func logEndOffset(_ partition: TopicPartition) -> Int64? { self.consumer?.logEndOffset(partition) }

    // MARK: The end

    deinit { self.close() }

    public func close() {
        guard let consumer = self.consumer else { return }
        self.consumer = nil
        consumer.close(within: .seconds(10))
        self.committer.close()
        let last = LastReference(consumer)
        endsWithin(.seconds(5)) { last.release() }
    }
}
