import KafkaTransport
import OrderedJSON
import Settings
import Worker
import WorkerApp

/// A batch's answers into files.
struct CollectCommand: Command {
    static let help = CommandHelp(
        "collect",
        "Writes the answers of a batch to an OpenAI output file as they come, until every line has one.",
        example: "dure collect batch_4f0c… -o answers.jsonl --bootstrap localhost:9092",
        discussion: """
            Answers that are not of status 200, and dead letters, go to the error file. Run again after an interruption, it goes \
            on; each answer is in the files once. The status is 3 where a line failed.
            """
    )

    var batchID = ""
    var output = ""
    var errors: String?
    var timeout: Duration?
    var json = false
    var kafka = KafkaConfiguration(workerID: "dure-collect")
    var topics = TopicNames()

    static var parameters: [Parameter<Self>] {
        Argument("BATCH", \.batchID, .name("BATCH"), help: "the batch's id, as dure submit printed it")
        Option("output", short: "o", \.output, .file, isRequired: true, help: "where answers with status 200 go")
        Option("errors", \.errors, .optional(.file), default: "OUTPUT.errors.jsonl", help: "where all other answers go")
        Option("timeout", \.timeout, default: "none", help: "how long to wait; then the status is 1")
        Option("json", \.json, help: "print one JSON object at the end")
        KafkaConfiguration.connectionSettings.at(\.kafka)
        TopicNames.settings.only("jobs-topic", "results-topic", "dead-letters-topic").at(\.topics)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let console = context.console
        let counts = try await BlockingWork.run(named: "dure-collect") { try self.collect(console) }
        try self.report(counts, console)
        if counts.open > 0 || counts.lines == 0 { return .failed }
        return counts.failed > 0 ? .partlyFailed : .done
    }

    /// Blocks until the batch is complete or the time is over.
    private func collect(_ console: Console) throws -> BatchTracker.Counts {
        let output = try BatchOutput(output: self.output, errors: self.errorFile)
        let watch = try BatchWatch(batchID: self.batchID, topics: self.topics, configuration: self.kafka)
        guard watch.tracker.counts.lines > 0 else {
            throw CommandError("\(self.topics.jobs) has no line of batch \(self.batchID)")
        }
        var bar = ProgressBar("collecting", on: console)
        defer { bar.finish() }
        let start = ContinuousClock.now
        while true {
            let (answers, isCaughtUp) = try watch.next(upTo: .milliseconds(500))
            for answer in answers { _ = try output.append(answer.line, id: answer.id) }
            let counts = watch.tracker.counts
            bar.show(counts.answered, of: counts.lines, note: counts.failed > 0 ? "\(counts.failed) failed" : "")
            if watch.tracker.isComplete, isCaughtUp {
                // It may have grown meanwhile.
                try watch.readLines()
                if watch.tracker.isComplete { break }
            }
            if let timeout, ContinuousClock.now - start > timeout { break }
        }
        try output.finish()
        return watch.tracker.counts
    }

    private var errorFile: String { self.errors ?? RunCommand.errorFile(of: self.output) }

    private func report(_ counts: BatchTracker.Counts, _ console: Console) throws {
        if self.json {
            let summary: JSONValue = [
                "batch_id": .string(self.batchID), "lines": .integer(Int64(counts.lines)),
                "succeeded": .integer(Int64(counts.succeeded)), "failed": .integer(Int64(counts.failed)),
                "dead_letters": .integer(Int64(counts.deadLetters)), "open": .integer(Int64(counts.open)),
                "prompt_tokens": .integer(counts.promptTokens), "completion_tokens": .integer(counts.completionTokens),
            ]
            return try console.print(summary.text())
        }
        console.note(
            "\(counts.lines) lines: \(counts.succeeded) answered, \(counts.failed) failed, \(counts.open) open"
        )
        if counts.failed > 0 { console.note("what failed is in \(self.errorFile)") }
        if counts.open > 0 { console.note("run the same command again to go on") }
    }
}
