/// An opened model directory: its configuration and views of its weights.
///
/// Opening checks the name, type and shape of every tensor and reports all problems at once; after that
/// nothing about the weights can be wrong. The files stay memory-mapped for as long as a view lives.
public struct Checkpoint: Sendable {
    public let configuration: ModelConfiguration
    public let trunk: TrunkWeights
    /// SHA-256 over the configuration and the tensor directory: what `system_fingerprint` is made from.
    public let digest: String
    /// `[layer][expert]`; empty for a dense layer.
    private let routedExperts: [[SwiGLUWeights]]

    init(configuration: ModelConfiguration, trunk: TrunkWeights, routedExperts: [[SwiGLUWeights]], digest: String) {
        self.configuration = configuration
        self.trunk = trunk
        self.routedExperts = routedExperts
        self.digest = digest
    }

    /// The weights of routed expert `expert` of decoder layer `layer`.
    public func expert(_ expert: Int, ofLayer layer: Int) -> SwiGLUWeights { self.routedExperts[layer][expert] }
}
