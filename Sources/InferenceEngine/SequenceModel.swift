public import MoEModel

/// What the engine asks of a model: run one sweep.
///
/// `MoEModel` is one; tests bring their own.
///
/// Called from the engine's thread only. For a token's logits nothing matters but the tokens of its own
/// sequence up to it: not the other segments, not how the prompt was cut into chunks.
public protocol SequenceModel: AnyObject {
    var vocabularySize: Int { get }
    /// The most tokens a sequence can hold, prompt and completion together.
    var contextLength: Int { get }
    /// Tokens per KV block, and how many blocks there are.
    var kvBlockTokens: Int { get }
    var kvBlockCount: Int { get }

    /// For how long sweeps have waited for weights that had to be read, all together.
    var stalled: Duration { get }

    func run(_ sweep: Sweep) throws -> SweepLogits
}

extension SequenceModel {
    /// Never: all weights are in memory.
    public var stalled: Duration { .zero }
}
