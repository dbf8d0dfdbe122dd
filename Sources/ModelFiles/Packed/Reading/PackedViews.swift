import TensorKernels

/// Makes the views of a trunk whose manifest has been checked against the model.
struct PackedViews {
    let manifest: PackManifest
    let file: MappedFile
    private let tensors: [String: PackManifest.Tensor]

    init(manifest: PackManifest, file: MappedFile) {
        self.manifest = manifest
        self.file = file
        self.tensors = Dictionary(uniqueKeysWithValues: manifest.tensors.map { ($0.name, $0) })
    }

    private var configuration: ModelConfiguration { self.manifest.configuration }

    func trunk() -> TrunkWeights<PackedMatrix> {
        TrunkWeights<PackedMatrix>(
            embedding: self.plain(TensorNames.embedding),
            finalNorm: self.plain(TensorNames.finalNorm),
            outputHead: self.packed(TensorNames.outputHead),
            layers: self.configuration.layerKinds.enumerated().map { layer, kind in
                let names = LayerTensorNames(layer: layer)
                return LayerWeights<PackedMatrix>(
                    inputNorm: self.plain(names.inputNorm),
                    postAttentionNorm: self.plain(names.postAttentionNorm),
                    attention: self.attention(names),
                    feedForward: kind == .dense ? .dense(self.swiGLU(names.dense)) : .sparse(self.sparse(names))
                )
            }
        )
    }

    private func attention(_ names: LayerTensorNames) -> AttentionWeights<PackedMatrix> {
        let query: AttentionWeights<PackedMatrix>.Query =
            self.configuration.attention.queryLoraRank == nil
            ? .full(self.packed(names.query))
            : .lowRank(
                down: self.packed(names.queryDown),
                norm: self.plain(names.queryNorm),
                up: self.packed(names.queryUp)
            )
        return AttentionWeights<PackedMatrix>(
            query: query,
            keyValueDown: self.packed(names.keyValueDown),
            keyValueNorm: self.plain(names.keyValueNorm),
            keyValueUp: self.plain(names.keyValueUp),
            output: self.packed(names.attentionOutput)
        )
    }

    private func sparse(_ names: LayerTensorNames) -> SparseWeights<PackedMatrix> {
        let experts = self.configuration.experts
        return SparseWeights<PackedMatrix>(
            router: self.plain(names.router),
            correctionBias: self.tensors[names.correctionBias] == nil ? nil : self.plain(names.correctionBias),
            sharedExpert: experts.sharedCount == 0 ? nil : self.swiGLU(names.sharedExpert),
            postNorm: experts.hasPostNorm ? self.plain(names.postNorm) : nil
        )
    }

    private func swiGLU(_ names: SwiGLUTensorNames) -> SwiGLUWeights<PackedMatrix> {
        SwiGLUWeights<PackedMatrix>(
            gate: self.packed(names.gate),
            up: self.packed(names.up),
            down: self.packed(names.down)
        )
    }

    // MARK: One tensor

    private func tensor(_ name: String) -> PackManifest.Tensor {
        guard let tensor = self.tensors[name] else {
            preconditionFailure("\(name) is used but was not checked against the plan")
        }
        return tensor
    }

    private func plain(_ name: String) -> WeightMatrix {
        let tensor = self.tensor(name)
        guard case .plain(let element) = tensor.type else { preconditionFailure("\(name) is packed") }
        // Safe: `address` checks that the range lies in the mapping, which `owner` keeps.
        return unsafe WeightMatrix(
            base: self.file.address(tensor.byteOffset..<tensor.byteOffset + tensor.bytes),
            rows: tensor.rows,
            columns: tensor.columns,
            element: element,
            owner: self.file
        )
    }

    private func packed(_ name: String) -> PackedMatrix {
        let tensor = self.tensor(name)
        guard case .packed(let format) = tensor.type else { preconditionFailure("\(name) is not packed") }
        // Safe: as above.
        return unsafe PackedMatrix(
            base: self.file.address(tensor.byteOffset..<tensor.byteOffset + tensor.bytes),
            format: format,
            rows: tensor.rows,
            columns: tensor.columns,
            owner: self.file
        )
    }
}
