import Foundation
import TestSupport
import Testing

@Suite("Steady workers", .serialized, .enabled(if: Programs.obstacle == nil, "\(Programs.obstacle ?? "")"))
struct SteadyWorkerTests {
    @Test("a worker's memory is flat over 10,000 jobs")
    func memory() async throws {
        let stage = try await Stage(partitions: 2)
        let count = 10_000
        let reader = try stage.startReading(count: count)
        let worker = try stage.startWorker("w0")
        try await stage.produce((0..<count).map { JobRecords.completion("job-\($0)", "Number \($0)", maxTokens: 2) })
        // After a fifth everything has been allocated that a worker keeps: caches, pools, buffers.
        try #require(await Self.reaches(count / 5, reader), "\(worker.errors.suffix(1500))")
        let early = try Self.residentBytes(of: worker)
        try #require(await Self.reaches(count, reader), "\(worker.errors.suffix(1500))")
        let late = try Self.residentBytes(of: worker)
        #expect(
            late < early + max(early / 10, 16 << 20),
            "\(early >> 20) MiB after a fifth, \(late >> 20) MiB at the end"
        )
        await stage.stop([worker])
    }

    private static func reaches(_ count: Int, _ reader: ChildProcess) async -> Bool {
        await eventually(within: .seconds(240)) {
            reader.output.utf8.count { $0 == UInt8(ascii: "\n") } >= count
        }
    }

    private static func residentBytes(of child: ChildProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
    }
}
