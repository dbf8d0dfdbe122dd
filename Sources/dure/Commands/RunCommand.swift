import Foundation
import OrderedJSON
import Settings
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
    var json = false
    var local = LocalRun()

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.file, .file, help: "an OpenAI batch input file; - reads standard input")
        Option("output", short: "o", \.output, .file, isRequired: true, help: "where answers with status 200 go")
        Option("errors", \.errors, .optional(.file), default: "OUTPUT.errors.jsonl", help: "where all other answers go")
        Option(
            "served-model-name",
            \.local.servedNames,
            help: "what a job's `model` may say; may be given several times; * accepts any"
        )
        Option("json", \.json, help: "print one JSON object at the end")
        ModelLocation.settings.requiring("model").at(\.local.model.directory)
        LocalRun.parameters.map { $0.at(\.local) }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let errors = self.errors ?? Self.errorFile(of: self.output)
        let output = try BatchOutput(output: self.output, errors: errors)
        let outcome = try await self.local.run(self.file, to: output, lines: nil, console: context.console)
        return try self.report(outcome, errors, context.console)
    }

    private func report(_ outcome: LocalRun.Outcome, _ errors: String, _ console: Console) throws -> ExitStatus {
        let progress = outcome.progress
        if self.json {
            let summary: JSONValue = [
                "lines": .integer(Int64(progress.lines)), "known": .integer(Int64(progress.known)),
                "succeeded": .integer(Int64(progress.succeeded)), "failed": .integer(Int64(progress.failed)),
                "prompt_tokens": .integer(Int64(progress.promptTokens)),
                "completion_tokens": .integer(Int64(progress.completionTokens)),
                "seconds": .double(outcome.seconds), "interrupted": .bool(outcome.wasInterrupted),
            ]
            try console.print(summary.text())
        } else {
            console.note(
                "\(progress.lines) lines: \(progress.succeeded) answered, \(progress.failed) failed, "
                    + "\(progress.known) answered before; \(progress.promptTokens) prompt and "
                    + "\(progress.completionTokens) completion tokens in \(String(format: "%.1f", outcome.seconds)) s"
            )
            if progress.failedInAll > 0 { console.note("what failed is in \(errors)") }
        }
        if outcome.wasInterrupted {
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
