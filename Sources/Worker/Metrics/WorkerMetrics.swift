public import InferenceEngine
public import JobContract
import ServingCore
import Synchronization
public import Telemetry

/// Sees everything a worker does, counts it, logs what a person must know, and writes the metrics record.
///
/// The record and the Prometheus page are made of the same registry, so they agree. Safe to use from any thread.
public final class WorkerMetrics: Sendable {
    /// For the Prometheus page.
    public let registry: MetricsRegistry
    public let identity: WorkerIdentity
    let series: MetricSeriesSet
    let logger: Logger
    private let topic: String?
    private let wallClock: @Sendable () -> WallTime
    private let expertCache: (@Sendable () -> ExpertCacheCounts)?
    private let started = ContinuousClock.now
    private let state = Mutex(State())

    struct State {
        var delivery = DeliveryStanding()
        /// Partitions whose gauges are shown.
        var shown: Set<TopicPartition> = []
        /// Turns of the delivery loop so far.
        var turns: UInt64 = 0
        var lastRecord: (time: ContinuousClock.Instant, prompt: Int, generated: Int)?
    }

    /// Creates the metrics of a worker.
    ///
    /// - Parameters:
    ///   - identity: Who the worker is.
    ///   - registry: Where the metrics are registered.
    ///   - topic: Where metrics records go; nil writes none.
    ///   - logger: For what a person must know.
    ///   - wallClock: The time of metrics records.
    ///   - expertCache: What the cache of experts has counted; nil where there is none.
    public init(
        identity: WorkerIdentity,
        registry: MetricsRegistry = MetricsRegistry(),
        topic: String? = nil,
        logger: Logger = .silent,
        wallClock: @escaping @Sendable () -> WallTime = WallTime.now,
        expertCache: (@Sendable () -> ExpertCacheCounts)? = nil
    ) {
        self.identity = identity
        self.registry = registry
        self.topic = topic
        self.logger = logger
        self.wallClock = wallClock
        self.expertCache = expertCache
        self.series = MetricSeriesSet(registry, identity: identity)
        self.series.startTime.set(to: Double(wallClock().millisecondsSince1970) / 1000)
        registry.addCollector { [weak self] in self?.collect() }
    }

    /// How often the delivery loop has turned: what the watchdog looks at.
    public var deliveryTurns: UInt64 { self.state.withLock { $0.turns } }

    /// Where delivery stood at its last turn.
    public var deliveryStanding: DeliveryStanding { self.state.withLock { $0.delivery } }

    // MARK: Before each snapshot

    private func collect() {
        let (standing, gone) = self.state.withLock { state in
            let owned = Set(state.delivery.partitions.keys)
            defer { state.shown = owned }
            return (state.delivery, state.shown.subtracting(owned))
        }
        let series = self.series
        series.jobsRunning.set(to: standing.running)
        series.jobsWaiting.set(to: standing.waiting)
        series.jobsUncommitted.set(to: standing.uncommitted)
        series.partitions.set(to: standing.partitions.count)
        for partition in gone {
            series.unfinished.remove(partition.topic, String(partition.partition))
            series.lag.remove(partition.topic, String(partition.partition))
        }
        for (partition, stands) in standing.partitions {
            let labels = [partition.topic, String(partition.partition)]
            series.unfinished.series(labels).set(to: stands.unfinished)
            if let lag = standing.lag(of: partition) { series.lag.series(labels).set(to: Double(lag)) }
        }
        if let counts = self.expertCache?() { series.expertCache.set(to: counts) }
        if let bytes = ProcessMemory.residentBytes() { series.residentBytes.set(to: bytes) }
    }

    // MARK: The record

    /// What the metrics topic is told now; the next record's rates are counted from here.
    public func makeRecord() -> MetricsRecord {
        let snapshot = self.registry.snapshot()
        let now = ContinuousClock.now
        let builder = MetricsRecordBuilder(snapshot: snapshot, model: self.identity.model)
        let tokens = builder.tokens
        let (last, standing) = self.state.withLock { state in
            defer { state.lastRecord = (now, tokens.prompt, tokens.generated) }
            return (state.lastRecord ?? (self.started, 0, 0), state.delivery)
        }
        let interval = max((now - last.time).seconds, 0.001)
        var record = MetricsRecord(
            time: self.wallClock(),
            intervalSeconds: interval,
            uptimeSeconds: (now - self.started).seconds,
            worker: self.identity
        )
        builder.fill(&record)
        if self.expertCache == nil { record.expertCache = nil }
        record.tokens.promptPerSecond = Double(tokens.prompt - last.prompt) / interval
        record.tokens.generatedPerSecond = Double(tokens.generated - last.generated) / interval
        record.delivery.partitions = standing.recordPartitions
        return record
    }
}

// MARK: - The engine

extension WorkerMetrics: EngineObserver {
    public func sweepEnded(_ report: SweepReport) {
        let series = self.series
        series.sweepTokens.observe(Double(report.tokens))
        series.sweepSeconds.observe(report.duration)
        series.running.set(to: report.runningSequences)
        series.waiting.set(to: report.waitingSequences)
        series.kvBlocksUsed.set(to: report.kvBlocksUsed)
        series.kvBlocks.set(to: report.kvBlockCount)
        series.kvUsage.set(to: report.kvBlockCount > 0 ? Double(report.kvBlocksUsed) / Double(report.kvBlockCount) : 0)
    }

    public func sweepFailed(_ failure: SweepFailure) {
        self.series.sweepFailures.increment()
        self.logger.error(
            "a sweep failed, and its sequences with it",
            [
                "error": .text("\(failure.error)"), "sequences": .integer(failure.sequences),
                "consecutive_failures": .integer(failure.consecutiveFailures),
            ]
        )
    }

    public func preempted(_ preemption: Preemption) {
        self.series.preemptions.increment()
        self.logger.debug(
            "a sequence gave its KV blocks back",
            ["lost_tokens": .integer(preemption.lostTokens), "freed_blocks": .integer(preemption.freedBlocks)]
        )
    }
}

// MARK: - Jobs

extension WorkerMetrics: JobObserver {
    public func jobEnded(_ report: JobReport) {
        self.series.count(report)
        switch report.ending {
        case .failed:
            self.logger.error("a job failed: the engine could not finish it", report.facts)
        case .deadLetter(let reason):
            self.logger.warning(
                "a record became a dead letter",
                report.facts.merging(["reason": .text(reason.rawValue)])
            )
        case .refused(let status, let code):
            let facts: LogMetadata = ["status": .integer(status), "code": .text(code)]
            self.logger.debug("a job was refused", report.facts.merging(facts))
        case .expired: self.logger.debug("a job's deadline passed", report.facts)
        case .completed, .abandoned: self.logger.debug("a job ended", report.facts)
        }
    }
}

extension JobReport {
    fileprivate var facts: LogMetadata {
        var facts = self.coordinates.facts
        if let customID { facts["custom_id"] = .text(customID) }
        facts["prompt_tokens"] = .integer(self.usage.promptTokens)
        facts["completion_tokens"] = .integer(self.usage.completionTokens)
        facts["seconds"] = .number(self.total.seconds)
        if self.retries > 0 { facts["retries"] = .integer(self.retries) }
        return facts
    }
}

extension JobCoordinates {
    /// As OpenTelemetry names them.
    var facts: LogMetadata {
        [
            "messaging.destination.name": .text(self.source.topic),
            "messaging.destination.partition.id": .integer(self.source.partition),
            "messaging.kafka.offset": .integer(self.offset),
        ]
    }
}

// MARK: - Delivery

extension WorkerMetrics: DeliveryObserver {
    public func assigned(_ partitions: [TopicPartition]) {
        self.series.rebalances.series("assigned").increment()
        self.logger.notice("partitions assigned", ["partitions": .text(Self.list(partitions))])
    }

    public func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int) {
        self.series.rebalances.series(isLost ? "lost" : "revoked").increment()
        self.series.cancelled.increment(by: cancelledJobs)
        let facts: LogMetadata = [
            "partitions": .text(Self.list(partitions)), "cancelled_jobs": .integer(cancelledJobs),
        ]
        if isLost {
            self.logger.warning("partitions lost: another worker has them already", facts)
        } else {
            self.logger.notice("partitions revoked", facts)
        }
    }

    public func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration) {
        self.series.commitSeconds.observe(duration)
        let facts: LogMetadata = ["records": .integer(records), "seconds": .number(duration.seconds)]
        switch outcome {
        case .committed:
            self.series.commits.series("committed").increment()
            self.series.sent.increment(by: records)
            self.logger.debug("committed", facts)
        case .aborted(let error):
            self.series.commits.series("aborted").increment()
            self.logger.warning("a commit was aborted and will be tried again", facts.merging(error.facts))
        case .rejected(let rejected):
            self.series.commits.series("rejected").increment()
            for record in rejected {
                self.logger.warning("a record is refused and will be replaced", facts.merging(record.reason.facts))
            }
        case .uncertain(let error):
            self.series.commits.series("uncertain").increment()
            self.logger.warning(
                "it is unknown whether a commit took place; what is committed is read again",
                facts.merging(error.facts)
            )
        case .failed(let error):
            self.series.commits.series("failed").increment()
            self.logger.critical("this worker cannot commit any more", facts.merging(error.facts))
        }
    }

    public func transportReported(_ error: TransportError) {
        self.series.transportErrors.series(error.name).increment()
        self.logger.log(error.isFatal ? .critical : .warning, "the Kafka client reports an error", error.facts)
    }

    public func recordSkipped(_ coordinates: JobCoordinates) {
        self.series.skipped.increment()
        self.logger.debug("skipped a record that is finished already", coordinates.facts)
    }

    public func turned(_ standing: DeliveryStanding) {
        self.state.withLock { state in
            state.turns += 1
            state.delivery = standing
        }
    }

    public func metricsRecords() -> [OutgoingRecord] {
        guard let topic = self.topic else { return [] }
        return [
            OutgoingRecord(topic: topic, key: Array(self.identity.id.utf8), value: self.makeRecord().serialized())
        ]
    }

    private static func list(_ partitions: [TopicPartition]) -> String {
        partitions.map(\.description).sorted().joined(separator: ", ")
    }
}

extension TransportError {
    fileprivate var facts: LogMetadata { ["error.type": .text(self.name), "error": .text(self.message)] }
}

extension DeliveryStanding {
    /// Records of a partition that are not finished, as far as the end of the log is known.
    func lag(of partition: TopicPartition) -> Int64? {
        guard let stands = self.partitions[partition], let end = self.logEndOffsets[partition] else { return nil }
        return max(0, end - stands.committableOffset - Int64(stands.finishedAbove))
    }

    fileprivate var recordPartitions: [MetricsRecord.Partition] {
        self.partitions
            .sorted { ($0.key.topic, $0.key.partition) < ($1.key.topic, $1.key.partition) }
            .map { partition, stands in
                MetricsRecord.Partition(
                    topic: partition.topic,
                    partition: partition.partition,
                    committableOffset: stands.committableOffset,
                    unfinished: stands.unfinished,
                    lag: self.lag(of: partition)
                )
            }
    }
}
