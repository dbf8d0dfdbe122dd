import ServingCore
import TensorKernels

@testable import MoEModel
@testable import ModelFiles

/// A model with sequences under way: hands out KV blocks and keeps what a probe sees.
final class ModelRun: DecoderProbe {
    struct Sequence {
        fileprivate(set) var length = 0
        fileprivate(set) var blocks: [Int32] = []
    }

    let model: DecoderModel
    private(set) var hidden: [Int: [[Float]]] = [:]
    private(set) var routerLogits: [Int: [[Float]]] = [:]
    private var freeBlocks: [Int32]

    convenience init(
        _ checkpoint: Checkpoint,
        blockTokens: Int = 64,
        blockCount: Int = 64,
        threads: Int = 1,
        variant: KernelVariant = .fastest
    ) throws {
        try self.init(
            ModelWeights(checkpoint),
            blockTokens: blockTokens,
            blockCount: blockCount,
            threads: threads,
            variant: variant
        )
    }

    init(
        _ weights: ModelWeights,
        blockTokens: Int = 64,
        blockCount: Int = 64,
        threads: Int = 1,
        variant: KernelVariant = .fastest
    ) throws {
        let shape = weights.configuration.attention
        let blockBytes =
            blockTokens * (shape.kvLoraRank + shape.ropeHeadSize) * 4 * weights.configuration.layerKinds.count
        self.model = try DecoderModel(
            weights,
            configuration: DecoderModelConfiguration(
                kvBlockTokens: blockTokens,
                kvBytes: blockBytes * blockCount,
                threads: threads,
                kernels: variant
            )
        )
        // Handed out from the end, so that neighbouring positions lie in blocks that are no neighbours.
        let count = Int32(self.model.kvBlockCount)
        self.freeBlocks = (0..<count).map { $0 * 7 % count }
    }

    /// The next tokens of a sequence, as a segment.
    func segment(_ tokens: [TokenID], of sequence: inout Sequence, logits: SweepSegment.LogitRows) -> SweepSegment {
        let end = sequence.length + tokens.count
        while sequence.blocks.count * self.model.kvBlockTokens < end {
            sequence.blocks.append(self.freeBlocks.removeLast())
        }
        defer { sequence.length = end }
        return SweepSegment(
            tokens: tokens,
            firstPosition: sequence.length,
            blockTable: sequence.blocks,
            logits: logits
        )
    }

    /// All logits of `tokens`, computed in chunks of `chunk` tokens.
    func logits(_ tokens: [TokenID], chunk: Int = .max) throws -> [Float] {
        var sequence = Sequence()
        var values: [Float] = []
        var rest = tokens[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(chunk))
            rest = rest.dropFirst(chunk)
            let segment = self.segment(part, of: &sequence, logits: .all)
            values += try self.model.run(Sweep(segments: [segment])).values
        }
        self.freeBlocks += sequence.blocks
        return values
    }

    func layerEnded(_ layer: Int, hidden: FloatMatrix) {
        self.hidden[layer] = (0..<hidden.rows).map { hidden[$0] }
    }

    func routed(_ layer: Int, logits: FloatMatrix) {
        self.routerLogits[layer] = (0..<logits.rows).map { logits[$0] }
    }
}

extension SweepLogits {
    func argmax(_ row: Int) -> TokenID {
        let values = self.row(row)
        let best = values.indices.max { values[$0] < values[$1] } ?? values.startIndex
        return TokenID(best - values.startIndex)
    }
}

extension [Float] {
    /// The largest difference, or infinity where the two are not of one size or one has a NaN.
    func largestDifference(_ other: [Float]) -> Float {
        guard self.count == other.count else { return .infinity }
        return zip(self, other).reduce(0) { largest, pair in
            let difference = abs(pair.0 - pair.1)
            return difference.isNaN ? .infinity : Swift.max(largest, difference)
        }
    }

    var bits: [UInt32] { self.map(\.bitPattern) }
}
