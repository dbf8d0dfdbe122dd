import Foundation
import ModelFiles
import Settings
import TensorKernels
import Testing

@testable import dure_bench

/// Every benchmark with next to nothing to do: that it runs, and that its table is one.
@Suite("Benchmarks")
struct BenchTests {
    private static let cases: [(arguments: [String], rows: Int)] = [
        (["kernels", "--rows", "1,5", "--outputs", "7", "--inputs", "20", "--copies", "2", "--rounds", "1"], 2),
        (["prefill", "--sequences", "1,2", "--prompt", "3,9", "--sweep-tokens", "4", "--rounds", "1"], 4),
        (["decode", "--sequences", "1,3", "--context", "5", "--steps", "2", "--threads", "2"], 2),
        (["decode", "--sequences", "2", "--context", "3", "--steps", "1", "--format", "int4-g32"], 1),
        (["sweep", "--sequences", "3", "--context", "5", "--steps", "2", "--format", "int8"], 1),
        (["sweep", "--sequences", "2", "--tokens", "4", "--context", "0", "--steps", "1", "--threads", "2"], 1),
        (["tokenizer", "--kilobytes", "2", "--rounds", "1"], 2),
        (["template", "--messages", "6", "--rounds", "1"], 2),
    ]

    @Test("print what they were measured on, and rows of as many values as there are columns", arguments: Self.cases)
    func table(arguments: [String], rows: Int) async throws {
        let recording = ConsoleRecording()
        let status = await DureBench.program.run(arguments: arguments, environment: [:], console: recording.console)
        #expect(status == .done, "\(recording.error)")
        let lines = recording.output.split(separator: "\n").map(String.init)
        let head = lines.prefix { $0.hasPrefix("# ") }
        for name in ["machine", "commit", "seed", "threads"] {
            #expect(head.contains { $0.hasPrefix("# \(name): ") }, "\(name)")
        }
        let table = lines.dropFirst(head.count).map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let columns = try #require(table.first)
        // One row per point and contender.
        #expect(table.count > rows && (table.count - 1).isMultiple(of: rows))
        for row in table.dropFirst() {
            #expect(row.count == columns.count)
            #expect(row.suffix(2).allSatisfy { (Double($0) ?? -1) > 0 }, "\(row)")
        }
    }

    @Test("open a pack, and no other format than its own")
    func pack() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-bench-\(UUID().uuidString)").path
        defer {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try PackSynthesizer(preset: .tiny, format: .int4g64, threads: 2).write(to: folder)
        for command in [["prefill", "--prompt", "3"], ["decode", "--context", "3", "--steps", "1"]] {
            let arguments = command + ["--model", folder, "--sequences", "2"]
            let recording = ConsoleRecording()
            let status = await DureBench.program.run(arguments: arguments, environment: [:], console: recording.console)
            #expect(status == .done, "\(recording.error)")
            #expect(recording.output.contains("# precision: int4-g64\n"))
            let refused = ConsoleRecording()
            let other = await DureBench.program.run(
                arguments: arguments + ["--format", "int8"],
                environment: [:],
                console: refused.console
            )
            #expect(other == .usage)
            #expect(refused.error.contains("expected none or int4-g64 with this pack, got int8"))
        }
    }

    @Test("replays of made-up routing count for each size and policy")
    func expertCache() async throws {
        let recording = ConsoleRecording()
        let small = ["--layers", "3", "--experts", "12", "--top", "2", "--sequences", "2", "--sweeps", "4"]
        let status = await DureBench.program.run(
            arguments: ["expert-cache", "--synthetic", "--budget", "30,100", "--workers", "2"] + small,
            environment: [:],
            console: recording.console
        )
        #expect(status == .done, "\(recording.error)")
        let rows = recording.output.split(separator: "\n").filter { !$0.hasPrefix("# ") }.map {
            $0.split(separator: ",")
        }
        #expect(rows.count == 1 + 2 * 2 * 5)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        for row in rows.dropFirst() where row[1] == "100" { #expect(row[7] == "1.000", "\(row)") }
    }

    @Test(
        "an expert cache's replay is of files or made up, not both, not neither",
        arguments: [[], ["--synthetic", "--replay", "x"]]
    )
    func expertCacheUsage(arguments: [String]) async {
        let recording = ConsoleRecording()
        let status = await DureBench.program.run(
            arguments: ["expert-cache"] + arguments,
            environment: [:],
            console: recording.console
        )
        #expect(status == .usage)
    }

    @Test("take a sweep apart into stages that add up, in aligned columns if asked")
    func sweep() async throws {
        let recording = ConsoleRecording()
        let arguments = ["sweep", "--sequences", "8", "--context", "4", "--steps", "3", "--format", "int8", "--table"]
        let status = await DureBench.program.run(arguments: arguments, environment: [:], console: recording.console)
        #expect(status == .done, "\(recording.error)")
        let lines = recording.output.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(Set(lines.map(\.count)).count == 1)
        for stage in ["norms", "attention core", "router", "expert gate and up", "expert down", "output head", "all"] {
            #expect(lines.contains { $0.hasPrefix(stage + " ") }, "\(stage)")
        }
        let seconds = lines.dropFirst().compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        let all = try #require(seconds.last)
        // What no stage accounts for has a row of its own.
        #expect(seconds.dropLast().reduce(0, +) > 0.99 * all)
        #expect(recording.output.contains("# touched_experts_per_layer: "))
    }

    @Test("refuse a curve without points", arguments: ["", "1,,2", "0", "1;2", "x", "99999999"])
    func points(text: String) async {
        let recording = ConsoleRecording()
        let status = await DureBench.program.run(
            arguments: ["decode", "--sequences", text],
            environment: [:],
            console: recording.console
        )
        #expect(status == .usage)
        #expect(recording.error.contains("--sequences"))
    }

    @Test("a median is the middle, whatever the order")
    func median() throws {
        var calls = 0
        let rounds = try Rounds(3, of: [{ calls += 1 }])
        #expect(calls == 3 && rounds.median(0) >= 0)
        #expect(1234.5678.rounded(digits: 4) == "1235")
        #expect(0.00123456.rounded(digits: 3) == "0.00123")
        #expect((0.0).rounded(digits: 3) == "0")
    }
}
