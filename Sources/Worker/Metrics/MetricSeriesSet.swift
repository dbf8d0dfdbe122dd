import InferenceEngine
import JobContract
import ServingCore
import Telemetry

/// The series of the catalogue that one worker counts in, looked up once.
struct MetricSeriesSet: Sendable {
    // The engine.
    let running: Gauge
    let waiting: Gauge
    let kvUsage: Gauge
    let kvBlocksUsed: Gauge
    let kvBlocks: Gauge
    let preemptions: Counter
    let sweepTokens: Histogram
    let sweepSeconds: Histogram
    let sweepFailures: Counter
    let expertCache: ExpertCacheSeries
    // Requests.
    private let promptTokens: Counter
    private let cachedTokens: Counter
    private let generationTokens: Counter
    private let reasoningTokens: Counter
    private let finishReasons: [AnswerFinishReason: Counter]
    private let timeToFirstToken: Histogram
    private let timePerOutputToken: Histogram
    private let queueTime: Histogram
    private let inferenceTime: Histogram
    private let endToEnd: Histogram
    private let requestPromptTokens: Histogram
    private let requestGenerationTokens: Histogram
    private let requestChoices: Histogram
    // Jobs.
    private let jobsFinished: MetricFamily<Counter>
    private let jobsRefused: MetricFamily<Counter>
    private let deadLetters: MetricFamily<Counter>
    private let retries: Counter
    private let preparation: Histogram
    // Delivery.
    private let consumed: Counter
    private let processDuration: Histogram
    let sent: Counter
    let jobsRunning: Gauge
    let jobsWaiting: Gauge
    let jobsUncommitted: Gauge
    let commits: MetricFamily<Counter>
    let commitSeconds: Histogram
    let rebalances: MetricFamily<Counter>
    let cancelled: Counter
    let skipped: Counter
    let transportErrors: MetricFamily<Counter>
    let partitions: Gauge
    let unfinished: MetricFamily<Gauge>
    let lag: MetricFamily<Gauge>
    // The process.
    let residentBytes: Gauge
    let startTime: Gauge

    init(_ registry: MetricsRegistry, identity: WorkerIdentity) {
        typealias Catalogue = MetricsCatalogue
        let model = identity.model
        let system = "kafka"
        self.running = registry.gauge(Catalogue.running, model)
        self.waiting = registry.gauge(Catalogue.waiting, model)
        self.kvUsage = registry.gauge(Catalogue.kvUsage, model)
        self.preemptions = registry.counter(Catalogue.preemptions, model)
        self.sweepTokens = registry.histogram(Catalogue.sweepTokens, model)
        self.sweepSeconds = registry.histogram(Catalogue.sweepSeconds)
        self.sweepFailures = registry.counter(Catalogue.sweepFailures)
        self.kvBlocksUsed = registry.gauge(Catalogue.kvBlocksUsed)
        self.kvBlocks = registry.gauge(Catalogue.kvBlocks)

        self.expertCache = ExpertCacheSeries(registry)

        self.promptTokens = registry.counter(Catalogue.promptTokens, model)
        self.cachedTokens = registry.counter(Catalogue.cachedTokens, model)
        self.generationTokens = registry.counter(Catalogue.generationTokens, model)
        self.reasoningTokens = registry.counter(Catalogue.reasoningTokens)
        self.finishReasons = Dictionary(
            uniqueKeysWithValues: AnswerFinishReason.allCases.map {
                ($0, registry.counter(Catalogue.requestSuccess, model, $0.rawValue))
            }
        )
        self.timeToFirstToken = registry.histogram(Catalogue.timeToFirstToken, model)
        self.timePerOutputToken = registry.histogram(Catalogue.timePerOutputToken, model)
        self.queueTime = registry.histogram(Catalogue.queueTime, model)
        self.inferenceTime = registry.histogram(Catalogue.inferenceTime, model)
        self.endToEnd = registry.histogram(Catalogue.endToEnd, model)
        self.requestPromptTokens = registry.histogram(Catalogue.requestPromptTokens, model)
        self.requestGenerationTokens = registry.histogram(Catalogue.requestGenerationTokens, model)
        self.requestChoices = registry.histogram(Catalogue.requestChoices, model)

        self.jobsFinished = registry.counters(Catalogue.jobsFinished)
        self.jobsRefused = registry.counters(Catalogue.jobsRefused)
        self.deadLetters = registry.counters(Catalogue.deadLetters)
        self.retries = registry.counter(Catalogue.retries)
        self.preparation = registry.histogram(Catalogue.preparation)

        self.consumed = registry.counter(Catalogue.consumed, system)
        self.sent = registry.counter(Catalogue.sent, system)
        self.processDuration = registry.histogram(Catalogue.processDuration, system)
        self.jobsRunning = registry.gauge(Catalogue.jobsRunning)
        self.jobsWaiting = registry.gauge(Catalogue.jobsWaiting)
        self.jobsUncommitted = registry.gauge(Catalogue.jobsUncommitted)
        self.commits = registry.counters(Catalogue.commits)
        self.commitSeconds = registry.histogram(Catalogue.commitSeconds)
        self.rebalances = registry.counters(Catalogue.rebalances)
        self.cancelled = registry.counter(Catalogue.cancelled)
        self.skipped = registry.counter(Catalogue.skipped)
        self.transportErrors = registry.counters(Catalogue.transportErrors)
        self.partitions = registry.gauge(Catalogue.partitions)
        self.unfinished = registry.gauges(Catalogue.unfinished)
        self.lag = registry.gauges(Catalogue.lag)

        let info = registry.gauges(Catalogue.info)
        info.series([identity.id, identity.version, model, identity.modelDigest, identity.kernelProfile]).set(to: 1)
        self.residentBytes = registry.gauge(Catalogue.residentBytes)
        self.startTime = registry.gauge(Catalogue.startTime)
    }

    /// Counts one answered job.
    func count(_ report: JobReport) {
        self.consumed.increment()
        self.jobsFinished.series(report.ending.label).increment()
        self.retries.increment(by: report.retries)
        switch report.ending {
        case .refused(let status, let code): self.jobsRefused.series(String(status), code).increment()
        case .deadLetter(let reason): self.deadLetters.series(reason.rawValue).increment()
        case .completed, .expired, .failed, .abandoned: break
        }
        self.endToEnd.observe(report.total)
        self.processDuration.observe(report.total)
        self.preparation.observe(report.preparation)
        guard !report.choices.isEmpty else { return }
        self.promptTokens.increment(by: report.usage.promptTokens)
        self.cachedTokens.increment(by: report.usage.cachedTokens)
        self.generationTokens.increment(by: report.usage.completionTokens)
        self.reasoningTokens.increment(by: report.usage.reasoningTokens)
        self.requestPromptTokens.observe(Double(report.usage.promptTokens))
        self.requestChoices.observe(Double(report.choices.count))
        for choice in report.choices { self.count(choice) }
    }

    private func count(_ choice: JobReport.Choice) {
        self.finishReasons[choice.finishReason]?.increment()
        self.requestGenerationTokens.observe(Double(choice.completionTokens))
        let timings = choice.timings
        self.queueTime.observe(timings.queued)
        guard choice.completionTokens > 0 else { return }
        self.timeToFirstToken.observe(timings.timeToFirstToken)
        self.inferenceTime.observe(timings.total - timings.queued)
        guard choice.completionTokens > 1 else { return }
        let afterFirst = timings.total - timings.timeToFirstToken
        self.timePerOutputToken.observe(afterFirst / (choice.completionTokens - 1))
    }
}

extension JobReport.Ending {
    /// The value of the label `ending`.
    var label: String {
        switch self {
        case .completed: "completed"
        case .refused: "refused"
        case .expired: "expired"
        case .failed: "failed"
        case .deadLetter: "dead-letter"
        case .abandoned: "abandoned"
        }
    }
}
