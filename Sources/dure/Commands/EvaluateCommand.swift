import Evaluation
import Foundation
import OrderedJSON
import Settings
import WorkerApp

/// How often a model's answers are right.
struct EvaluateCommand: Command {
    static let help = CommandHelp(
        "evaluate",
        "Asks a model every line of a set with known answers, and says how often it is right.",
        example: "dure evaluate --model deploy/models/chores --set deploy/models/chores/sets/heldout.jsonl",
        moreExamples: [
            "dure evaluate --set heldout.jsonl --answers answers.jsonl    # answers that dure collect or dure run wrote",
            "dure evaluate --model DIR --set heldout.jsonl --by chore --by chore/kind --minimum-exact 0.95 --json",
        ],
        discussion: """
            A set is an OpenAI batch file whose lines have three more members: `expected`, the JSON that is the right answer; \
            `schema`, the path of a JSON Schema from the set's folder; and `tags`, what the line is counted under. Right is an \
            answer that parses to exactly what is expected, whatever its spaces and the order of its members. By field, a place of \
            an answer counts as wrong also where only one of both has it. The status is 3 below --minimum-exact.
            """
    )

    var set = ""
    var answers: String?
    var output: String?
    var limit: Int?
    var grouping: [String] = []
    var shown = 10
    var minimumExact: Double?
    var json = false
    var local = LocalRun()

    static var parameters: [Parameter<Self>] {
        Option("set", \.set, .file, isRequired: true, help: "the evaluation set")
        Option("answers", \.answers, .optional(.file), help: "answers that are there already, instead of a model")
        Option("output", short: "o", \.output, .optional(.file), help: "where the model's answers are kept")
        Option(
            "limit",
            \.limit,
            .optional(.count(of: "lines", 1...10_000_000)),
            help: "take the set's first lines only"
        )
        Option(
            "by",
            \.grouping,
            default: "each tag of the set",
            help: "a tag, or several with / between them, that is counted apart; may be given several times"
        )
        Option("show", \.shown, .within(0...1_000_000), help: "how many wrong answers are shown")
        Option("minimum-exact", \.minimumExact, .optional(.within(0...1)), help: "the least share of right answers")
        Option("json", \.json, help: "print one JSON object")
        ModelLocation.settings.at(\.local.model.directory)
        LocalRun.parameters.map { $0.at(\.local) }
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        guard self.local.model.directory.isEmpty != (self.answers == nil) else {
            throw CommandError("expected either --model or --answers")
        }
        let set = try EvaluationSet(path: self.set, limit: self.limit)
        let grouping =
            self.grouping.isEmpty ? EvaluationReport.tagNames(of: set.items).map { [$0] } : try self.groups(of: set)
        let given = try await self.answers(to: set, context.console)
        if given.outcome?.wasInterrupted == true {
            context.console.note("interrupted: with --output the same command goes on where it was")
            return .failed
        }
        var report = EvaluationReport(grouping: grouping)
        for score in set.scores(of: given.answers) { report.add(score) }
        let view = EvaluationView(report: report, grouping: grouping, outcome: given.outcome, shown: self.shown)
        try self.json ? view.printJSON(to: context.console) : view.print(to: context.console)
        guard let minimumExact, (report.all.exact.ratio ?? 0) < minimumExact else { return .done }
        context.console.note("fewer answers are right than --minimum-exact \(minimumExact) asks for")
        return .partlyFailed
    }

    private func groups(of set: EvaluationSet) throws -> [[String]] {
        let known = EvaluationReport.tagNames(of: set.items)
        return try self.grouping.map { text in
            let names = text.split(separator: "/").map(String.init)
            for name in names where !known.contains(name) {
                throw CommandError(
                    "--by \(text): no line has the tag `\(name)`; there are \(known.joined(separator: ", "))"
                )
            }
            return names
        }
    }

    private func answers(
        to set: EvaluationSet,
        _ console: Console
    ) async throws -> (answers: EvaluationAnswers, outcome: LocalRun.Outcome?) {
        if let answers {
            var read = EvaluationAnswers()
            try read.add(fileAt: answers)
            let errors = RunCommand.errorFile(of: answers)
            if FileManager.default.fileExists(atPath: errors) { try read.add(fileAt: errors) }
            return (read, nil)
        }
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "dure-evaluate-\(UUID().uuidString.prefix(8))"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A folder that cannot be removed is in the temporary directory anyway.
        defer { try? FileManager.default.removeItem(at: folder) }
        let jobs = folder.appending(path: URL(filePath: self.set).lastPathComponent)
        try set.jobs.write(to: jobs)
        let answers = self.output ?? folder.appending(path: "answers.jsonl").path
        let errors = RunCommand.errorFile(of: answers)
        let output = try BatchOutput(output: answers, errors: errors)
        let outcome = try await self.local.run(jobs.path, to: output, lines: set.items.count, console: console)
        var read = EvaluationAnswers()
        try read.add(fileAt: answers)
        if FileManager.default.fileExists(atPath: errors) { try read.add(fileAt: errors) }
        return (read, outcome)
    }
}
