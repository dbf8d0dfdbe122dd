public import TensorKernels

/// Every weight of a pack but the routed experts, by role: views into the mapped trunk.
///
/// The counterpart of ``TrunkWeights``. What is multiplied with whole is packed; what is looked up by row, or computed with
/// in two forms, is row-major.
public struct PackedTrunkWeights: Sendable {
    /// The table of token embeddings, `[vocabularySize, hiddenSize]`.
    public var embedding: WeightMatrix
    /// One row of `hiddenSize`.
    public var finalNorm: WeightMatrix
    /// `[vocabularySize, hiddenSize]`; its own also where the checkpoint ties it to the embedding.
    public var outputHead: PackedMatrix
    public var layers: [PackedLayerWeights]
}

public struct PackedLayerWeights: Sendable {
    public var inputNorm: WeightMatrix
    public var postAttentionNorm: WeightMatrix
    public var attention: PackedAttentionWeights
    public var feedForward: FeedForward

    public enum FeedForward: Sendable {
        case dense(PackedSwiGLUWeights)
        case sparse(PackedSparseWeights)
    }
}

/// The projections of multi-head latent attention, shaped as in ``AttentionWeights``.
public struct PackedAttentionWeights: Sendable {
    public var query: Query
    public var keyValueDown: PackedMatrix
    public var keyValueNorm: WeightMatrix
    /// Row-major: the absorbed form of attention adds up its rows, the expanded form multiplies with them.
    public var keyValueUp: WeightMatrix
    public var output: PackedMatrix

    public enum Query: Sendable {
        case full(PackedMatrix)
        case lowRank(down: PackedMatrix, norm: WeightMatrix, up: PackedMatrix)
    }
}

/// One feed-forward: a dense layer's, a shared expert's or a routed expert's.
public struct PackedSwiGLUWeights: Sendable {
    /// As `up`, `[intermediate, hiddenSize]`.
    public var gate: PackedMatrix
    public var up: PackedMatrix
    /// The way back, `[hiddenSize, intermediate]`.
    public var down: PackedMatrix

    public init(gate: PackedMatrix, up: PackedMatrix, down: PackedMatrix) {
        self.gate = gate
        self.up = up
        self.down = down
    }
}

public struct PackedSparseWeights: Sendable {
    /// One row for each expert, `[routedCount, hiddenSize]`.
    public var router: WeightMatrix
    /// One row of `routedCount`; absent means zero.
    public var correctionBias: WeightMatrix?
    public var sharedExpert: PackedSwiGLUWeights?
    public var postNorm: WeightMatrix?
}
