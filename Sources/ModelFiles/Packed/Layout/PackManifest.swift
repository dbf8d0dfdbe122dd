import TensorKernels

/// What `manifest.json` says: the model, the format, where each tensor of the trunk lies, and every file's size and digest.
struct PackManifest: Sendable, Equatable {
    struct Tensor: Sendable, Equatable {
        var name: String
        var type: StoredType
        var rows: Int
        var columns: Int
        /// In `trunk.bin`.
        var byteOffset: Int
        var checksum: UInt32

        var bytes: Int { self.type.bytes(rows: self.rows, columns: self.columns) }
    }

    struct File: Sendable, Equatable {
        /// Relative to the pack; at most one folder deep.
        var name: String
        var bytes: Int
        var sha256: String
    }

    var configuration: ModelConfiguration
    var format: PackedFormat
    var rounding: PackedRounding
    /// The digest of the checkpoint that was packed.
    var source: String
    /// In the order of the trunk.
    var tensors: [Tensor]
    /// All but the manifest itself.
    var files: [File]

    /// Layers with routed experts.
    var sparseLayers: [Int] { self.configuration.sparseLayers }

    var recordLayout: ExpertRecordLayout { ExpertRecordLayout(self.configuration, self.format) }

    func file(_ name: String) -> File? { self.files.first { $0.name == name } }
}

extension ModelConfiguration {
    var sparseLayers: [Int] { self.layerKinds.indices.filter { self.layerKinds[$0] == .sparse } }
}

extension ExpertRecordLayout {
    init(_ configuration: ModelConfiguration, _ format: PackedFormat) {
        self.init(
            hiddenSize: configuration.hiddenSize,
            width: configuration.experts.intermediateSize,
            format: format
        )
    }
}
