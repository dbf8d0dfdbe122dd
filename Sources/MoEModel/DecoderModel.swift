public import ExpertCache
public import ModelFiles

/// A decoder of one of the families in ``ModelConfiguration/Family``, with its KV cache.
///
/// Owned by one thread at a time. For a token's logits nothing matters but the tokens of its own sequence up to it: not the
/// other segments of a sweep, not how a prompt was cut, not the number of threads, not the order in which experts
/// come. `docs/numerics.md` says what that rests on.
public final class DecoderModel {
    public let vocabularySize: Int
    public let contextLength: Int
    public let kvBlockTokens: Int
    public let kvBlockCount: Int

    /// Allocates the KV cache; weights stay where they are.
    ///
    /// - Parameters:
    ///   - checkpoint: The model.
    ///   - experts: Where its routed experts come from.
    ///   - configuration: How much of the machine it may use.
    /// - Throws: ``MoEModelError`` with code `configuration`.
    public init(
        checkpoint: Checkpoint,
        experts: any ExpertSource,
        configuration: DecoderModelConfiguration
    ) throws(MoEModelError) {
        let configuration = try configuration.validated()
        let model = checkpoint.configuration
        self.vocabularySize = model.vocabularySize
        self.contextLength = min(configuration.contextLength ?? model.contextLength, model.contextLength)
        self.kvBlockTokens = configuration.kvBlockTokens
        let width = model.attention.kvLoraRank + model.attention.ropeHeadSize
        let blockBytes = model.layerKinds.count * configuration.kvBlockTokens * width * 4
        self.kvBlockCount = min(configuration.kvBytes / blockBytes, Int(Int32.max))
        guard self.kvBlockCount > 0 else {
            throw MoEModelError(
                .configuration,
                "bytes for the KV cache: expected at least one block of \(blockBytes), got \(configuration.kvBytes)"
            )
        }
    }

    /// Computes one sweep and keeps its keys and values in the blocks that the segments name.
    ///
    /// - Parameter sweep: Any number of segments, of sequences that are all different.
    /// - Returns: The logits that the segments ask for.
    /// - Throws: ``MoEModelError`` with code `invalidSweep`, before anything is computed; or what the expert source throws:
    ///   then the sweep's positions are undefined and may be computed again.
    public func run(_ sweep: Sweep) throws -> SweepLogits {
        throw MoEModelError(.invalidSweep, "expected an empty sweep, got \(sweep.tokenCount) tokens")
    }
}
