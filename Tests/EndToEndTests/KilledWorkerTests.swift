import Foundation
import OrderedJSON
import TestSupport
import Testing

@Suite("Killed workers", .serialized, .enabled(if: Programs.obstacle == nil, "\(Programs.obstacle ?? "")"))
struct KilledWorkerTests {
    @Test("each of 2,000 jobs has one result although two of three workers are killed and start again")
    func killedAndRestarted() async throws {
        try await Self.run(try await Stage(partitions: 6), jobs: 2000)
    }

    @Test(
        "the same with a newer client library than Debian's",
        .enabled(if: NewerLibrary.directory != nil, "the Python client brings no librdkafka")
    )
    func newerLibrary() async throws {
        let directory = try #require(NewerLibrary.directory)
        let stage = try await Stage(partitions: 6)
        try await Self.run(stage, jobs: 2000, environment: ["LD_LIBRARY_PATH": directory])
    }

    @Test(
        "the same with 200 ms between workers and broker",
        .enabled(if: SlowNetwork.proxy != nil, "there is no toxiproxy")
    )
    func slowNetwork() async throws {
        let network = try await SlowNetwork(latencyMs: 200)
        try await Self.run(try await Stage(partitions: 6, kafka: network.kafka), jobs: 2000)
        network.stop()
    }

    /// Runs jobs on three workers, kills two of them on the way, and looks at what a reader sees.
    private static func run(_ stage: Stage, jobs count: Int, environment: [String: String] = [:]) async throws {
        let records = (0..<count).map { index in
            index % 2 == 0
                ? JobRecords.chat("job-\(index)", "Order number \(index)", maxTokens: 1 + index % 7)
                : JobRecords.completion("job-\(index)", "주문 번호 \(index)", maxTokens: 1 + index % 7)
        }
        let reader = try stage.startReading(count: count)
        let flags = ["--session-timeout", "6s"]
        var workers = try (0..<3).map { try stage.startWorker("w\($0)", flags, environment: environment) }
        try await stage.produce(records)
        for (victim, share) in [(0, count / 5), (1, count / 2)] {
            let hasReached = await eventually(within: .seconds(180)) {
                reader.output.utf8.count { $0 == UInt8(ascii: "\n") } >= share
            }
            try #require(hasReached, "\(workers.map { $0.errors.suffix(1500) })")
            workers[victim].signal(SIGKILL)
            _ = await workers[victim].end(within: .seconds(10))
            workers[victim] = try stage.startWorker("w\(victim)", flags, environment: environment)
        }
        let status = await reader.end(within: .seconds(300))
        #expect(status == 0, "\(reader.errors)")
        try Self.check(try Stage.records(reader), count: count)
        await stage.stop(workers)
    }

    private static func check(_ results: [JSONValue], count: Int) throws {
        var seen: [String: Int] = [:]
        for record in results {
            let value = try JSONValue(parsing: try #require(record["value"]?.string))
            let id = try #require(value["custom_id"]?.string)
            seen[id, default: 0] += 1
            #expect(record["key"]?.string == id)
            #expect(value["response"]?["status_code"]?.integer == 200, "\(value.text())")
            let usage = value["response"]?["body"]?["usage"]
            let index = try #require(Int64(id.dropFirst(4)))
            let completion = try #require(usage?["completion_tokens"]?.integer)
            #expect((1...1 + index % 7).contains(completion))
            #expect(usage?["total_tokens"]?.integer == completion + (usage?["prompt_tokens"]?.integer ?? 0))
        }
        #expect(seen.count == count)
        #expect(seen.values.allSatisfy { $0 == 1 }, "\(seen.filter { $0.value != 1 })")
    }
}
