import TensorKernels

/// Makes the views of a checkpoint whose tensors have been checked against its plan.
///
/// A view is a pointer into a mapped file: nothing is read here. A tensor begins wherever its file's header ends, so
/// its address may be odd; kernels read weights with unaligned loads.
struct WeightViews {
    let tensors: TensorDirectory
    let plan: TensorPlan

    private var configuration: ModelConfiguration { self.plan.configuration }

    func trunk() -> TrunkWeights<WeightMatrix> {
        let embedding = self.matrix(TensorNames.embedding)
        return TrunkWeights(
            embedding: embedding,
            finalNorm: self.vector(TensorNames.finalNorm),
            outputHead: self.plan.tiesEmbeddings ? embedding : self.matrix(TensorNames.outputHead),
            layers: self.configuration.layerKinds.enumerated().map { self.layer($0, $1) }
        )
    }

    /// `[layer][expert]`; empty for a dense layer.
    func routedExperts() -> [[SwiGLUWeights<WeightMatrix>]] {
        self.configuration.layerKinds.enumerated().map { layer, kind in
            guard kind == .sparse else { return [] }
            let names = LayerTensorNames(layer: layer)
            let experts = 0..<self.configuration.experts.routedCount
            switch self.plan.expertLayout(layer) {
            case .each: return experts.map { self.swiGLU(names.expert($0)) }
            case .fused: return experts.map { self.fusedExpert($0, names) }
            }
        }
    }

    private func layer(_ layer: Int, _ kind: ModelConfiguration.LayerKind) -> LayerWeights<WeightMatrix> {
        let names = LayerTensorNames(layer: layer)
        return LayerWeights(
            inputNorm: self.vector(names.inputNorm),
            postAttentionNorm: self.vector(names.postAttentionNorm),
            attention: self.attention(names),
            feedForward: kind == .dense ? .dense(self.swiGLU(names.dense)) : .sparse(self.sparse(names))
        )
    }

    private func attention(_ names: LayerTensorNames) -> AttentionWeights<WeightMatrix> {
        let query: AttentionWeights<WeightMatrix>.Query =
            self.configuration.attention.queryLoraRank == nil
            ? .full(self.matrix(names.query))
            : .lowRank(
                down: self.matrix(names.queryDown),
                norm: self.vector(names.queryNorm),
                up: self.matrix(names.queryUp)
            )
        return AttentionWeights(
            query: query,
            keyValueDown: self.matrix(names.keyValueDown),
            keyValueNorm: self.vector(names.keyValueNorm),
            keyValueUp: self.matrix(names.keyValueUp),
            output: self.matrix(names.attentionOutput)
        )
    }

    private func sparse(_ names: LayerTensorNames) -> SparseWeights<WeightMatrix> {
        let experts = self.configuration.experts
        let postNorm = self.tensors[names.postNorm] == nil ? names.postNormAlias : names.postNorm
        return SparseWeights(
            router: self.matrix(names.router),
            correctionBias: self.tensors[names.correctionBias] == nil ? nil : self.vector(names.correctionBias),
            sharedExpert: experts.sharedCount == 0 ? nil : self.swiGLU(names.sharedExpert),
            postNorm: experts.hasPostNorm ? self.vector(postNorm) : nil
        )
    }

    private func swiGLU(_ names: SwiGLUTensorNames) -> SwiGLUWeights<WeightMatrix> {
        SwiGLUWeights(
            gate: self.matrix(names.gate),
            up: self.matrix(names.up),
            down: self.matrix(names.down)
        )
    }

    private func fusedExpert(_ expert: Int, _ names: LayerTensorNames) -> SwiGLUWeights<WeightMatrix> {
        let width = self.configuration.experts.intermediateSize
        let hidden = self.configuration.hiddenSize
        return SwiGLUWeights(
            gate: self.slice(names.fusedGateUp, firstRow: expert * 2 * width, rows: width),
            up: self.slice(names.fusedGateUp, firstRow: (expert * 2 + 1) * width, rows: width),
            down: self.slice(names.fusedDown, firstRow: expert * hidden, rows: hidden)
        )
    }

    // MARK: One tensor

    private func location(_ name: String) -> TensorDirectory.Location {
        guard let location = self.tensors[name] else {
            preconditionFailure("\(name) is used but was not checked against the plan")
        }
        return location
    }

    private func matrix(_ name: String) -> WeightMatrix {
        self.slice(name, firstRow: 0, rows: self.location(name).entry.shape[0])
    }

    /// A tensor of one dimension, as one row.
    private func vector(_ name: String) -> WeightMatrix {
        let location = self.location(name)
        guard location.entry.type.element != nil else { return ConvertedWeights.row(location) }
        return self.view(location, byteRange: location.entry.byteRange, rows: 1, columns: location.entry.shape[0])
    }

    /// Rows of a tensor whose leading dimensions are taken as one.
    private func slice(_ name: String, firstRow: Int, rows: Int) -> WeightMatrix {
        let location = self.location(name)
        let columns = location.entry.shape[location.entry.shape.count - 1]
        let rowBytes = columns * location.entry.type.bytes
        let start = location.entry.byteRange.lowerBound + firstRow * rowBytes
        return self.view(location, byteRange: start..<start + rows * rowBytes, rows: rows, columns: columns)
    }

    private func view(
        _ location: TensorDirectory.Location,
        byteRange: Range<Int>,
        rows: Int,
        columns: Int
    ) -> WeightMatrix {
        guard let element = location.entry.type.element else {
            preconditionFailure("\(location.entry.name) has a type that was not checked against the plan")
        }
        precondition(location.entry.byteRange.clamped(to: byteRange) == byteRange, "view outside its tensor")
        // Safe: the range lies in the tensor, hence in the mapping, which `owner` keeps.
        return unsafe WeightMatrix(
            base: location.file.address(byteRange),
            rows: rows,
            columns: columns,
            element: element,
            owner: location.file
        )
    }
}

/// Weights that had to be converted, in memory of their own.
@safe
private final class ConvertedWeights: @unchecked Sendable {
    // Sendable: written in `init` only.
    private let values: UnsafeMutableBufferPointer<Float>

    private init(_ values: [Float]) {
        unsafe self.values = .allocate(capacity: values.count)
        // Safe: as many elements as were just allocated.
        _ = unsafe self.values.initialize(fromContentsOf: values)
    }

    deinit {
        // Safe: allocated in `init`, freed once; no view outlives its owner.
        unsafe self.values.deallocate()
    }

    /// An F64 tensor of one dimension as a row of f32.
    static func row(_ location: TensorDirectory.Location) -> WeightMatrix {
        precondition(location.entry.type == .f64, "only F64 is converted")
        let bytes = location.file.copy(location.entry.byteRange)
        let values = stride(from: 0, to: bytes.count, by: 8).map { start in
            let bits = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Float(Double(bitPattern: bits))
        }
        let owner = ConvertedWeights(values)
        // Safe: `values.count` floats were initialised and live as long as `owner`.
        return unsafe WeightMatrix(
            base: UnsafeRawPointer(owner.values.baseAddress ?? UnsafeMutablePointer(bitPattern: 8).unsafelyUnwrapped),
            rows: 1,
            columns: values.count,
            element: .f32,
            owner: owner
        )
    }
}
