import ExpertCache
import ModelFiles
import ServingCore
import Synchronization
import TensorKernels
import Testing

@testable import MoEModel

@Suite("DecoderModel")
struct DecoderModelTests {
    @Test("makes as many KV blocks as its bytes hold, and says when they hold none")
    func blocks() throws {
        let model = try Models.model()
        #expect(model.kvBlockCount == 8 && model.kvBlockTokens == 4)
        #expect(model.vocabularySize == 192 && model.contextLength == 256)
        #expect(try Models.model(contextLength: 20).contextLength == 20)
        #expect(try Models.model(contextLength: 1_000_000).contextLength == 256)
        let checkpoint = try Models.checkpoint()
        func open(_ configuration: DecoderModelConfiguration) throws -> DecoderModel {
            try DecoderModel(ModelWeights(checkpoint), configuration: configuration)
        }
        let small = #expect(throws: MoEModelError.self) { try open(.init(kvBlockTokens: 4, kvBytes: 1_151)) }
        #expect(small?.message == "bytes for the KV cache: expected at least one block of 1152, got 1151")
        // Half the bytes for each number; packed weights come with that unless somebody says otherwise.
        let bf16 = DecoderModelConfiguration(kvBlockTokens: 4, kvBytes: 1_152, kvPrecision: .bf16)
        #expect(try open(bf16).kvBlockCount == 2)
        let packed = try ModelWeights(packing: checkpoint, as: .int8, on: ComputePool(threads: 1))
        #expect(packed.kvPrecision == .bf16 && ModelWeights(checkpoint).kvPrecision == .f32)
        let huge = #expect(throws: MoEModelError.self) { try open(.init(kvBlockTokens: 65_536, kvBytes: 1 << 60)) }
        #expect(huge?.code == .configuration)
    }

    @Test("lists everything that is wrong with its configuration")
    func configuration() {
        let configuration = DecoderModelConfiguration(contextLength: 0, kvBlockTokens: -1, kvBytes: 0, threads: 0)
        let error = #expect(throws: MoEModelError.self) { try configuration.validated() }
        #expect(error?.code == .configuration)
        for word in ["context length", "tokens per KV block", "bytes for the KV cache", "threads"] {
            #expect(error?.message.contains(word) == true, "\(word)")
        }
    }

    @Test("gives logits for the rows that are asked for, in the order of segments")
    func logitRows() throws {
        let model = try Models.model()
        func run(_ rows: [SweepSegment.LogitRows]) throws -> SweepLogits {
            let tokens: [[TokenID]] = [[5, 6, 7], [8], [9, 10]]
            let segments = zip(tokens, rows).enumerated().map { index, pair in
                SweepSegment(pair.0, blocks: [Int32(index)], pair.1)
            }
            return try model.run(Sweep(segments: segments))
        }
        let all = try run([.all, .all, .all])
        #expect(all.rowCount == 6)
        let some = try run([.last, .none, .all])
        #expect(some.rowCount == 3)
        #expect(some.values == Array(all.row(2)) + Array(all.row(4)) + Array(all.row(5)))
        #expect(try run([.none, .none, .none]).values.isEmpty)
        #expect(try model.run(Sweep(segments: [])).rowCount == 0)
    }

    @Test("a KV cache in bf16 changes logits a little, and a sequence's bits by nothing else")
    func roundedCache() throws {
        let weights = ModelWeights(try Models.checkpoint())
        func logits(_ precision: KVPrecision?, chunk: Int) throws -> [Float] {
            let configuration = DecoderModelConfiguration(kvBlockTokens: 4, kvBytes: 1 << 20, kvPrecision: precision)
            let model = try DecoderModel(weights, configuration: configuration)
            return try stride(from: 0, to: 12, by: chunk).flatMap { first in
                let tokens = (first..<first + chunk).map { TokenID($0 * 5 + 3) }
                return try model.run(Sweep(segments: [SweepSegment(tokens, from: first, blocks: [2, 0, 1])])).values
            }
        }
        let (exact, rounded) = (try logits(.f32, chunk: 12), try logits(.bf16, chunk: 12))
        #expect(try logits(nil, chunk: 12) == exact)
        #expect(exact != rounded)
        #expect(zip(exact, rounded).allSatisfy { abs($0 - $1) < 0.2 })
        for chunk in [1, 3, 4] { #expect(try logits(.bf16, chunk: chunk) == rounded, "chunks of \(chunk)") }
    }

    @Test("shares the blocks of a common prefix")
    func sharedPrefix() throws {
        let model = try Models.model()
        let prefix: [TokenID] = [4, 9, 2, 100]
        let expected = try model.run(Sweep(segments: [SweepSegment(prefix + [7, 8], blocks: [0, 1], .last)]))
        let other = try model.run(Sweep(segments: [SweepSegment(prefix + [30, 8], blocks: [2, 3], .last)]))
        let both = try model.run(
            Sweep(segments: [
                SweepSegment([7, 8], from: 4, blocks: [0, 4], .last),
                SweepSegment([30, 8], from: 4, blocks: [0, 5], .last),
            ])
        )
        #expect(both.values == expected.values + other.values)
    }

    @Test("gives the same bits in whatever groups and order experts come", arguments: 1...5)
    func expertOrder(seed: UInt64) throws {
        let tokens = (0..<30).map { TokenID($0 * 37 % 192) }
        let sweep = Sweep(segments: [SweepSegment(tokens, blocks: Array(0..<8))])
        let expected = try Models.model().run(sweep).values
        let model = try Models.model(threads: 2) { ShuffledExpertSource(source: $0, seed: seed) }
        #expect(try model.run(sweep).values == expected)
    }

    @Test("asks for each expert once, with the number of its tokens")
    func demands() throws {
        let source = try RecordingExpertSource(source: MappedExpertSource(checkpoint: Models.checkpoint()))
        let model = try Models.model { _ in source }
        _ = try model.run(Sweep(segments: [SweepSegment([1, 2, 3, 4, 5, 6], blocks: [0, 1])]))
        let demands = source.demands.withLock { $0 }
        #expect(demands.map(\.layer) == [1, 2])
        for (_, demands) in demands {
            #expect(Set(demands.map(\.expert)).count == demands.count)
            #expect(demands.reduce(0) { $0 + $1.tokenCount } == 6 * 4)
        }
    }

    @Test("goes on after its expert source has failed")
    func failingExperts() throws {
        let source = try RecordingExpertSource(source: MappedExpertSource(checkpoint: Models.checkpoint()))
        let model = try Models.model { _ in source }
        let sweep = Sweep(segments: [SweepSegment([1, 2, 3], blocks: [0])])
        let expected = try model.run(sweep).values
        source.fails.withLock { $0 = true }
        #expect(throws: RecordingExpertSource.Failure.self) { try model.run(sweep) }
        source.fails.withLock { $0 = false }
        #expect(try model.run(sweep).values == expected)
    }
}

/// Hands experts out one by one or in pairs, in random order.
private struct ShuffledExpertSource: ExpertSource {
    let source: MappedExpertSource
    let seed: UInt64

    var activationFormat: PackedFormat? { self.source.activationFormat }

    func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        var random = Congruential(state: self.seed)
        var rest = demands.shuffled(using: &random)[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(Int.random(in: 1...2, using: &random)))
            rest = rest.dropFirst(group.count)
            try self.source.withExperts(group, ofLayer: layer, body)
        }
    }

    private struct Congruential: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state ^ self.state >> 33
        }
    }
}

private final class RecordingExpertSource: ExpertSource {
    struct Failure: Error {}

    let source: MappedExpertSource
    let demands = Mutex<[(layer: Int, demands: [ExpertDemand])]>([])
    let fails = Mutex(false)

    var activationFormat: PackedFormat? { self.source.activationFormat }

    init(source: MappedExpertSource) { self.source = source }

    func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        if self.fails.withLock({ $0 }), layer == 2 { throw Failure() }
        self.demands.withLock { $0.append((layer, demands)) }
        try self.source.withExperts(demands, ofLayer: layer, body)
    }
}
