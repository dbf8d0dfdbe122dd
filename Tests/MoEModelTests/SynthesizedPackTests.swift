import Foundation
import ModelFiles
import ServingCore
import TensorKernels
import Testing

@testable import MoEModel

@Suite("Synthesized packs")
struct SynthesizedPackTests {
    /// What passes between the layers, and where tokens go.
    private final class Watch: DecoderProbe {
        var sizes: [Double] = []
        var routed: [[Float]] = []

        func layerEnded(_ layer: Int, hidden: FloatMatrix) {
            let values = (0..<hidden.rows).flatMap { hidden[$0] }
            self.sizes.append(
                (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
            )
        }

        func routed(_ layer: Int, logits: FloatMatrix) { self.routed += (0..<logits.rows).map { logits[$0] } }
    }

    @Test("keep activations their size, and send tokens to all experts", arguments: PackedFormat.allCases)
    func activations(format: PackedFormat) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-synthesized-\(UUID().uuidString)")
            .path
        defer {
            // What stays behind in the system's temporary place disturbs nothing.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try PackSynthesizer(preset: .tiny, seed: 11, format: format, threads: 2).write(to: folder)
        let pack = try PackedModel.open(directory: folder)
        let model = try DecoderModel(
            ModelWeights(pack),
            configuration: DecoderModelConfiguration(kvBlockTokens: 64, kvBytes: 1 << 20)
        )
        let watch = Watch()
        model.probe = watch
        let tokens = (0..<64).map { TokenID($0 * 37 % 250) }
        let logits = try model.run(Sweep(segments: [SweepSegment(tokens, blocks: [0])]))

        #expect(logits.values.allSatisfy { $0.isFinite })
        let largest = logits.values.map(abs).max() ?? 0
        #expect(2 < largest && largest < 30, "\(largest)")
        // Each part adds about as much again as there was at first.
        #expect(watch.sizes.count == 4 && watch.sizes.allSatisfy { 0.5 < $0 && $0 < 6 }, "\(watch.sizes)")
        let experts = pack.configuration.experts
        var chosen = [Int](repeating: 0, count: experts.routedCount)
        for row in watch.routed {
            let ranked = row.indices.sorted { row[$0] > row[$1] }
            for expert in ranked.prefix(experts.perToken) { chosen[expert] += 1 }
        }
        // 192 rows choose two of eight each.
        #expect(chosen.allSatisfy { $0 > 8 && $0 < 120 }, "\(chosen)")
    }
}
