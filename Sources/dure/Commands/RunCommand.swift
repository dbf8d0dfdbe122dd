import Foundation
import InferenceEngine
import JobContract
import MoEModel
import OrderedJSON
import Settings
import Worker
import WorkerApp

/// A batch file through a model, without Kafka.
struct RunCommand: Command {
    static let help = CommandHelp(
        "run",
        "Runs an OpenAI batch file to an output file in one process, without Kafka.",
        example: "dure run prompts.jsonl -o answers.jsonl --model /models/tiny",
        discussion: """
            Answers are written as they come, not in the order of the input; those that are not of status 200 go to the error \
            file. Run again after an interruption, it does only what has no answer yet. Any model name in the file is \
            accepted unless --served-model-name says which.
            """
    )

    var file = ""
    var output = ""
    var errors: String?
    var model = ""
    var servedNames: [String] = ["*"]
    var precision = Precision.f32
    var inFlight = 1024
    var json = false
    var engine = EngineConfiguration()
    var decoder = DecoderModelConfiguration(threads: ProcessInfo.processInfo.activeProcessorCount)
    var limits = JobLimits()

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.file, .file, help: "an OpenAI batch input file; - reads standard input")
        Option("output", short: "o", \.output, .file, isRequired: true, help: "where answers with status 200 go")
        Option("errors", \.errors, .optional(.file), default: "OUTPUT.errors.jsonl", help: "where all other answers go")
        Option(
            "served-model-name",
            \.servedNames,
            help: "what a job's `model` may say; may be given several times; * accepts any"
        )
        Option("in-flight", \.inFlight, .count(of: "jobs", 1...1_000_000), help: "jobs that are read ahead")
        Option("json", \.json, help: "print one JSON object at the end")
        ModelLocation.settings.requiring("model").at(\.model)
        DecoderModelConfiguration.settings.at(\.decoder)
        EngineConfiguration.settings.at(\.engine)
        JobLimits.settings.at(\.limits)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let model = try ServedModel.open(directory: self.model)
        let engine = try model.makeEngine(self.engine, decoder: self.decoder)
        let errors = self.errors ?? Self.errorFile(of: self.output)
        let output = try BatchOutput(output: self.output, errors: errors)
        engine.start()
        defer { engine.stop() }
        var jobs = JobServiceConfiguration()
        jobs.systemFingerprint = model.systemFingerprint(self.precision)
        let service = JobService(
            decoder: JobDecoder(policy: JobPolicy(servedModels: self.servedNames), limits: self.limits),
            encoder: model.makePromptEncoder(),
            vocabulary: model.tokenizer,
            generator: engine,
            configuration: jobs
        )
        defer { service.stop() }
        let run = FileRun(
            service: service,
            output: output,
            name: self.file == "-" ? "stdin" : URL(filePath: self.file).lastPathComponent,
            maximumInFlight: self.inFlight
        )
        let signals = StopSignals { _ in run.interrupt() }
        defer { signals.cancel() }
        let start = ContinuousClock.now
        try await BlockingWork.run(named: "dure-run") { [file = self.file] in try run.run(file) }
        return try self.report(run, seconds: (ContinuousClock.now - start) / .seconds(1), errors, context.console)
    }

    private func report(_ run: FileRun, seconds: Double, _ errors: String, _ console: Console) throws -> ExitStatus {
        let progress = run.progress
        if self.json {
            let summary: JSONValue = [
                "lines": .integer(Int64(progress.lines)), "known": .integer(Int64(progress.known)),
                "succeeded": .integer(Int64(progress.succeeded)), "failed": .integer(Int64(progress.failed)),
                "prompt_tokens": .integer(Int64(progress.promptTokens)),
                "completion_tokens": .integer(Int64(progress.completionTokens)),
                "seconds": .double(seconds), "interrupted": .bool(run.wasInterrupted),
            ]
            try console.print(summary.text())
        } else {
            console.note(
                "\(progress.lines) lines: \(progress.succeeded) answered, \(progress.failed) failed, "
                    + "\(progress.known) answered before; \(progress.promptTokens) prompt and "
                    + "\(progress.completionTokens) completion tokens in \(String(format: "%.1f", seconds)) s"
            )
            if progress.failedInAll > 0 { console.note("what failed is in \(errors)") }
        }
        if run.wasInterrupted {
            console.note("interrupted: run the same command again to go on")
            return .failed
        }
        return progress.failedInAll > 0 ? .partlyFailed : .done
    }

    /// The name of the error file beside an output file: `answers.jsonl` has `answers.errors.jsonl`.
    static func errorFile(of output: String) -> String {
        let ending = ".jsonl"
        return (output.hasSuffix(ending) ? String(output.dropLast(ending.count)) : output) + ".errors" + ending
    }
}
