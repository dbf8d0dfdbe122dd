public import TensorKernels

/// An opened model directory: its configuration and views of its weights.
///
/// Opening checks the name, type and shape of every tensor and reports all problems at once; after that
/// nothing about the weights can be wrong. The files stay memory-mapped for as long as a view lives: replace them by
/// renaming, for a file that is truncated in place while it is mapped ends the process (SIGBUS).
public struct Checkpoint: Sendable {
    public let configuration: ModelConfiguration
    public let trunk: TrunkWeights<WeightMatrix>
    /// SHA-256 over the configuration and the tensor directory: what `system_fingerprint` is made from.
    ///
    /// See ``CheckpointDigest`` for what it covers.
    public let digest: String
    /// How many parameters and bytes each part of the model has on disk.
    public let inventory: CheckpointInventory
    /// `[layer][expert]`; empty for a dense layer.
    private let routedExperts: [[SwiGLUWeights<WeightMatrix>]]

    init(
        configuration: ModelConfiguration,
        trunk: TrunkWeights<WeightMatrix>,
        routedExperts: [[SwiGLUWeights<WeightMatrix>]],
        inventory: CheckpointInventory,
        digest: String
    ) {
        self.configuration = configuration
        self.trunk = trunk
        self.routedExperts = routedExperts
        self.inventory = inventory
        self.digest = digest
    }

    /// The weights of routed expert `expert` of decoder layer `layer`.
    public func expert(_ expert: Int, ofLayer layer: Int) -> SwiGLUWeights<WeightMatrix> {
        self.routedExperts[layer][expert]
    }
}
