import Foundation
import OrderedJSON
import Synchronization
import Testing

/// The same jobs give the same completions whatever runs beside them and on whatever they run: one text in every row.
@Suite("Determinism")
struct DeterminismTests {
    private static let jobCount = 24

    /// What must change nothing, by the flags that change it.
    private static let rows: [(name: String, flags: [String])] = [
        ("one sequence at a time", ["--engine-max-running-sequences", "1"]),
        ("five side by side", ["--engine-max-running-sequences", "5"]),
        (
            "prompts in chunks of a few tokens",
            ["--engine-max-batched-tokens", "7", "--engine-max-running-sequences", "3"]
        ),
        ("blocks of five tokens", ["--kv-cache-block-tokens", "5"]),
        ("one thread", ["--threads", "1"]),
        ("three threads", ["--threads", "3"]),
        ("AVX2", ["--kernels", "avx2"]),
        ("no prefix cache", ["--no-engine-prefix-cache"]),
        ("a KV cache so small that sequences give theirs back", ["--kv-cache-capacity", "1MiB"]),
        ("experts through a cache", ["--expert-cache-capacity", "1MiB"]),
        (
            "experts through a cache of recently used ones",
            ["--expert-cache-capacity", "2MiB", "--expert-cache-policy", "lru"]
        ),
    ]

    /// A pack, and jobs of two kinds in two orders: greedy ones, and ones that draw.
    private struct Stage {
        let folder: TemporaryFolder
        let pack: String
        let jobs: String
        let reversed: String

        init(_ format: String) throws {
            self.folder = try TemporaryFolder()
            self.pack = self.folder.path + "/pack"
            let packed = try DureProcess.dure("model", "pack", ChoresModelTests.model, self.pack, "--format", format)
            try #require(packed.status == 0, "\(packed.error)")
            let set = try String(contentsOfFile: ChoresModelTests.heldOut, encoding: .utf8).split(separator: "\n")
            let lines = try set.prefix(DeterminismTests.jobCount).enumerated().map { index, line in
                var job = try JSONValue(parsing: String(line)).object ?? [:]
                for name in ["expected", "schema", "tags"] { job[name] = nil }
                if index.isMultiple(of: 2), var body = job["body"]?.object {
                    body["temperature"] = .double(1.5)
                    body["seed"] = .integer(Int64(index))
                    job["body"] = .object(body)
                }
                return JSONValue.object(job).text()
            }
            self.jobs = try self.folder.file("jobs.jsonl", lines.joined(separator: "\n"))
            self.reversed = try self.folder.file("reversed.jsonl", lines.reversed().joined(separator: "\n"))
        }

        func output(_ name: String) -> String { self.folder.path + "/" + name }

        func arguments(_ jobs: String, _ output: String, _ flags: [String]) -> [String] {
            ["run", jobs, "-o", output, "--model", self.pack] + flags
        }

        /// Runs jobs to the end; gives their completions in the order of their ids.
        func completions(_ jobs: String, to output: String, _ flags: [String] = []) throws -> [String] {
            let run = try DureProcess.run(
                DureProcess.binary,
                self.arguments(jobs, output, flags),
                input: "",
                environment: [:]
            )
            try #require(run.status == 0, "\(flags): \(run.error)")
            return try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").map { line in
                let answer = try JSONValue(parsing: String(line))
                let body = answer["response"]?["body"]
                let parts = [answer["custom_id"], body?["choices"], body?["usage"]?["completion_tokens"]]
                return JSONValue.array(parts.map { $0 ?? .null }).text()
            }.sorted()
        }
    }

    @Test("one text for any batch, order, chunks, blocks, threads, kernels and caches", arguments: ["int8", "int4"])
    func matrix(format: String) throws {
        let stage = try Stage(format)
        let expected = try stage.completions(stage.jobs, to: stage.output("base"))
        #expect(expected.count == Self.jobCount && Set(expected).count == Self.jobCount)
        #expect(try stage.completions(stage.reversed, to: stage.output("reversed")) == expected, "in reverse")
        for (index, row) in Self.rows.enumerated() {
            let got = try stage.completions(stage.jobs, to: stage.output("row-\(index)"), row.flags)
            #expect(got == expected, "\(row.name)")
        }
    }

    @Test("a run that was killed and started again ends with the same text")
    func killed() throws {
        let stage = try Stage("int8")
        let expected = try stage.completions(stage.jobs, to: stage.output("base"))
        let output = stage.output("killed")
        // As slow as it gets, so that it is killed in its middle.
        let slow = ["--kernels", "scalar", "--threads", "1", "--engine-max-running-sequences", "2"]
        let process = Process()
        process.executableURL = URL(fileURLWithPath: DureProcess.binary)
        process.arguments = stage.arguments(stage.jobs, output, slow)
        process.standardError = FileHandle.nullDevice
        try process.run()
        while process.isRunning, Self.lines(output) < 3 { Thread.yield() }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal && 3..<Self.jobCount ~= Self.lines(output))
        #expect(try stage.completions(stage.jobs, to: output) == expected)
    }

    private static func lines(_ path: String) -> Int {
        // A file that is not there yet has none.
        (try? Data(contentsOf: URL(fileURLWithPath: path)))?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }
}

extension Thread {
    /// Lets others run.
    fileprivate static func yield() { sched_yield() }
}
