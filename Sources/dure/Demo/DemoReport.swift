import Foundation
import JobContract
import OrderedJSON
import Settings
import WorkerApp

/// What came of the demo's prompts, as tables.
struct DemoReport {
    private let answers: [BatchTracker.Answer]
    private let counts: BatchTracker.Counts
    private let seconds: Double
    /// Characters of an answer that are shown.
    private static let shownLength = 60

    init(answers: [BatchTracker.Answer], counts: BatchTracker.Counts, seconds: Double) {
        self.answers = answers.sorted {
            ($0.line["custom_id"]?.string ?? "~") < ($1.line["custom_id"]?.string ?? "~")
        }
        self.counts = counts
        self.seconds = seconds
    }

    func print(to console: Console) throws {
        try self.printResults(console)
        try self.printErrors(console)
        let rate = String(format: "%.0f", Double(self.counts.completionTokens) / max(self.seconds, 0.001))
        try console.print(
            "\n\(self.counts.lines) prompts: \(self.counts.succeeded) answered, "
                + "\(self.counts.failed - self.counts.deadLetters) refused, "
                + "\(self.counts.deadLetters) dead-lettered, \(self.counts.open) open; \(self.counts.completionTokens) tokens in "
                + "\(String(format: "%.1f", self.seconds)) s (\(rate) tokens/s)"
        )
    }

    private func printResults(_ console: Console) throws {
        try console.print(console.output.styled("\nResults", .bold))
        var table = Table([("custom_id", .left), ("tokens", .right), ("ended", .left), ("text", .left)])
        for answer in self.answers {
            guard let response = answer.line["response"], response["status_code"]?.integer == 200 else { continue }
            let body = response["body"]
            let choices = body?["choices"]?.array ?? []
            let text = choices.first.flatMap { $0["message"]?["content"]?.string ?? $0["text"]?.string } ?? ""
            let more = choices.count > 1 ? " (+\(choices.count - 1) more)" : ""
            table.add(
                answer.line["custom_id"]?.string ?? "–",
                String(body?["usage"]?["completion_tokens"]?.integer ?? 0),
                choices.first?["finish_reason"]?.string ?? "",
                Self.shown(text) + more
            )
        }
        try table.print(to: console, layout: .aligned)
    }

    private func printErrors(_ console: Console) throws {
        try console.print(console.output.styled("\nErrors and dead letters", .bold))
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
    private static func shown(_ text: String) -> String {
        let printable = text.unicodeScalars.map { scalar -> Character in
            scalar.properties.generalCategory == .control ? "·" : Character(scalar)
        }
        return String(printable.prefix(Self.shownLength)) + (printable.count > Self.shownLength ? "…" : "")
    }
}
