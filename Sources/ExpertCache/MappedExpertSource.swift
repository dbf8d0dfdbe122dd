public import ModelFiles
public import TensorKernels

/// Routed experts that are all in reach, in memory or as views of mapped files: nothing is loaded, and nothing is ever missing.
///
/// Of a mapped file, the operating system reads a page when a kernel first touches it and may drop it again, so a model larger
/// than memory runs, slowly.
public struct MappedExpertSource: ExpertSource {
    /// `[layer][expert]`; empty for a dense layer.
    private let experts: [[SwiGLUWeights<Projection>]]
    public let activationFormat: PackedFormat?

    /// The experts of a checkpoint, as they are.
    public init(checkpoint: Checkpoint) {
        let configuration = checkpoint.configuration
        self.init(
            experts: configuration.layerKinds.enumerated().map { layer, kind in
                guard kind == .sparse else { return [] }
                return (0..<configuration.experts.routedCount).map { expert in
                    checkpoint.expert(expert, ofLayer: layer).map { Projection.plain($0) }
                }
            }
        )
    }

    /// Experts of the caller.
    ///
    /// - Parameter experts: `[layer][expert]`, empty for a dense layer; all in the same form.
    public init(experts: [[SwiGLUWeights<Projection>]]) {
        self.experts = experts
        self.activationFormat = experts.lazy.compactMap(\.first).first?.gate.activationFormat
    }

    /// Hands all demanded experts to `body` in one group, in the order of `demands`; blocks for `body` only.
    public func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        guard self.experts.indices.contains(layer), !self.experts[layer].isEmpty else {
            throw ExpertCacheError(.unknownExpert, "layer \(layer): expected one with routed experts")
        }
        let all = self.experts[layer]
        let experts = try demands.map { demand throws(ExpertCacheError) in
            guard all.indices.contains(demand.expert) else {
                throw ExpertCacheError(
                    .unknownExpert,
                    "layer \(layer): expected an expert below \(all.count), got \(demand.expert)"
                )
            }
            return ResidentExpert(expert: demand.expert, weights: all[demand.expert])
        }
        try body(experts)
    }
}
