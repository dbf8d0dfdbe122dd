import ExpertCache
public import ModelFiles
public import TensorKernels

extension ModelWeights {
    /// A checkpoint packed into memory, for models that fit there: what `dure model pack` would write, without the files.
    ///
    /// The embedding, kv_b (see ``LatentProjections``), norms and the router stay where they lie in the checkpoint. All
    /// the rest is copied, so the checkpoint's own pages of it can leave memory.
    ///
    /// - Parameters:
    ///   - checkpoint: Stays mapped.
    ///   - format: Of the routed experts; the trunk gets ``PackedFormat/trunkFormat``.
    ///   - rounding: How weights are rounded.
    ///   - pool: The threads that pack.
    ///   - progress: Called with the share that is done, after each matrix.
    /// - Throws: ``MoEModelError`` with code `configuration` where weights are not finite, `outOfMemory`.
    public init(
        packing checkpoint: Checkpoint,
        as format: PackedFormat,
        rounding: PackedRounding = .searched,
        on pool: ComputePool,
        progress: (Double) -> Void = { _ in }
    ) throws(MoEModelError) {
        var done = 0
        let total = max(checkpoint.inventory.parameters, 1)
        func packed(_ weight: WeightMatrix, _ format: PackedFormat) throws(MoEModelError) -> Projection {
            do {
                let matrix = try PackedMatrix(packing: weight, as: format, rounding: rounding, on: pool)
                done += weight.rows * weight.columns
                progress(min(Double(done) / Double(total), 1))
                return .packed(matrix)
            } catch .outOfMemory(let bytes) {
                throw MoEModelError(.outOfMemory, "packing as \(format.rawValue): expected \(bytes) bytes, got none")
            } catch {
                throw MoEModelError(.configuration, "packing as \(format.rawValue): \(error)")
            }
        }
        let configuration = checkpoint.configuration
        let trunk = try checkpoint.trunk.map { (weight: WeightMatrix) throws(MoEModelError) -> Projection in
            try packed(weight, format.trunkFormat)
        }
        var experts: [[SwiGLUWeights<Projection>]] = []
        for (layer, kind) in configuration.layerKinds.enumerated() {
            var ofLayer: [SwiGLUWeights<Projection>] = []
            for expert in 0..<(kind == .sparse ? configuration.experts.routedCount : 0) {
                let weights = checkpoint.expert(expert, ofLayer: layer)
                ofLayer.append(
                    try weights.map { (weight: WeightMatrix) throws(MoEModelError) -> Projection in
                        try packed(weight, format)
                    }
                )
            }
            experts.append(ofLayer)
        }
        self.init(configuration: configuration, trunk: trunk, experts: MappedExpertSource(experts: experts))
    }
}
