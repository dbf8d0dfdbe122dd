package import TensorKernels

/// Sees what a sweep computes on its way: for comparison with a reference implementation, and to see where time goes.
///
/// Called on the thread that runs the sweep, between pieces of work.
package protocol DecoderProbe: AnyObject {
    /// The residual stream after a decoder layer, `[tokens, hiddenSize]`.
    func layerEnded(_ layer: Int, hidden: FloatMatrix)
    /// A sparse layer's router logits, `[tokens, experts]`, before the sigmoid.
    func routed(_ layer: Int, logits: FloatMatrix)
    /// All since the stage that ended before was of this one.
    func ended(_ stage: SweepStage)
}

extension DecoderProbe {
    package func ended(_ stage: SweepStage) {}
}

/// What a sweep spends its time on.
package enum SweepStage: String, CaseIterable, Sendable {
    /// Rows of the embedding, and what a sweep begins with.
    case embedding
    /// Norms before attention and feed-forward, with the rounding of their results, and what is added to the residual stream.
    case norms
    case attentionProjections = "attention projections"
    /// Scores, softmax and sums over the KV cache.
    case attentionCore = "attention core"
    case denseFeedForward = "dense feed-forward"
    /// Router logits, the choice of experts, and the grouping of tokens by expert.
    case router
    /// Until the next group of experts is there.
    case expertSource = "expert source"
    case expertGateUp = "expert gate and up"
    case expertActivation = "expert activation"
    case expertDown = "expert down"
    /// Of routed and shared experts, with the norm after them.
    case combine
    case outputHead = "output head"
}
