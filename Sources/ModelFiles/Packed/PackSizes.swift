public import TensorKernels

/// How large the parts of a pack are: of one that is there, or of one that a shape would give.
public struct PackSizes: Sendable, Equatable {
    public let configuration: ModelConfiguration
    /// Of the routed experts.
    public let format: PackedFormat
    /// Everything but the routed experts.
    public let trunkBytes: Int
    /// Of an expert on disk and in a cache, header and padding included.
    public let recordBytes: Int

    /// Layers with routed experts.
    public var sparseLayerCount: Int { self.configuration.sparseLayers.count }
    public var expertCount: Int { self.sparseLayerCount * self.configuration.experts.routedCount }
    public var expertBytes: Int { self.expertCount * self.recordBytes }

    public init(_ pack: PackedModel) {
        self.configuration = pack.configuration
        self.format = pack.format
        self.trunkBytes = pack.inventory.parts.filter { $0.key != .routedExperts }.values.reduce(0) { $0 + $1.bytes }
        self.recordBytes = ExpertRecordLayout(pack.configuration, pack.format).stride
    }

    /// Of what packing a bf16 checkpoint of this shape would make.
    public init(_ configuration: ModelConfiguration, format: PackedFormat) {
        self.configuration = configuration
        self.format = format
        self.trunkBytes = TrunkPlan(configuration).tensors.filter { !$0.isOptional }.reduce(0) { bytes, tensor in
            bytes + TrunkWriter.type(of: tensor, .bf16, format).bytes(rows: tensor.rows, columns: tensor.columns)
        }
        self.recordBytes = ExpertRecordLayout(configuration, format).stride
    }
}

extension ModelConfiguration {
    /// A.X K1 as it was published: 61 layers of ``SynthesisPreset/axk1Slice``'s dimensions.
    public static var axK1: ModelConfiguration {
        var model = SynthesisPreset.axk1Slice.configuration
        model.layerKinds = [.dense] + Array(repeating: .sparse, count: 60)
        return model
    }
}
