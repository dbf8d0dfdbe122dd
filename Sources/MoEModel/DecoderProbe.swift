package import TensorKernels

/// Sees what a sweep computes on its way: for comparison with a reference implementation.
package protocol DecoderProbe: AnyObject {
    /// The residual stream after a decoder layer, `[tokens, hiddenSize]`.
    func layerEnded(_ layer: Int, hidden: FloatMatrix)
    /// A sparse layer's router logits, `[tokens, experts]`, before the sigmoid.
    func routed(_ layer: Int, logits: FloatMatrix)
}
