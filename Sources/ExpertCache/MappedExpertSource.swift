public import ModelFiles

/// Routed experts as views of the mapped checkpoint: nothing is loaded, and nothing is ever missing.
///
/// The operating system reads a page when a kernel first touches it and may drop it again, so a model larger than memory
/// runs, slowly.
public struct MappedExpertSource: ExpertSource {
    private let checkpoint: Checkpoint

    public init(checkpoint: Checkpoint) { self.checkpoint = checkpoint }

    /// Hands all demanded experts to `body` in one group, in the order of `demands`; blocks for `body` only.
    public func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        let kinds = self.checkpoint.configuration.layerKinds
        guard kinds.indices.contains(layer), kinds[layer] == .sparse else {
            throw ExpertCacheError(.unknownExpert, "layer \(layer): expected one with routed experts")
        }
        let count = self.checkpoint.configuration.experts.routedCount
        let experts = try demands.map { demand throws(ExpertCacheError) in
            guard 0..<count ~= demand.expert else {
                throw ExpertCacheError(
                    .unknownExpert,
                    "layer \(layer): expected an expert below \(count), got \(demand.expert)"
                )
            }
            return ResidentExpert(
                expert: demand.expert,
                weights: self.checkpoint.expert(demand.expert, ofLayer: layer)
            )
        }
        try body(experts)
    }
}
