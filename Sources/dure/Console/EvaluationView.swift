import Evaluation
import Foundation
import OrderedJSON
import Settings
import WorkerApp

/// An evaluation's report as tables for people, or as one object for programs.
struct EvaluationView {
    let report: EvaluationReport
    let grouping: [[String]]
    /// How the model ran; nil where the answers were there before.
    let outcome: LocalRun.Outcome?
    /// How many wrong answers are shown.
    let shown: Int

    func print(to console: Console) throws {
        try self.printWrong(to: console)
        try self.printGroups(to: console)
        try console.print()
        var fields = Table([("field", .left), ("places", .right), ("right", .right)])
        for field in self.report.fields { fields.add(field.name, String(field.share.count), Self.percent(field.share)) }
        try fields.print(to: console, layout: .aligned)
        try console.print("\n" + self.summary)
    }

    /// A table for each grouping.
    func printGroups(to console: Console) throws {
        for (index, names) in self.grouping.enumerated() {
            var table = Table([
                (names.joined(separator: " / "), .left), ("lines", .right), ("exact", .right), ("JSON", .right),
                ("schema", .right),
            ])
            for group in self.report.groups(by: names) {
                let counts = group.counts
                table.add(
                    group.name,
                    String(counts.exact.count),
                    Self.percent(counts.exact),
                    Self.percent(counts.json),
                    Self.percent(counts.schema)
                )
            }
            if index > 0 { try console.print() }
            try table.print(to: console, layout: .aligned)
        }
    }

    /// What came of it, in two lines.
    var summary: String {
        let all = self.report.all
        var text =
            "exact \(Self.percent(all.exact)) (\(all.exact.right) of \(all.exact.count)), JSON \(Self.percent(all.json)), "
            + "schema \(Self.percent(all.schema))"
        if let outcome {
            let rate = Double(outcome.progress.completionTokens) / max(outcome.seconds, 0.001)
            text +=
                "\n\(outcome.progress.promptTokens) prompt and \(outcome.progress.completionTokens) completion tokens in "
                + String(format: "%.1f s (%.0f completion tokens/s)", outcome.seconds, rate)
            if outcome.progress.known > 0 { text += "; \(outcome.progress.known) answers were there before" }
        }
        return text
    }

    func printJSON(to console: Console) throws {
        guard var object = self.report.json.object else { return }
        object["wrong"] = .array(
            self.report.wrong.prefix(self.shown).map { score in
                [
                    "custom_id": .string(score.customID), "answer": score.text.map { .string($0) } ?? .null,
                    "problems": .array(score.problems.map { .string($0) }),
                ]
            }
        )
        if let outcome {
            object["prompt_tokens"] = .integer(Int64(outcome.progress.promptTokens))
            object["completion_tokens"] = .integer(Int64(outcome.progress.completionTokens))
            object["seconds"] = .double(outcome.seconds)
        }
        try console.print(JSONValue.object(object).text())
    }

    private func printWrong(to console: Console) throws {
        guard self.shown > 0, !self.report.wrong.isEmpty else { return }
        try console.print(console.output.styled("Wrong answers", .bold))
        for score in self.report.wrong.prefix(self.shown) {
            let tags = score.tags.map(\.value).joined(separator: " · ")
            try console.print("\(score.customID)  \(tags)")
            if let question = score.question { try console.print("  asked     \(Self.oneLine(question))") }
            try console.print("  answered  \(score.text.map(Self.oneLine) ?? "–")")
            try console.print("  expected  \(Self.oneLine(score.expected.text()))")
            for problem in score.problems.prefix(3) { try console.print("  \(Self.oneLine(problem))") }
        }
        let hidden = self.report.wrong.count - self.shown
        if hidden > 0 { try console.print("… and \(hidden) more") }
        try console.print()
    }

    private static func percent(_ share: EvaluationReport.Share) -> String {
        share.ratio.map { String(format: "%.1f %%", 100 * $0) } ?? "–"
    }

    private static func oneLine(_ text: String) -> String { DisplayWidth.fitted(text, width: 400) }
}
