import Foundation
import OrderedJSON
import Testing

/// The model of deploy/models/chores: what it answers is known from transformers, and what is right is known from its data.
@Suite("Chores model")
struct ChoresModelTests {
    static let model = DureProcess.repository + "/deploy/models/chores"
    static let heldOut = model + "/sets/heldout.jsonl"
    /// Greedy answers of transformers in f32, from deploy/models/chores/recipe/answers.py.
    private static let reference = DureProcess.repository + "/Tests/Fixtures/chores/transformers-answers.jsonl"

    private struct Answer: Equatable {
        var content: String?
        var reasoning: String?
        var ending: String?
    }

    private static func answers(_ path: String) throws -> [String: Answer] {
        var answers: [String: Answer] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let value = try JSONValue(parsing: String(line))
            let choice = value["response"]?["body"]?["choices"]?.array?.first
            let message = choice?["message"]
            answers[try #require(value["custom_id"]?.string)] = Answer(
                content: message?["content"]?.string,
                reasoning: message?["reasoning"]?.string?.trimmingCharacters(in: .whitespacesAndNewlines),
                ending: choice?["finish_reason"]?.string
            )
        }
        return answers
    }

    @Test("answers 1,000 held-out messages as transformers does, whatever runs beside each", arguments: [1, 64])
    func parity(batch: Int) throws {
        let reference = try Self.answers(Self.reference)
        #expect(reference.count == 1000)
        let folder = try TemporaryFolder()
        let run = try DureProcess.dure(
            "evaluate",
            "--model",
            Self.model,
            "--set",
            Self.heldOut,
            "--limit",
            "1000",
            "-o",
            folder.path + "/answers.jsonl",
            "--engine-max-running-sequences",
            String(batch),
            "--json"
        )
        #expect(run.status == 0, "\(run.error)")
        let answers = try Self.answers(folder.path + "/answers.jsonl")
        let different = reference.filter { answers[$0.key] != $0.value }
        #expect(different.isEmpty, "\(different.count) differ, first \(String(describing: different.first))")
    }

    /// What `dure evaluate` says of the model's answers to a set.
    private static func report(_ set: String, _ flags: String...) throws -> JSONValue {
        let arguments = ["evaluate", "--model", Self.model, "--set", set, "--json"] + flags
        let run = try DureProcess.run(DureProcess.binary, arguments, input: "", environment: [:])
        #expect(run.status == 0, "\(run.error)")
        return try JSONValue(parsing: run.output)
    }

    private static func ratio(_ report: JSONValue, _ path: String...) -> Double {
        path.reduce(report) { $0?[$1] }?["ratio"]?.double ?? 0
    }

    @Test("is right on held-out messages as often as its card says")
    func heldOut() throws {
        let report = try Self.report(Self.heldOut)
        #expect(Self.ratio(report, "all", "json") >= 0.99)
        // Greedy answers are the same bits everywhere, so these are what was measured and no less.
        for (kind, least) in [
            ("known", 0.903), ("combination", 0.714), ("values", 0.878), ("names", 0.833), ("phrasing", 0.618),
        ] {
            #expect(Self.ratio(report, "by", "kind", kind, "exact") >= least, "\(kind)")
        }
    }

    @Test("packed weights cost few of its right answers", arguments: [("int8", 0.003), ("int4", 0.015)])
    func packed(precision: String, most: Double) throws {
        let report = try Self.report(Self.heldOut, "--precision", precision)
        // 1,579 of 2,000 are right in f32.
        #expect(Self.ratio(report, "all", "exact") >= 0.7895 - most)
    }

    @Test("is right on 155 of 199 messages that were written by hand")
    func handwritten() throws {
        let report = try Self.report(Self.model + "/sets/handwritten.jsonl")
        #expect(report["all"]?["exact"]?["count"]?.integer == 199)
        #expect(report["all"]?["exact"]?["right"]?.integer ?? 0 >= 155, "\(report)")
    }

    @Test("the demo shows right answers")
    func demo() throws {
        let run = try DureProcess.dure("demo")
        #expect(run.status == 0, "\(run.error)")
        let summary = try #require(run.output.firstMatch(of: /(\d+) of 200 answers right/))
        #expect(Int(summary.1) ?? 0 >= 154)
        #expect(run.output.contains("204 records: 200 answered, 3 refused, 1 dead-lettered, 0 open"))
    }
}
