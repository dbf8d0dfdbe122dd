import Foundation
import JobContract
import KafkaTransport
import OrderedJSON
import Settings
import Worker
import WorkerApp

/// A batch file into the jobs topic.
struct SubmitCommand: Command {
    static let help = CommandHelp(
        "submit",
        "Puts the lines of an OpenAI batch file into the jobs topic, and prints the batch's id.",
        example: "dure submit prompts.jsonl --bootstrap localhost:9092",
        moreExamples: [
            "dure submit prompts.jsonl --batch-id batch_4f0c… # go on with a submission that was interrupted"
        ],
        discussion: """
            The file is checked first, and nothing is sent if a line would be refused; --force sends it all the same, and a \
            worker answers each bad line. The id is printed before anything is sent.
            """
    )

    var file = ""
    var batchID: String?
    var priority: Int?
    var tenant: String?
    var force = false
    var json = false
    var kafka = KafkaConfiguration(workerID: "dure-submit")
    var topics = TopicNames()

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.file, .file, help: "an OpenAI batch input file")
        Option("batch-id", \.batchID, .optional(.name("ID")), default: "a random one", help: "the batch to go on with")
        Option("priority", \.priority, help: "of every line; lower is earlier")
        Option("tenant", \.tenant, .optional(.name()), help: "who the lines are for: the unit of fairness")
        Option("force", \.force, help: "send lines too that a worker will refuse")
        Option("json", \.json, help: "print one JSON object at the end")
        KafkaConfiguration.connectionSettings.at(\.kafka)
        TopicNames.settings.only("jobs-topic").at(\.topics)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let validation = try await BlockingWork.run(named: "dure-submit") { [file = self.file] in
            try BatchValidation(of: file)
        }
        guard try self.accepts(validation, context.console) else { return .failed }
        let batchID = self.batchID ?? BatchSubmission.makeBatchID()
        if !self.json { try context.console.print(batchID) }
        let submission = BatchSubmission(
            configuration: self.kafka,
            topic: self.topics.jobs,
            batchID: batchID,
            headers: self.headers
        )
        let resumes = self.batchID != nil
        let console = context.console
        let progress: BatchSubmission.Progress
        do {
            progress = try await BlockingWork.run(named: "dure-submit") { [file = self.file] in
                var bar = ProgressBar("submitting", on: console)
                defer { bar.finish() }
                return try submission.send(file, total: validation.lines, resumes: resumes) {
                    bar.show($0.known + $0.acknowledged, of: $0.total)
                }
            }
        } catch {
            console.note("to go on: dure submit \(self.file) --batch-id \(batchID)")
            throw error
        }
        try self.report(progress, batchID, console)
        return .done
    }

    private var headers: [RecordHeader] {
        [(HeaderName.priority, self.priority.map(String.init)), (HeaderName.tenant, self.tenant)]
            .compactMap { name, text in text.map { RecordHeader(name: name, value: Array($0.utf8)) } }
    }

    /// Says what is wrong with the file; whether to go on.
    private func accepts(_ validation: BatchValidation, _ console: Console) throws -> Bool {
        guard validation.problemCount > 0 else { return true }
        for problem in validation.problems { console.note("\(self.file): \(problem)") }
        let hidden = validation.problemCount - validation.problems.count
        if hidden > 0 { console.note("… and \(hidden) more") }
        if self.force, validation.lines > 0 { return true }
        console.note("nothing was sent; --force sends lines that a worker will refuse")
        return false
    }

    private func report(_ progress: BatchSubmission.Progress, _ batchID: String, _ console: Console) throws {
        if self.json {
            let summary: JSONValue = [
                "batch_id": .string(batchID), "lines": .integer(Int64(progress.total)),
                "sent": .integer(Int64(progress.acknowledged)), "known": .integer(Int64(progress.known)),
            ]
            return try console.print(summary.text())
        }
        let known = progress.known > 0 ? ", \(progress.known) were there already" : ""
        console.note("\(progress.acknowledged) lines sent\(known)")
        console.note("to collect the answers: dure collect \(batchID) -o answers.jsonl")
    }
}
