import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Through Kafka the model says what it says without: messages with known answers, and what is right is counted.
@Suite("Chores", .serialized, .enabled(if: Programs.obstacle == nil, "\(Programs.obstacle ?? "")"))
struct ChoresTests {
    private static let model = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "deploy/models/chores")

    /// The first lines of the held-out set, as jobs without what is expected.
    private static func writeJobs(_ count: Int, to file: URL) throws {
        let set = try String(contentsOf: Self.model.appending(path: "sets/heldout.jsonl"), encoding: .utf8)
        let jobs = try set.split(separator: "\n").prefix(count).map { line in
            var job = try #require(try JSONValue(parsing: String(line)).object)
            for name in ["expected", "schema", "tags"] { job[name] = nil }
            return JSONValue.object(job).text()
        }
        try jobs.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    @Test("300 held-out messages through three workers, one of them killed: each answered once, and as without Kafka")
    func throughKafka() async throws {
        let stage = try await Stage(partitions: 6)
        let file = stage.directory.appending(path: "chores.jsonl")
        try Self.writeJobs(300, to: file)
        let flags = ["--model", Self.model.path, "--served-model-name", "chores", "--session-timeout", "6s"]
        let reader = try stage.startReading(count: 300)
        let workers = try (0..<3).map { try stage.startWorker("w\($0)", flags) }
        let topics = Array(stage.topicFlags.prefix(8))
        let submitted = try await stage.dure(["submit", file.path, "--json"] + Array(stage.topicFlags.prefix(4)))
        try #require(submitted.status == 0, "\(submitted.errors)")
        let batch = try #require(try JSONValue(parsing: submitted.output)["batch_id"]?.string)
        let hasBegun = await eventually(within: .seconds(120)) {
            reader.output.utf8.count { $0 == UInt8(ascii: "\n") } >= 60
        }
        try #require(hasBegun, "\(workers.map { $0.errors.suffix(1500) })")
        workers[0].signal(SIGKILL)
        let collected = try await stage.dure(
            ["collect", batch, "-o", "answers.jsonl", "--timeout", "120s", "--json"] + topics,
            within: .seconds(150)
        )
        #expect(collected.status == 0, "\(collected.errors) \(workers[1].errors.suffix(2000))")
        let ended = await reader.end(within: .seconds(60))
        #expect(ended == 0, "\(reader.errors)")
        let ids = try Stage.records(reader).compactMap {
            try JSONValue(parsing: $0["value"]?.string ?? "")["custom_id"]?.string
        }
        #expect(ids.count == 300)
        #expect(Set(ids).count == 300)
        let evaluated = try await stage.dure([
            "evaluate", "--set", Self.model.path + "/sets/heldout.jsonl", "--limit", "300", "--answers",
            "answers.jsonl", "--json",
        ])
        let report = try JSONValue(parsing: evaluated.output)
        #expect(report["all"]?["exact"]?["ratio"]?.double ?? 0 >= 0.75, "\(evaluated.output)")
        await stage.stop(Array(workers.dropFirst()))
    }
}
