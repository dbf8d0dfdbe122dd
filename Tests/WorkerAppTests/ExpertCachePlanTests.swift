import ExpertCache
import Foundation
import ModelFiles
import TensorKernels
import Testing

@testable import WorkerApp

@Suite("ExpertCachePlan")
struct ExpertCachePlanTests {
    private static func withPack(_ body: (PackedModel) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-plan-\(UUID().uuidString)").path
        defer {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try PackSynthesizer(preset: .tiny, format: .int8, threads: 1).write(to: folder)
        try body(try PackedModel.open(directory: folder))
    }

    private static let plenty = 1 << 40

    @Test("maps what memory holds, and gives what is left to an arena where it does not")
    func automatic() throws {
        try Self.withPack { pack in
            let configuration = ExpertCacheConfiguration()
            let record = try ArenaGeometry(pack, slots: 1).recordBytes
            let large = try ExpertCachePlan(pack, configuration, kvBytes: 1 << 20, memoryBytes: Self.plenty)
            #expect(large.place == .mapped)
            let trunk = pack.inventory.bytes - (pack.inventory.parts[.routedExperts]?.bytes ?? 0)
            let memory = trunk + ExpertCachePlan.leastScratchBytes + (1 << 20) + 12 * record
            let small = try ExpertCachePlan(pack, configuration, kvBytes: 1 << 20, memoryBytes: memory)
            guard case .arena(let slots) = small.place else {
                Issue.record("expected an arena, got \(small.place)")
                return
            }
            #expect(4..<12 ~= slots)
        }
    }

    @Test("takes what it was told, and never more than there are experts")
    func told() throws {
        try Self.withPack { pack in
            var configuration = ExpertCacheConfiguration()
            let record = try ArenaGeometry(pack, slots: 1).recordBytes
            configuration.capacityBytes = 7 * record
            let plan = try ExpertCachePlan(pack, configuration, kvBytes: 0, memoryBytes: Self.plenty)
            #expect(plan.place == .arena(slots: 7))
            configuration.capacityBytes = nil
            configuration.directory = "/nowhere"
            let shared = try ExpertCachePlan(pack, configuration, kvBytes: 0, memoryBytes: Self.plenty)
            #expect(shared.place == .arena(slots: 24))
        }
    }

    @Test("refuses what cannot hold a token's experts and two more, with the figures")
    func refuses() throws {
        try Self.withPack { pack in
            var configuration = ExpertCacheConfiguration()
            let record = try ArenaGeometry(pack, slots: 1).recordBytes
            let little = #expect(throws: ExpertCacheError.self) {
                _ = try ExpertCachePlan(pack, configuration, kvBytes: 1 << 30, memoryBytes: 1 << 30)
            }
            #expect(little?.code == .budgetTooSmall)
            #expect(little?.message.contains("needs 4 experts of \(record) bytes") == true)
            #expect(little?.message.contains("of 1073741824 bytes of memory") == true)
            configuration.capacityBytes = 3 * record
            let told = #expect(throws: ExpertCacheError.self) {
                _ = try ExpertCachePlan(pack, configuration, kvBytes: 0, memoryBytes: Self.plenty)
            }
            #expect(told?.message.contains("expert-cache.capacity is \(3 * record) bytes") == true)
        }
    }

    @Test("looks for limits in a process's control groups and all above them")
    func controlGroups() {
        let unified = HostMemory.limitFiles(of: "0::/a/b\n")
        #expect(
            unified == [
                "/sys/fs/cgroup/a/b/memory.max", "/sys/fs/cgroup/a/memory.max", "/sys/fs/cgroup/memory.max",
            ]
        )
        let old = HostMemory.limitFiles(of: "12:cpu,cpuacct:/x\n9:memory:/y\n")
        #expect(
            old == [
                "/sys/fs/cgroup/memory/y/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        )
        #expect(HostMemory.limit(in: "max\n") == nil && HostMemory.limit(in: "4096\n") == 4096)
        #expect(HostMemory.bytes > 0)
    }
}
