import TensorKernels

/// The tensors of `trunk.bin` that a configuration calls for, in their order: everything but the routed experts.
struct TrunkPlan {
    /// What becomes of a tensor's values.
    enum Treatment: Sendable, Equatable {
        /// Kept as they are, in the checkpoint's own type.
        case exact
        /// Row-major, because single rows are looked up or both forms of a product are computed with them: as they are,
        /// but bf16 where they were f32.
        case rowMajor
        /// Rounded, and laid out for the kernels.
        case packed
    }

    struct Tensor: Sendable, Equatable {
        /// As in the checkpoint.
        var name: String
        var part: ModelPart
        var rows: Int
        var columns: Int
        var treatment: Treatment
        var isOptional: Bool

        /// Whether a pack of `format` may keep it so.
        func allows(_ type: StoredType, in format: PackedFormat) -> Bool {
            switch (self.treatment, type) {
            case (.exact, .plain): true
            case (.rowMajor, .plain(let element)): element != .f32
            case (.packed, .packed(let packed)): packed == format.trunkFormat
            default: false
            }
        }
    }

    let tensors: [Tensor]

    init(_ configuration: ModelConfiguration) {
        // A pack has an output head of its own even where the checkpoint's is the embedding: it lies differently.
        let plan = TensorPlan(configuration: configuration, tiesEmbeddings: false, expertLayout: { _ in .fused })
        self.tensors = plan.expectations().filter { $0.part != .routedExperts && !plan.ignoresStored($0) }.map {
            tensor in
            Tensor(
                name: tensor.name,
                part: tensor.part,
                rows: tensor.shape.count == 1 ? 1 : tensor.shape[0],
                columns: tensor.shape[tensor.shape.count - 1],
                treatment: Self.treatment(of: tensor),
                isOptional: tensor.isOptional
            )
        }
    }

    private static func treatment(of tensor: TensorExpectation) -> Treatment {
        switch tensor.part {
        case .norms, .router: .exact
        case .embedding: .rowMajor
        case .attention where tensor.name.hasSuffix(".kv_b_proj.weight"): .rowMajor
        case .attention, .denseFeedForward, .sharedExperts, .outputHead, .routedExperts: .packed
        }
    }
}
