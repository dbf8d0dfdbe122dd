import Foundation
import OrderedJSON
import TestSupport
import Testing

@Suite("Batch files", .serialized, .enabled(if: Programs.obstacle == nil, "\(Programs.obstacle ?? "")"))
struct BatchFileTests {
    /// The example of OpenAI's guide to its batch API, line by line.
    private static let documented = [
        ("request-1", "You are a helpful assistant."), ("request-2", "You are an unhelpful assistant."),
    ].map { id, system in
        """
        {"custom_id": "\(id)", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-3.5-turbo-0125", \
        "messages": [{"role": "system", "content": "\(system)"},{"role": "user", "content": "Hello world!"}],\
        "max_tokens": 16}}
        """
    }.joined(separator: "\n")

    @Test("a batch file as OpenAI documents it goes through submit and collect, and through run")
    func documentedFile() async throws {
        let stage = try await Stage(partitions: 2)
        let file = stage.directory.appending(path: "batch.jsonl")
        try Self.documented.write(to: file, atomically: true, encoding: .utf8)
        let worker = try stage.startWorker("w0", ["--served-model-name", "*"])

        let submitted = try await stage.dure(
            ["submit", file.path, "--bootstrap", stage.bootstrap, "--jobs-topic", stage.jobs, "--json"]
        )
        try #require(submitted.status == 0, "\(submitted.errors)")
        let batch = try #require(try JSONValue(parsing: submitted.output)["batch_id"]?.string)
        let topics = Array(stage.topicFlags.prefix(8))
        let collected = try await stage.dure(
            ["collect", batch, "-o", "answers.jsonl", "--timeout", "90s", "--json"] + topics,
            within: .seconds(120)
        )
        #expect(collected.status == 0, "\(collected.errors) \(worker.errors.suffix(2000))")
        try self.check(stage.directory.appending(path: "answers.jsonl"))
        // Again: nothing is written twice.
        let again = try await stage.dure(["collect", batch, "-o", "answers.jsonl", "--timeout", "90s"] + topics)
        #expect(again.status == 0)
        try self.check(stage.directory.appending(path: "answers.jsonl"))
        let status = try await stage.dure(["status", batch, "--json"] + topics)
        #expect(try JSONValue(parsing: status.output)["succeeded"]?.integer == 2)
        // Submitting goes on where it was: all of it is there.
        let resubmitted = try await stage.dure(
            [
                "submit", file.path, "--batch-id", batch, "--bootstrap", stage.bootstrap, "--jobs-topic", stage.jobs,
                "--json",
            ]
        )
        #expect(try JSONValue(parsing: resubmitted.output)["sent"]?.integer == 0)
        await stage.stop([worker])

        let run = try await stage.dure(
            ["run", file.path, "-o", "run.jsonl", "--model", stage.model.path],
            within: .seconds(90)
        )
        #expect(run.status == 0, "\(run.errors)")
        try self.check(stage.directory.appending(path: "run.jsonl"))
    }

    /// OpenAI's output file: one object per line with these members.
    private func check(_ file: URL) throws {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .map { try JSONValue(parsing: String($0)) }
        #expect(Set(lines.compactMap { $0["custom_id"]?.string }) == ["request-1", "request-2"])
        #expect(lines.count == 2)
        for line in lines {
            #expect(line.object?.keys == ["id", "custom_id", "response", "error"])
            #expect(line["id"]?.string?.hasPrefix("batch_req_") == true)
            #expect(line["error"] == .null)
            #expect(line["response"]?["status_code"]?.integer == 200)
            #expect(line["response"]?["request_id"]?.string != nil)
            let body = try #require(line["response"]?["body"])
            #expect(body["object"]?.string == "chat.completion")
            #expect(body["model"]?.string == "gpt-3.5-turbo-0125")
            #expect(body["choices"]?.array?.first?["message"]?["role"]?.string == "assistant")
            #expect(["stop", "length"].contains(body["choices"]?.array?.first?["finish_reason"]?.string))
            #expect(body["usage"]?["total_tokens"]?.integer ?? 0 > 0)
        }
    }
}
