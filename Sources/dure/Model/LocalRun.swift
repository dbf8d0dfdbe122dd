import ExpertCache
import Foundation
import InferenceEngine
import JobContract
import MoEModel
import Settings
import Synchronization
import Worker
import WorkerApp

/// A batch file through a model in this process, with a line that shows how far it has come.
struct LocalRun {
    struct Outcome: Sendable {
        var progress: FileRun.Progress
        var seconds: Double
        var wasInterrupted: Bool
    }

    var model = ModelOptions()
    var servedNames: [String] = ["*"]
    var inFlight = 1024
    var engine = EngineConfiguration()
    var decoder = DecoderModelConfiguration(threads: ProcessInfo.processInfo.activeProcessorCount)
    var limits = JobLimits()

    /// The parameters of everything but the model, which not every command must be given.
    @ParameterBuilder<Self> static var parameters: [Parameter<Self>] {
        Option("in-flight", \.inFlight, .count(of: "jobs", 1...1_000_000), help: "jobs that are read ahead")
        ModelOptions.formParameters.map { $0.at(\.model) }
        ExpertCacheConfiguration.parameters.map { $0.at(\.model.expertCache) }
        DecoderModelConfiguration.settings.at(\.decoder)
        EngineConfiguration.settings.at(\.engine)
        JobLimits.settings.at(\.limits)
    }

    /// Runs every line of a file that has no answer in the output yet; a signal to stop ends it early.
    ///
    /// - Parameters:
    ///   - file: An OpenAI batch input file; `-` reads standard input.
    ///   - output: Where answers go.
    ///   - lines: How many lines the file has, where that is known.
    ///   - console: Where progress is shown.
    /// - Returns: What was answered, and how long it took.
    /// - Throws: What the model's parts say when they are opened; ``BatchFileError``.
    func run(_ file: String, to output: sending BatchOutput, lines: Int?, console: Console) async throws -> Outcome {
        let opened = try OpenedModel.open(
            self.model,
            threads: self.decoder.threads,
            kvBytes: self.decoder.kvBytes,
            on: console
        )
        defer { opened.close() }
        let model = try ServedModel(directory: self.model.directory, opened)
        let engine = try model.makeEngine(self.engine, decoder: self.decoder)
        engine.start()
        defer { engine.stop() }
        var jobs = JobServiceConfiguration()
        jobs.systemFingerprint = opened.systemFingerprint(kvPrecision: self.decoder.kvPrecision)
        let service = JobService(
            decoder: JobDecoder(policy: JobPolicy(servedModels: self.servedNames), limits: self.limits),
            encoder: model.makePromptEncoder(),
            vocabulary: model.tokenizer,
            generator: engine,
            configuration: jobs
        )
        defer { service.stop() }
        let bar = Mutex(ProgressBar("answering", on: console))
        let start = ContinuousClock.now
        let run = FileRun(
            service: service,
            output: output,
            name: file == "-" ? "stdin" : URL(filePath: file).lastPathComponent,
            maximumInFlight: self.inFlight,
            onProgress: { progress in
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let rate = Int(Double(progress.completionTokens) / max(seconds, 0.001))
                let done = progress.succeeded + progress.failed + progress.known
                bar.withLock { $0.show(done, of: lines ?? progress.lines, note: "\(rate) tokens/s") }
            }
        )
        let signals = StopSignals { _ in run.interrupt() }
        defer { signals.cancel() }
        defer { bar.withLock { $0.finish() } }
        try await BlockingWork.run(named: "dure-run") { try run.run(file) }
        return Outcome(
            progress: run.progress,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            wasInterrupted: run.wasInterrupted
        )
    }
}
