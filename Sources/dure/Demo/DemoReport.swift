import Evaluation
import Foundation
import JobContract
import OrderedJSON
import Settings
import WorkerApp

/// What came of the demo's prompts: some of them, the bad ones, and how many are right.
struct DemoReport {
    private let answers: [BatchTracker.Answer]
    private let counts: BatchTracker.Counts
    private let seconds: Double
    private let report: EvaluationReport
    private let scores: [AnswerScore]
    /// How many answers are shown one by one.
    private static let shown = 12
    private static let shownWrong = 3

    init(prompts: DemoPrompts, answers: [BatchTracker.Answer], counts: BatchTracker.Counts, seconds: Double) {
        self.answers = answers.sorted {
            ($0.line["custom_id"]?.string ?? "~") < ($1.line["custom_id"]?.string ?? "~")
        }
        self.counts = counts
        self.seconds = seconds
        var given = EvaluationAnswers()
        for answer in answers { given.add(answer.line) }
        self.scores = prompts.set.scores(of: given)
        var report = EvaluationReport(grouping: EvaluationReport.tagNames(of: prompts.set.items).map { [$0] })
        for score in self.scores { report.add(score) }
        self.report = report
    }

    func print(to console: Console) throws {
        try self.printAnswers(console)
        try self.printErrors(console)
        try console.print(console.output.styled("\nHow many are right", .bold))
        try EvaluationView(report: self.report, grouping: [["chore"], ["kind"]], outcome: nil, shown: 0).printGroups(
            to: console
        )
        let rate = String(format: "%.0f", Double(self.counts.completionTokens) / max(self.seconds, 0.001))
        let exact = self.report.all.exact
        try console.print(
            "\n\(exact.right) of \(exact.count) answers right to the last character of their JSON; \(self.counts.completionTokens) tokens in "
                + "\(String(format: "%.1f", self.seconds)) s (\(rate) tokens/s)\n"
                + "\(self.counts.lines) records: \(self.counts.succeeded) answered, "
                + "\(self.counts.failed - self.counts.deadLetters) refused, "
                + "\(self.counts.deadLetters) dead-lettered, \(self.counts.open) open"
        )
    }

    private func printAnswers(_ console: Console) throws {
        let right = self.scores.filter(\.isExact).prefix(Self.shown)
        let wrong = self.report.wrong.prefix(Self.shownWrong)
        try console.print(console.output.styled("\nSome of the answers", .bold))
        for score in right { try self.print(score, mark: "✓", to: console) }
        guard !wrong.isEmpty else { return }
        try console.print(console.output.styled("\nWrong ones", .bold))
        for score in wrong {
            try self.print(score, mark: "✗", to: console)
            try console.print("    right is " + Self.shown(score.expected.text()))
        }
    }

    private func print(_ score: AnswerScore, mark: String, to console: Console) throws {
        try console.print("\(mark) " + Self.shown(score.question ?? score.customID))
        try console.print("    " + Self.shown(score.text ?? score.problems.first ?? "–"))
    }

    private func printErrors(_ console: Console) throws {
        try console.print(console.output.styled("\nBad records", .bold))
        var table = Table([("custom_id", .left), ("what", .left), ("why", .left)])
        for answer in self.answers {
            let response = answer.line["response"]
            guard response?["status_code"]?.integer != 200 else { continue }
            let error = response?["body"]?["error"] ?? answer.line["error"]
            let status = response?["status_code"]?.integer.map { "status \($0)" }
            table.add(
                answer.line["custom_id"]?.string ?? "–",
                status ?? "dead letter: \(error?["code"]?.string ?? "")",
                error?["message"]?.string ?? ""
            )
        }
        try table.print(to: console, layout: .aligned)
    }

    /// A text on one line, without what a terminal would take for orders.
    private static func shown(_ text: String) -> String { DisplayWidth.fitted(text, width: 240) }
}
