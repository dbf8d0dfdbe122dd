import FoundationEssentials
import TensorKernels

/// A checkpoint's weights, mapped, rounded, and let go of.
struct CheckpointPackSource: PackSource {
    private let directory: String
    private let checkpoint: Checkpoint
    private let trunk: [String: WeightMatrix]
    private let encoder: MatrixEncoder

    var configuration: ModelConfiguration { self.checkpoint.configuration }
    var digest: String { self.checkpoint.digest }

    /// - Throws: ``ModelFilesError`` where the directory is no checkpoint that opens.
    init(directory: String, rounding: PackedRounding) throws(ModelFilesError) {
        self.directory = directory
        self.checkpoint = try Checkpoint.open(directory: directory)
        self.trunk = self.checkpoint.trunk.byName
        self.encoder = MatrixEncoder(rounding: rounding)
    }

    func element(of tensor: TrunkPlan.Tensor) -> ElementType? { self.trunk[tensor.name]?.element }

    func encode(
        rows: Range<Int>,
        of tensor: TrunkPlan.Tensor,
        as type: StoredType,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> Deviation? {
        guard let weights = self.trunk[tensor.name]?.rows(rows) else {
            preconditionFailure("\(tensor.name) is not in the checkpoint")
        }
        weights.prefetchPages()
        defer { weights.releasePages() }
        return try self.encoder.encode(weights, as: type, into: buffer, at: 0, name: tensor.name)
    }

    func encode(
        expert: Int,
        ofLayer layer: Int,
        in layout: ExpertRecordLayout,
        into buffer: PageBuffer
    ) throws(ModelFilesError) -> [Deviation] {
        let weights = self.checkpoint.expert(expert, ofLayer: layer)
        let names = LayerTensorNames(layer: layer).expert(expert)
        for matrix in [weights.gate, weights.up, weights.down] { matrix.prefetchPages() }
        var deviations: [Deviation] = []
        for (matrix, place, name) in [
            (weights.gate, layout.gate, names.gate), (weights.up, layout.up, names.up),
            (weights.down, layout.down, names.down),
        ] {
            deviations.append(
                try self.encoder.encode(
                    matrix,
                    as: .packed(layout.format),
                    into: buffer,
                    at: place.byteRange.lowerBound,
                    name: name
                )
            )
            matrix.releasePages()
        }
        return deviations
    }

    /// Those that the checkpoint has.
    func companionNames() throws(ModelFilesError) -> [String] {
        var names = PackLayout.companionFiles
        let templates = self.directory + "/" + PackLayout.templateFolder
        if MappedFile.exists(templates) {
            do {
                names += try FileManager.default.contentsOfDirectory(atPath: templates).sorted()
                    .filter { $0.hasSuffix(".jinja") }.map { PackLayout.templateFolder + "/" + $0 }
            } catch {
                throw ModelFilesError(.unreadable, templates, ["cannot be listed: \(error)"])
            }
        }
        return names.filter { MappedFile.exists(self.directory + "/" + $0) }
    }

    func companion(_ name: String) throws(ModelFilesError) -> [UInt8] {
        try MappedFile.contents(of: self.directory + "/" + name, limit: PackLayout.maximumCompanionBytes)
    }
}
