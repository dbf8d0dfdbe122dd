import Foundation
import ModelFiles
import Settings
import TensorKernels
import Testing

@testable import dure_bench

/// Benchmarks of models whose experts are read as sweeps need them.
@Suite("Streaming benchmarks")
struct StreamingBenchTests {
    /// The binary under test: `DURE_BENCH_BINARY`, or the debug build of this checkout.
    private static let binary =
        ProcessInfo.processInfo.environment["DURE_BENCH_BINARY"]
        ?? URL(fileURLWithPath: #filePath).appending(path: "../../../.build/debug/dure-bench").standardized.path

    /// A pack of random weights for as long as `body` runs.
    private static func withPack(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-bench-\(UUID().uuidString)").path
        defer {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try PackSynthesizer(preset: .tiny, format: .int8, threads: 2).write(to: folder)
        try await body(folder)
    }

    /// The rows of a report, by the names of its columns.
    private static func rows(of output: String) -> [[String: Double]] {
        let table = output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: ",") }
        guard let columns = table.first?.map(String.init) else { return [] }
        return table.dropFirst().map { row in
            Dictionary(uniqueKeysWithValues: zip(columns, row.map { Double($0) ?? .nan }))
        }
    }

    @Test("sweeps read their experts where not all have room, and nothing where they have")
    func streaming() async throws {
        try await Self.withPack { pack in
            let recording = ConsoleRecording()
            let arguments = [
                "--model", pack, "--budget", "40,100", "--sequences", "6", "--context", "3", "--steps", "3",
            ]
            let status = await DureBench.program.run(
                arguments: ["streaming"] + arguments,
                environment: [:],
                console: recording.console
            )
            #expect(status == .done, "\(recording.error)")
            let rows = Self.rows(of: recording.output)
            try #require(rows.count == 2)
            #expect(try #require(rows[0]["bytes_read"]) > 0)
            #expect(rows[1]["bytes_read"] == 0)
            for row in rows { #expect(row["ratio"] ?? 0 > 0 && row["tokens_per_second"] ?? 0 > 0, "\(row)") }
        }
    }

    @Test("the memory of an arena counts once, whatever the number of its workers")
    func sharing() async throws {
        try await Self.withPack { pack in
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: Self.binary)
            process.arguments = ["sharing", "--model", pack, "--workers", "1,3", "--sequences", "4", "--sweeps", "3"]
            process.standardOutput = output
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let rows = Self.rows(of: String(decoding: bytes, as: UTF8.self))
            try #require(rows.map { $0["workers"] } == [1, 3])
            for row in rows {
                #expect(row["bytes_read"] ?? 0 > 0)
                #expect(0.01...1.05 ~= row["pss_ratio"] ?? 0, "\(row)")
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: "/dev/shm")
            #expect(!left.contains { $0.hasPrefix("dure-bench-\(process.processIdentifier)-") })
        }
    }

    @Test("a cache of experts is for packs")
    func cacheWithoutPack() async {
        let recording = ConsoleRecording()
        let status = await DureBench.program.run(
            arguments: ["decode", "--cache", "1MiB"],
            environment: [:],
            console: recording.console
        )
        #expect(status == .usage)
        #expect(recording.error.contains("--cache: expected a pack"))
    }
}
