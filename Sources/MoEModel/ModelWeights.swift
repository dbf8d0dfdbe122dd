public import ExpertCache
public import ModelFiles
public import TensorKernels

/// What a decoder computes with: a model's shape, its trunk, and where its routed experts come from.
public struct ModelWeights: Sendable {
    public let configuration: ModelConfiguration
    public let trunk: TrunkWeights<Projection>
    public let experts: any ExpertSource

    public init(configuration: ModelConfiguration, trunk: TrunkWeights<Projection>, experts: any ExpertSource) {
        self.configuration = configuration
        self.trunk = trunk
        self.experts = experts
    }

    /// A checkpoint's weights where they lie, which is the reference: all arithmetic is f32.
    ///
    /// - Parameters:
    ///   - checkpoint: Stays mapped.
    ///   - experts: Nil: the checkpoint's own.
    public init(_ checkpoint: Checkpoint, experts: (any ExpertSource)? = nil) {
        self.init(
            configuration: checkpoint.configuration,
            trunk: checkpoint.trunk.map { .plain($0) },
            experts: experts ?? MappedExpertSource(checkpoint: checkpoint)
        )
    }

    /// A pack's weights where they lie; the header of every expert's record is looked at.
    ///
    /// - Parameter pack: Stays mapped.
    /// - Throws: `ModelFilesError` for the first record that is not its expert's.
    public init(_ pack: PackedModel) throws(ModelFilesError) {
        let configuration = pack.configuration
        var experts: [[SwiGLUWeights<Projection>]] = []
        for (layer, kind) in configuration.layerKinds.enumerated() {
            var ofLayer: [SwiGLUWeights<Projection>] = []
            for expert in 0..<(kind == .sparse ? configuration.experts.routedCount : 0) {
                ofLayer.append(try pack.expert(expert, ofLayer: layer).map { .packed($0) })
            }
            experts.append(ofLayer)
        }
        self.init(
            configuration: configuration,
            trunk: pack.trunk.map { .packed($0) },
            experts: MappedExpertSource(experts: experts)
        )
    }

    /// A pack's trunk where it lies, with experts from elsewhere.
    ///
    /// - Parameters:
    ///   - pack: Stays mapped.
    ///   - experts: The pack's own, by another way.
    public init(_ pack: PackedModel, experts: any ExpertSource) {
        self.init(configuration: pack.configuration, trunk: pack.trunk.map { .packed($0) }, experts: experts)
    }

    /// The formats that activations must be quantised for where they meet projections of the trunk.
    var trunkActivationFormats: Set<PackedFormat> {
        var formats: Set<PackedFormat> = []
        _ = self.trunk.map { (projection: Projection) -> Projection in
            if let format = projection.activationFormat { formats.insert(format) }
            return projection
        }
        return formats
    }

    /// The same for the routed experts.
    var expertActivationFormats: Set<PackedFormat> { self.experts.activationFormat.map { [$0] } ?? [] }
}
