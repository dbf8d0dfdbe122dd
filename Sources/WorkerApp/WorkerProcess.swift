import Dispatch
import Foundation
import InferenceEngine
import JobContract
import KafkaTransport
import MoEModel
import ModelFiles
import Settings
import Synchronization
public import Telemetry
import TensorKernels
import Worker

/// One worker, from its start to its end: opens the model, joins the group, runs jobs, drains.
///
/// The parts start in the order in which they need each other and stop in reverse. ``run()`` returns when a stop that was
/// asked for has been carried out, and throws when the worker cannot start or go on; what was not committed then
/// runs again elsewhere.
public final class WorkerProcess: Sendable {
    private let configuration: WorkerConfiguration
    private let version: String
    private let logger: Logger
    private let onReady: @Sendable (_ address: String?) -> Void
    private let state = Mutex(State())

    private struct State {
        var mailbox: CompletionMailbox?
        var isStopRequested = false
    }

    /// - Parameters:
    ///   - configuration: What it is and where it works; must have no ``WorkerConfiguration/problems``.
    ///   - version: Of this program, for metrics records.
    ///   - logger: Where it says how it is.
    ///   - onReady: Called once the worker takes jobs, with the address of its pages if it has any.
    public init(
        configuration: WorkerConfiguration,
        version: String,
        logger: Logger,
        onReady: @escaping @Sendable (_ address: String?) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.version = version
        self.logger = logger
        self.onReady = onReady
    }

    /// Asks the worker to drain and end.
    ///
    /// May be called from any thread, at any time.
    public func requestStop() {
        let mailbox = self.state.withLock { state in
            state.isStopRequested = true
            return state.mailbox
        }
        mailbox?.requestStop()
    }

    /// Runs the worker to its end; blocks.
    public func run() throws {
        let supervisor = Supervisor(logger: self.logger)
        defer { supervisor.stopAll() }
        // What is wrong with Kafka is said at once, and not after a large model has been opened.
        let transport = try KafkaJobTransport(
            configuration: self.configuration.kafka,
            logger: self.logger.labelled("kafka")
        )
        do {
            try self.run(over: transport, supervisor)
        } catch {
            // Closing again what the delivery loop has closed does nothing.
            transport.close()
            throw error
        }
    }

    private func run(over transport: KafkaJobTransport, _ supervisor: Supervisor) throws {
        let model = try self.openModel()
        try supervisor.start(ModelService(model: model.model))
        let metrics = self.makeMetrics(of: model)
        let pages = HealthPages(registry: metrics.registry, name: "dure worker \(self.configuration.kafka.workerID)")
        let http = try self.startPages(pages, supervisor)

        let engine = try model.makeEngine(
            self.configuration.engine,
            decoder: self.configuration.decoder,
            observer: metrics
        )
        try supervisor.start(EngineService(engine: engine))
        let jobs = self.makeJobService(model, engine, metrics)
        try supervisor.start(PreparationService(jobs: jobs))
        try supervisor.start(self.makeWatchdog(engine, jobs, metrics, pages))

        let mailbox = CompletionMailbox { transport.wake() }
        let runner = JobRunner(service: jobs, mailbox: mailbox, configuration: self.configuration.runner)
        let isStopRequested = self.state.withLock { state in
            state.mailbox = mailbox
            return state.isStopRequested
        }
        if isStopRequested { mailbox.requestStop() }

        let observer = ReadinessObserver(next: metrics, pages: pages)
        self.logger.notice("taking jobs", self.startFacts(of: model, http))
        self.onReady(http)
        try Self.onThreadOfItsOwn(named: "dure-kafka") {
            try DeliveryLoop(
                transport: transport,
                executor: runner,
                mailbox: mailbox,
                observer: observer,
                configuration: self.configuration.delivery
            ).run()
        }
        self.logger.notice("drained and committed; leaving")
    }

    // MARK: Parts

    private func openModel() throws -> ServedModel {
        let start = ContinuousClock.now
        let options = self.configuration.model
        let packing = self.logger.with([
            "precision": .text(options.precision?.rawValue ?? ""), "into": .text(options.packDirectory ?? "memory"),
        ])
        let model = try ServedModel.open(
            options,
            threads: self.configuration.decoder.threads,
            kvBytes: self.configuration.decoder.kvBytes,
            packing: Self.eachTenth { percent in
                packing.notice("packing the weights", ["percent": .integer(percent)])
            }
        )
        self.logger.info(
            "opened the model",
            [
                "model": .text(options.directory), "digest": .text(model.model.digest),
                "precision": .text(model.model.precision.rawValue),
                "kernels": .text(self.configuration.decoder.kernels.name),
                "seconds": .number((ContinuousClock.now - start) / .seconds(1)),
            ]
        )
        return model
    }

    /// Says each tenth of a share once, in per cent.
    private static func eachTenth(_ report: @escaping @Sendable (Int) -> Void) -> @Sendable (Double) -> Void {
        let said = Mutex(-1)
        return { share in
            let tenth = Int(share * 10)
            let isNew = said.withLock { last in
                defer { last = max(last, tenth) }
                return tenth > last
            }
            if isNew { report(tenth * 10) }
        }
    }

    private func makeMetrics(of model: ServedModel) -> WorkerMetrics {
        let identity = WorkerIdentity(
            id: self.configuration.kafka.workerID,
            host: ProcessInfo.processInfo.hostName,
            version: self.version,
            model: self.configuration.servedModelNames(of: model).first ?? model.defaultName,
            modelDigest: model.model.digest,
            kernelProfile: model.model.precision.rawValue
        )
        return WorkerMetrics(
            identity: identity,
            topic: self.configuration.metricsTopic,
            logger: self.logger.labelled("worker"),
            expertCache: ExpertCacheCounts.reader(of: model.model.expertCache)
        )
    }

    private func startPages(_ pages: HealthPages, _ supervisor: Supervisor) throws -> String? {
        guard let address = self.configuration.http else { return nil }
        let server = try HTTPServer(host: address.host, port: address.port) { pages.page($0) }
        try supervisor.start(PagesService(server: server))
        self.logger.info("serving pages", ["address": .text(server.address)])
        return server.address
    }

    private func makeJobService(_ model: ServedModel, _ engine: Engine, _ metrics: WorkerMetrics) -> JobService {
        let names = self.configuration.servedModelNames(of: model)
        let policy = JobPolicy(
            servedModels: names,
            unknownFields: self.configuration.unknownFields,
            replyTopics: self.configuration.replyTopics
        )
        var jobs = self.configuration.jobs
        jobs.systemFingerprint = model.model.systemFingerprint(kvPrecision: self.configuration.decoder.kvPrecision)
        return JobService(
            decoder: JobDecoder(policy: policy, limits: self.configuration.limits),
            encoder: model.makePromptEncoder(),
            vocabulary: model.tokenizer,
            generator: engine,
            configuration: jobs,
            observer: metrics
        )
    }

    /// A stuck worker turns red, and then makes room for another: nothing that hangs can be trusted to drain.
    private func makeWatchdog(
        _ engine: Engine,
        _ jobs: JobService,
        _ metrics: WorkerMetrics,
        _ pages: HealthPages
    ) -> WatchdogService {
        let logger = self.logger
        return WatchdogService(limits: self.configuration.watchdog) {
            let (standing, work) = (engine.standing, jobs.standing)
            return Watchdog.Marks(
                sweeps: standing.progressMark,
                engineHasWork: standing.hasWork,
                turns: metrics.deliveryTurns,
                answers: work.answered,
                unansweredJobs: work.held
            )
        } onStuck: { part, stood in
            let reason = "\(part.rawValue) has not moved for \(stood)"
            pages.health = .stuck(reason)
            logger.critical("stuck; ending, so that another worker takes over", ["reason": .text(reason)])
            exit(70)
        }
    }

    private func startFacts(of model: ServedModel, _ http: String?) -> LogMetadata {
        var facts: LogMetadata = [
            "worker": .text(self.configuration.kafka.workerID),
            "models": .text(self.configuration.servedModelNames(of: model).joined(separator: ", ")),
        ]
        if let http { facts["http"] = .text(http) }
        return facts
    }

    /// Runs `body` on a thread that is nobody else's and waits for its end.
    private static func onThreadOfItsOwn(named name: String, _ body: @escaping @Sendable () throws -> Void) throws {
        let ended = DispatchSemaphore(value: 0)
        let outcome = ThreadOutcome()
        let thread = Thread {
            outcome.set(Result { try body() })
            ended.signal()
        }
        thread.name = name
        thread.start()
        ended.wait()
        try outcome.get()
    }
}

/// How the body of a thread ended.
private final class ThreadOutcome: Sendable {
    private let result = Mutex<Result<Void, any Error>>(.success(()))

    func set(_ result: Result<Void, any Error>) { self.result.withLock { $0 = result } }

    func get() throws { try self.result.withLock { $0 }.get() }
}
