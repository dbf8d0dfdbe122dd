import MoEModel
import ModelFiles
import ServingCore
import TensorKernels

extension DecoderModel {
    /// A decoder with room for one sequence of `tokens` tokens.
    static func forOneSequence(
        of tokens: Int,
        _ weights: ModelWeights,
        threads: Int,
        kernels: KernelVariant
    ) throws -> DecoderModel {
        let blockTokens = 64
        let blocks = (tokens + blockTokens - 1) / blockTokens + 1
        let configuration = DecoderModelConfiguration(
            kvBlockTokens: blockTokens,
            kvBytes: weights.kvPrecision.bytes(weights.configuration, tokens: blocks * blockTokens),
            threads: threads,
            kernels: kernels
        )
        return try DecoderModel(weights, configuration: configuration)
    }

    /// The logits of a prompt: of every token, or of the last.
    ///
    /// - Parameters:
    ///   - tokens: The prompt.
    ///   - chunk: How many of its tokens go through the layers at once; changes no result.
    ///   - all: Whether every token's logits are wanted.
    /// - Returns: One row of the vocabulary's size for each token, or one in all.
    /// - Throws: `MoEModelError` where the prompt does not fit the context.
    func logits(of tokens: [TokenID], chunk: Int, all: Bool) throws -> [[Float]] {
        guard tokens.count <= self.contextLength else {
            throw MoEModelError(
                .invalidSweep,
                "the model's context holds \(self.contextLength) tokens, got \(tokens.count) in the prompt"
            )
        }
        var rows: [[Float]] = []
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            let end = min(start + chunk, tokens.count)
            let blocks = (end + self.kvBlockTokens - 1) / self.kvBlockTokens
            let segment = SweepSegment(
                tokens: Array(tokens[start..<end]),
                firstPosition: start,
                blockTable: (0..<Int32(blocks)).map { $0 },
                logits: all ? .all : end == tokens.count ? .last : .none
            )
            let logits = try self.run(Sweep(segments: [segment]))
            for row in 0..<logits.rowCount { rows.append(Array(logits.row(row))) }
        }
        return rows
    }
}
