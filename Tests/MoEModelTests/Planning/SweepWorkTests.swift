import ModelFiles
import TensorKernels
import Testing

@testable import MoEModel

@Suite("SweepWork")
struct SweepWorkTests {
    private static let axk1 = ModelConfiguration.axK1

    private static func work(_ size: SweepSize, _ format: PackedFormat = .int4g32) -> SweepWork {
        SweepWork(Self.axk1, routed: .packed(format), trunk: .packed(format.trunkFormat), size: size)
    }

    @Test(
        "touches as many experts as even routing does",
        arguments: [
            (1.0, 8.0), (4, 30.1), (16, 94.8), (64, 179.4), (128, 191.2),
        ]
    )
    func touched(tokens: Double, experts: Double) {
        #expect(abs(SweepSize.touchedExperts(Self.axk1.experts, tokens: tokens) - experts) < 0.05)
    }

    @Test("multiplies a token with the active parameters of A.X K1")
    func activeParameters() {
        let size = SweepSize(sequences: 1, context: 0, experts: Self.axk1.experts)
        let work = Self.work(size)
        let weights = work.stages.values.flatMap(\.products).reduce(0) { $0 + $1.weights * $1.rows }
        // All that a token meets but the norms, which are no products: three and two latents' of 61 layers, and the last.
        let norms: Int = 61 * (3 * 7168 + 1536 + 512) + 7168
        #expect(weights == Double(31_604_934_656 - norms))
    }

    @Test("reads an expert once however many tokens chose it, and the KV cache once a sequence")
    func bytes() throws {
        let size = SweepSize(sequences: 4096, context: 1023, experts: Self.axk1.experts)
        #expect(size.tokens == 4096 && abs(size.touchedExperts - 192) < 1e-6)
        let work = Self.work(size)
        let experts = [SweepStage.expertGateUp, .expertDown].compactMap { work.stages[$0] }.flatMap(\.products)
            .filter { $0.form == .packed(.int4g32) }
        let bytes = experts.reduce(0) { $0 + $1.bytes }
        // 60 layers of 192 experts of half a byte a weight, and two bytes for every 32.
        let expected: Double = 60 * 192 * 44_040_192 * 0.5625
        #expect(abs(bytes / expected - 1) < 1e-6)
        let rows: Double = 4096 * 8 / 192
        #expect(experts.allSatisfy { abs($0.rows - rows) < 1e-6 })
        let core = try #require(work.stages[.attentionCore])
        let positions: Double = 4096 * 1024 * 61
        #expect(core.cacheBytes == positions * Double(576 * 2))
        #expect(core.attentionOperations == positions * Double(64 * 2 * (576 + 512)))
    }

    @Test("has half the attention in a prompt that begins anew, and no head without logits")
    func prompt() throws {
        let size = SweepSize(sequences: 2, tokens: 99, context: 0, logitRows: 0, experts: Self.axk1.experts)
        #expect(size.attended == 2 * 99 * 50 && size.cached == 2 * 99)
        #expect(Self.work(size).stages[.outputHead]?.products.isEmpty == true)
    }

    @Test("has no experts in a model of dense layers")
    func dense() {
        var model = Self.axk1
        model.layerKinds = [.dense, .dense]
        let size = SweepSize(sequences: 1, context: 0, experts: model.experts)
        let work = SweepWork(model, routed: .packed(.int8), trunk: .packed(.int8), size: size)
        #expect(work.stages[.expertGateUp] == nil && work.stages[.router] == nil)
    }
}
