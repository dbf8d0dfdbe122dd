import Foundation
import OrderedJSON
import Testing

@Suite("dure evaluate")
struct EvaluateCommandTests {
    /// Two lines of a set with a schema beside it, and answers to them: one right, one not JSON.
    private static func write(into folder: TemporaryFolder) throws -> (set: String, answers: String) {
        _ = try folder.file("answer.schema.json", #"{"type":"object","required":["n"]}"#)
        let set = try folder.file(
            "set.jsonl",
            ["a", "b"].map { id in
                #"{"custom_id":"\#(id)","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"What is \#(id)?","max_tokens":4},"expected":{"n":1},"schema":"answer.schema.json","tags":{"letter":"\#(id)"}}"#
            }.joined(separator: "\n") + "\n"
        )
        let answers = try folder.file(
            "answers.jsonl",
            #"{"id":"1","custom_id":"a","response":{"status_code":200,"body":{"choices":[{"message":{"content":"{\"n\": 1}"},"finish_reason":"stop"}]}},"error":null}"#
                + "\n"
                + #"{"id":"2","custom_id":"b","response":{"status_code":200,"body":{"choices":[{"message":{"content":"{\"n\":"},"finish_reason":"length"}]}},"error":null}"#
                + "\n"
        )
        return (set, answers)
    }

    @Test("scores answers that are there, for people and for programs")
    func answers() throws {
        let folder = try TemporaryFolder()
        let (set, answers) = try Self.write(into: folder)
        let text = try DureProcess.dure("evaluate", "--set", set, "--answers", answers)
        #expect(text.status == 0, "\(text.error)")
        #expect(text.output.contains("exact 50.0 % (1 of 2), JSON 50.0 %, schema 50.0 %"))
        #expect(text.output.contains("What is b?"))
        #expect(text.output.contains("the answer was cut at the token limit"))
        let json = try DureProcess.dure("evaluate", "--set", set, "--answers", answers, "--json")
        let report = try JSONValue(parsing: json.output)
        #expect(report["all"]?["exact"]?["right"]?.integer == 1)
        #expect(report["by"]?["letter"]?["b"]?["json"]?["right"]?.integer == 0)
        #expect(report["wrong"]?.array?.first?["custom_id"]?.string == "b")
        let gate = try DureProcess.dure("evaluate", "--set", set, "--answers", answers, "--minimum-exact", "0.9")
        #expect(gate.status == 3)
        #expect(gate.error.contains("--minimum-exact"))
    }

    @Test("runs a model over a set: random weights answer nothing right, and every line is scored")
    func model() throws {
        let folder = try TemporaryFolder()
        let (set, _) = try Self.write(into: folder)
        let model = folder.path + "/model"
        #expect(try DureProcess.dure("model", "synthesize", model).status == 0)
        let kept = folder.path + "/kept.jsonl"
        let run = try DureProcess.dure("evaluate", "--set", set, "--model", model, "--json", "-o", kept)
        #expect(run.status == 0, "\(run.error)")
        let report = try JSONValue(parsing: run.output)
        #expect(report["all"]?["exact"]?["count"]?.integer == 2)
        #expect(report["completion_tokens"]?.integer ?? 0 > 0)
        let again = try DureProcess.dure("evaluate", "--set", set, "--answers", kept, "--json")
        #expect(try JSONValue(parsing: again.output)["all"] == report["all"])
    }

    @Test("says what is wrong with a set, a schema, or what it is asked for")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let (set, answers) = try Self.write(into: folder)
        let twice = try folder.file(
            "twice.jsonl",
            #"{"custom_id":"a","expected":1}"# + "\n" + #"{"custom_id":"a","expected":1}"#
        )
        let lost = try folder.file("lost.jsonl", #"{"custom_id":"a","expected":1,"schema":"nowhere.json"}"#)
        let empty = try folder.file("empty.jsonl", "\n")
        for (arguments, words) in [
            (["--set", set], "either --model or --answers"),
            (["--set", twice, "--answers", answers], "twice.jsonl:2: custom_id `a` stands in line 1 too"),
            (["--set", lost, "--answers", answers], "nowhere.json"),
            (["--set", empty, "--answers", answers], "has no lines"),
            (["--set", set, "--answers", answers, "--by", "size"], "no line has the tag `size`; there are letter"),
            (["--set", set, "--answers", set + "x"], "there is no such file"),
        ] {
            let run = try DureProcess.run(DureProcess.binary, ["evaluate"] + arguments, input: "", environment: [:])
            #expect(run.status == 1, "\(arguments)")
            #expect(run.error.contains(words), "\(arguments): \(run.error)")
        }
    }
}
