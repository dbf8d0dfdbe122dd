import OrderedJSON
public import TensorKernels

/// An opened pack: a model's weights in the layout that kernels read, as `dure model pack` writes it.
///
/// The counterpart of ``Checkpoint``. Opening checks what the manifest says against the model, and the files against the
/// manifest; the bytes of the weights are checked by ``PackVerifier``, and those of a record whenever a reader asks for it. The files
/// stay mapped for as long as a view lives.
public struct PackedModel: Sendable {
    public let configuration: ModelConfiguration
    /// Of the routed experts.
    public let format: PackedFormat
    public let rounding: PackedRounding
    public let trunk: TrunkWeights<PackedMatrix>
    /// SHA-256 of the manifest, which names the digest of every other file: what `system_fingerprint` is made from.
    public let digest: String
    /// The digest of the checkpoint that was packed.
    public let source: String
    /// How many parameters and bytes each part of the model has on disk.
    public let inventory: CheckpointInventory
    /// One for each layer; nil for a dense one.
    public let expertFiles: [PackedExpertFile?]

    /// Whether a directory says that it is a pack.
    public static func exists(at directory: String) -> Bool {
        [PackLayout.manifestFile, PackLayout.trunkFile].allSatisfy { MappedFile.exists(directory + "/" + $0) }
    }

    /// Opens a pack; weights are mapped, not read.
    ///
    /// - Parameter directory: The folder's path.
    /// - Returns: The model, whose views keep the files mapped.
    /// - Throws: ``ModelFilesError``: all that is wrong with the manifest, else the first file that is not as it says.
    public static func open(directory: String) throws(ModelFilesError) -> PackedModel {
        let (manifest, digest) = try PackManifest.read(directory)
        for file in manifest.files {
            let bytes = try InputFile(path: directory + "/" + file.name).bytes
            guard bytes == file.bytes else {
                let problem = "expected \(file.bytes) bytes, as the manifest says, got \(bytes)"
                throw ModelFilesError(.malformed, directory + "/" + file.name, [problem])
            }
        }
        let trunk = try MappedFile(path: directory + "/" + PackLayout.trunkFile)
        var expertFiles: [PackedExpertFile?] = Array(repeating: nil, count: manifest.configuration.layerKinds.count)
        for layer in manifest.sparseLayers {
            expertFiles[layer] = try PackedExpertFile(
                path: directory + "/" + PackLayout.expertFile(layer: layer),
                layer: layer,
                expertCount: manifest.configuration.experts.routedCount,
                layout: manifest.recordLayout
            )
        }
        return PackedModel(
            configuration: manifest.configuration,
            format: manifest.format,
            rounding: manifest.rounding,
            trunk: PackedViews(manifest: manifest, file: trunk).trunk(),
            digest: digest,
            source: manifest.source,
            inventory: manifest.inventory,
            expertFiles: expertFiles
        )
    }

    /// Views of the weights of routed expert `expert` of decoder layer `layer`, in the mapped file.
    ///
    /// - Parameters:
    ///   - expert: One that the layer has.
    ///   - layer: A sparse one.
    /// - Returns: Views that keep the file mapped.
    /// - Throws: ``ModelFilesError`` with code `malformed`, where the record is not this expert's.
    public func expert(_ expert: Int, ofLayer layer: Int) throws(ModelFilesError) -> SwiGLUWeights<PackedMatrix> {
        guard let file = self.expertFiles[layer] else { preconditionFailure("layer \(layer) has no routed experts") }
        return try file.weights(ofExpert: expert)
    }
}

extension PackManifest {
    /// Reads a pack's manifest and its digest.
    static func read(_ directory: String) throws(ModelFilesError) -> (PackManifest, digest: String) {
        let path = directory + "/" + PackLayout.manifestFile
        let bytes = try MappedFile.contents(of: path, limit: Self.maximumBytes)
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes, limits: JSONLimits(bytes: Self.maximumBytes))
        } catch {
            throw ModelFilesError(.malformed, path, ["\(error)"])
        }
        var hash = SHA256()
        hash.update(bytes)
        return (try PackManifest(json, subject: path), hash.finish())
    }

    var inventory: CheckpointInventory {
        var inventory = CheckpointInventory()
        let parts = Dictionary(uniqueKeysWithValues: TrunkPlan(self.configuration).tensors.map { ($0.name, $0.part) })
        for tensor in self.tensors {
            guard let part = parts[tensor.name] else { preconditionFailure("\(tensor.name) was not checked") }
            inventory.add(
                parameters: tensor.rows * tensor.columns,
                bytes: tensor.bytes,
                type: tensor.type.name,
                to: part
            )
        }
        let layout = self.recordLayout
        let experts = self.sparseLayers.count * self.configuration.experts.routedCount
        for matrix in [layout.gate, layout.up, layout.down] {
            inventory.add(
                tensors: experts,
                parameters: experts * matrix.rows * matrix.columns,
                bytes: experts * matrix.byteRange.count,
                type: StoredType.packed(self.format).name,
                to: .routedExperts
            )
        }
        return inventory
    }
}
