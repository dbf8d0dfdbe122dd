public import TensorKernels

/// Every weight of a model but the routed experts, by role: views into the mapped files.
public struct TrunkWeights: Sendable {
    /// The table of token embeddings, `[vocabularySize, hiddenSize]`.
    public var embedding: WeightMatrix
    /// One row of `hiddenSize`.
    public var finalNorm: WeightMatrix
    /// `[vocabularySize, hiddenSize]`; the embedding itself where the two are tied.
    public var outputHead: WeightMatrix
    public var layers: [LayerWeights]
}

public struct LayerWeights: Sendable {
    public var inputNorm: WeightMatrix
    public var postAttentionNorm: WeightMatrix
    public var attention: AttentionWeights
    public var feedForward: FeedForward

    public enum FeedForward: Sendable {
        case dense(SwiGLUWeights)
        case sparse(SparseWeights)
    }
}

/// The projections of multi-head latent attention; rows as in transformers' `DeepseekV3Attention`.
public struct AttentionWeights: Sendable {
    public var query: Query
    /// Stored as `kv_a_proj_with_mqa`, `[kvLoraRank + ropeHeadSize, hiddenSize]`.
    public var keyValueDown: WeightMatrix
    public var keyValueNorm: WeightMatrix
    /// Stored as `kv_b_proj`, `[heads * (nopeHeadSize + valueHeadSize), kvLoraRank]`.
    public var keyValueUp: WeightMatrix
    /// Stored as `o_proj`, `[hiddenSize, heads * valueHeadSize]`.
    public var output: WeightMatrix

    public enum Query: Sendable {
        /// Stored as `q_proj`, `[heads * (nopeHeadSize + ropeHeadSize), hiddenSize]`.
        case full(WeightMatrix)
        /// Stored as `q_a_proj`, `q_a_layernorm` and `q_b_proj`.
        case lowRank(down: WeightMatrix, norm: WeightMatrix, up: WeightMatrix)
    }
}

/// One feed-forward: a dense layer's, a shared expert's or a routed expert's.
public struct SwiGLUWeights: Sendable {
    /// As `up`, `[intermediate, hiddenSize]`.
    public var gate: WeightMatrix
    public var up: WeightMatrix
    /// The way back, `[hiddenSize, intermediate]`.
    public var down: WeightMatrix

    public init(gate: WeightMatrix, up: WeightMatrix, down: WeightMatrix) {
        self.gate = gate
        self.up = up
        self.down = down
    }
}

public struct SparseWeights: Sendable {
    /// One row for each expert, `[routedCount, hiddenSize]`.
    public var router: WeightMatrix
    /// One row of `routedCount`; absent in A.X K1's release, which means zero.
    public var correctionBias: WeightMatrix?
    public var sharedExpert: SwiGLUWeights?
    public var postNorm: WeightMatrix?
}
