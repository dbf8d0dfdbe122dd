import ExpertCache
import Foundation
import ModelFiles
import ServingCore
import Synchronization
import TensorKernels
import Testing

@testable import MoEModel

/// A cache of experts decides when things are computed, never what.
@Suite("Results under an expert cache")
struct ExpertCacheResultTests {
    /// A pack of random weights, in a folder that goes with this object.
    private final class Fixture: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-bits-\(UUID().uuidString)").path
        let pack: PackedModel

        init() throws {
            try PackSynthesizer(preset: .tiny, format: .int4g32, threads: 1).write(to: self.folder + "/pack")
            self.pack = try PackedModel.open(directory: self.folder + "/pack")
        }

        deinit {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(atPath: self.folder)
        }

        func geometry(percent: Int) -> ArenaGeometry {
            let shape = self.pack.configuration
            let all = shape.layerKinds.count { $0 == .sparse } * shape.experts.routedCount
            return ArenaGeometry(
                digest: self.pack.digest,
                layerCount: shape.layerKinds.count,
                expertsPerLayer: shape.experts.routedCount,
                recordBytes: self.pack.expertFiles.lazy.compactMap { $0?.recordBytes }.first ?? 0,
                slotCount: max(all * percent / 100, shape.experts.perToken + 2)
            )
        }

        /// Greedy continuations of three prompts, computed together: tokens and the logits that chose them.
        func run(_ weights: ModelWeights) throws -> [Float] {
            let model = try DecoderModel(
                weights,
                configuration: DecoderModelConfiguration(kvBlockTokens: 16, kvBytes: 1 << 20)
            )
            var pending: [[TokenID]] = [[1, 2, 3, 4, 5, 6, 7], [9, 8], [100, 3, 77, 12]]
            var positions = [0, 0, 0]
            var values: [Float] = []
            for _ in 0..<6 {
                let segments = pending.indices.map { index in
                    SweepSegment(
                        tokens: pending[index],
                        firstPosition: positions[index],
                        blockTable: [Int32(2 * index), Int32(2 * index + 1)],
                        logits: .last
                    )
                }
                let logits = try model.run(Sweep(segments: segments))
                for index in pending.indices {
                    positions[index] += pending[index].count
                    let row = Array(logits.row(index))
                    values += row
                    let best = row.indices.max { row[$0] < row[$1] } ?? 0
                    pending[index] = [TokenID(best)]
                }
            }
            return values
        }
    }

    @Test("are the same bits at every budget and under every policy", arguments: EvictionPolicyName.allCases)
    func alone(policy: EvictionPolicyName) throws {
        let fixture = try Fixture()
        let expected = try fixture.run(ModelWeights(fixture.pack))
        for percent in [10, 25, 50, 75, 100] {
            var configuration = ExpertCacheConfiguration()
            configuration.policy = policy
            let arena = try ExpertArena(anonymous: fixture.geometry(percent: percent))
            let source = try ArenaExpertSource(fixture.pack, in: arena, configuration, isShared: false)
            let found = try fixture.run(ModelWeights(fixture.pack, experts: source))
            #expect(found == expected, "\(percent) %")
            #expect(source.counters[.misses] > 0)
        }
    }

    @Test("are the same bits for each of the workers that share a cache", arguments: [1, 2, 4], [20, 60])
    func together(workers: Int, percent: Int) throws {
        let fixture = try Fixture()
        let expected = try fixture.run(ModelWeights(fixture.pack))
        let place = ArenaPlace(directory: fixture.folder, digest: fixture.pack.digest)
        let found = Mutex<[Result<[Float], any Error>]>([])
        let group = DispatchGroup()
        for _ in 0..<workers {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                let result = Result {
                    let arena = try ExpertArena(at: place, fixture.geometry(percent: percent))
                    var configuration = ExpertCacheConfiguration()
                    configuration.convoyWait = .milliseconds(20)
                    let source = try ArenaExpertSource(fixture.pack, in: arena, configuration, isShared: true)
                    return try fixture.run(ModelWeights(fixture.pack, experts: source))
                }
                found.withLock { $0.append(result) }
            }
        }
        group.wait()
        for result in found.withLock({ $0 }) { #expect(try result.get() == expected) }
    }
}
