import MoEModel
import ServingCore
import TensorKernels
import Testing

@testable import ModelFiles

/// Packed weights in the whole model: near f32, and the same bits whatever happens around a token.
@Suite("Packed models")
struct PackedModelTests {
    /// The largest mean divergence of a prompt's logits from those of f32, in nats; see docs/numerics.md.
    private static func allowed(_ format: PackedFormat) -> Double {
        switch format {
        case .bf16: 0.04
        case .int8: 0.15
        case .int4g32, .int4g64: 0.5
        }
    }

    private static func packed(_ checkpoint: Checkpoint, _ format: PackedFormat) throws -> ModelWeights {
        try ModelWeights(packing: checkpoint, as: format, on: ComputePool(threads: 2))
    }

    @Test("logits are near those of f32", arguments: PackedFormat.allCases, GoldenModel.names)
    func nearness(format: PackedFormat, name: String) throws {
        let golden = try GoldenModel(name)
        let packed = try ModelRun(Self.packed(golden.checkpoint, format))
        let plain = try ModelRun(golden.checkpoint)
        var divergence = LogitDivergence()
        for example in golden.cases {
            let size = golden.checkpoint.configuration.vocabularySize
            let (got, expected) = try (packed.logits(example.prompt), plain.logits(example.prompt))
            for first in stride(from: 0, to: got.count, by: size) {
                divergence.add(got[first..<first + size], reference: expected[first..<first + size])
            }
        }
        #expect(divergence.mean <= Self.allowed(format), "\(name), \(format.rawValue)")
    }

    @Test(
        "the same sequence gives the same bits in any chunks, batch, number of threads and kernels",
        arguments: PackedFormat.allCases,
        ["axk1-release", "axk1-odd-sizes", "deepseek-v3-plain-query"]
    )
    func determinism(format: PackedFormat, name: String) throws {
        let golden = try GoldenModel(name)
        let weights = try Self.packed(golden.checkpoint, format)
        let alone = try golden.cases.map { try ModelRun(weights).logits($0.prompt).bits }
        for (chunk, threads) in [(1, 1), (3, 2), (16, 5)] {
            let run = try ModelRun(weights, blockTokens: 7, threads: threads)
            for (example, expected) in zip(golden.cases, alone) {
                let logits = try run.logits(example.prompt, chunk: chunk).bits
                #expect(logits == expected, "\(example.name), chunks of \(chunk), \(threads) threads")
            }
        }
        for variant in KernelVariant.available {
            let run = try ModelRun(weights, blockTokens: 8, threads: 3, variant: variant)
            let order = [2, 0, 3, 2, 1, 2]
            let segments = order.map { index in
                var sequence = ModelRun.Sequence()
                return run.segment(golden.cases[index].prompt, of: &sequence, logits: .all)
            }
            let together = try run.model.run(Sweep(segments: segments)).values.bits
            #expect(together == order.flatMap { alone[$0] }, "\(variant.name)")
        }
    }

    @Test("packing gives the same model with any number of threads, and says how far it has come")
    func packing() throws {
        let golden = try GoldenModel("axk1-release")
        let prompt = try #require(golden.cases.last).prompt
        let expected = try ModelRun(Self.packed(golden.checkpoint, .int4g32)).logits(prompt).bits
        for threads in [1, 3] {
            var shares: [Double] = []
            let weights = try ModelWeights(
                packing: golden.checkpoint,
                as: .int4g32,
                on: ComputePool(threads: threads)
            ) { shares.append($0) }
            #expect(try ModelRun(weights).logits(prompt).bits == expected)
            #expect(shares == shares.sorted() && shares.allSatisfy { 0...1 ~= $0 } && (shares.last ?? 0) > 0.5)
        }
    }
}
