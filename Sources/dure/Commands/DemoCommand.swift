import Foundation
import KafkaTransport
import Settings
import WorkerApp

/// Everything on one machine.
struct DemoCommand: Command {
    static let help = CommandHelp(
        "demo",
        "Runs 200 messages through an embedded broker and two workers, and says how many answers are right.",
        example: "dure demo",
        moreExamples: ["dure demo --bootstrap localhost:9092    # a real broker"],
        discussion: """
            Needs nothing: without --bootstrap a broker runs in a process of this program's own, in memory; without --model and \
            --set the model of deploy/models/chores answers messages that its training never saw. With --bootstrap the workers \
            deliver exactly once, through topics of the demo's own.
            """
    )

    var bootstrap: String?
    var model: String?
    var set: String?
    var workers = 2
    var keep = false
    var timeout: Duration = .seconds(120)

    static var parameters: [Parameter<Self>] {
        Option("bootstrap", \.bootstrap, .optional(.name("HOST:PORT")), default: "an embedded one", help: "a broker")
        Option(
            "model",
            \.model,
            .optional(.directory),
            default: "deploy/models/chores",
            help: "a Hugging Face model directory"
        )
        Option("set", \.set, .optional(.file), default: "the model's sets/heldout.jsonl", help: "an evaluation set")
        Option("workers", \.workers, .count(of: "workers", 1...16), help: "worker processes")
        Option("keep", \.keep, help: "keep the folder with logs, model and answers")
        Option("timeout", \.timeout, help: "how long to wait for the answers")
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let console = context.console
        let model = try self.model ?? ShippedModel.directory().path
        let prompts = try DemoPrompts(set: self.set ?? model + "/sets/heldout.jsonl")
        return try await BlockingWork.run(named: "dure-demo") {
            let folder = FileManager.default.temporaryDirectory.appending(
                path: "dure-demo-\(UUID().uuidString.prefix(8))"
            )
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer {
                // A folder that cannot be removed is in the temporary directory anyway.
                if !self.keep { try? FileManager.default.removeItem(at: folder) }
            }
            let stage = DemoStage(
                folder: folder,
                bootstrap: self.bootstrap,
                model: model,
                prompts: prompts,
                console: console
            )
            let status = try stage.run(workers: self.workers, timeout: self.timeout)
            if self.keep { console.note("logs, model and answers are in \(folder.path)") }
            return status
        }
    }
}
