public import TensorKernels

/// Every weight of a model but the routed experts, by role: views into mapped files, or into memory.
///
/// `Matrix` is what projections are: a ``WeightMatrix`` in a checkpoint, a ``PackedMatrix`` in a pack, a ``Projection`` where
/// either will do. What is looked up by rows, added up by rows or computed in f32 is a ``WeightMatrix`` in all of them.
public struct TrunkWeights<Matrix: Sendable>: Sendable {
    /// The table of token embeddings, `[vocabularySize, hiddenSize]`.
    public var embedding: WeightMatrix
    /// One row of `hiddenSize`.
    public var finalNorm: WeightMatrix
    /// `[vocabularySize, hiddenSize]`; the embedding itself where the two are tied.
    public var outputHead: Matrix
    public var layers: [LayerWeights<Matrix>]
}

public struct LayerWeights<Matrix: Sendable>: Sendable {
    public var inputNorm: WeightMatrix
    public var postAttentionNorm: WeightMatrix
    public var attention: AttentionWeights<Matrix>
    public var feedForward: FeedForward

    public enum FeedForward: Sendable {
        case dense(SwiGLUWeights<Matrix>)
        case sparse(SparseWeights<Matrix>)
    }
}

/// The projections of multi-head latent attention; rows as in transformers' `DeepseekV3Attention`.
public struct AttentionWeights<Matrix: Sendable>: Sendable {
    public var query: Query
    /// Stored as `kv_a_proj_with_mqa`, `[kvLoraRank + ropeHeadSize, hiddenSize]`.
    public var keyValueDown: Matrix
    public var keyValueNorm: WeightMatrix
    /// Stored as `kv_b_proj`, `[heads * (nopeHeadSize + valueHeadSize), kvLoraRank]`.
    ///
    /// The absorbed form of attention adds up some of its rows and multiplies with others: who packs it, packs each head's two parts.
    public var keyValueUp: WeightMatrix
    /// Stored as `o_proj`, `[hiddenSize, heads * valueHeadSize]`.
    public var output: Matrix

    public enum Query: Sendable {
        /// Stored as `q_proj`, `[heads * (nopeHeadSize + ropeHeadSize), hiddenSize]`.
        case full(Matrix)
        /// Stored as `q_a_proj`, `q_a_layernorm` and `q_b_proj`.
        case lowRank(down: Matrix, norm: WeightMatrix, up: Matrix)
    }
}

/// One feed-forward: a dense layer's, a shared expert's or a routed expert's.
public struct SwiGLUWeights<Matrix: Sendable>: Sendable {
    /// As `up`, `[intermediate, hiddenSize]`.
    public var gate: Matrix
    public var up: Matrix
    /// The way back, `[hiddenSize, intermediate]`.
    public var down: Matrix

    public init(gate: Matrix, up: Matrix, down: Matrix) {
        self.gate = gate
        self.up = up
        self.down = down
    }
}

public struct SparseWeights<Matrix: Sendable>: Sendable {
    /// One row for each expert, `[routedCount, hiddenSize]`.
    public var router: WeightMatrix
    /// One row of `routedCount`; absent in A.X K1's release, which means zero.
    public var correctionBias: WeightMatrix?
    public var sharedExpert: SwiGLUWeights<Matrix>?
    public var postNorm: WeightMatrix?
}

// MARK: Other matrices

extension TrunkWeights {
    /// The same weights with every projection replaced.
    ///
    /// - Parameter transform: Called in the order of a pass through the model; the output head comes last.
    /// - Returns: The other weights.
    /// - Throws: What `transform` throws.
    public func map<Other, Failure: Error>(
        _ transform: (Matrix) throws(Failure) -> Other
    ) throws(Failure) -> TrunkWeights<Other> {
        var layers: [LayerWeights<Other>] = []
        for layer in self.layers { layers.append(try layer.map(transform)) }
        return TrunkWeights<Other>(
            embedding: self.embedding,
            finalNorm: self.finalNorm,
            outputHead: try transform(self.outputHead),
            layers: layers
        )
    }
}

extension LayerWeights {
    fileprivate func map<Other, Failure: Error>(
        _ transform: (Matrix) throws(Failure) -> Other
    ) throws(Failure) -> LayerWeights<Other> {
        let attention = try self.attention.map(transform)
        let feedForward: LayerWeights<Other>.FeedForward
        switch self.feedForward {
        case .dense(let weights): feedForward = .dense(try weights.map(transform))
        case .sparse(let weights): feedForward = .sparse(try weights.map(transform))
        }
        return LayerWeights<Other>(
            inputNorm: self.inputNorm,
            postAttentionNorm: self.postAttentionNorm,
            attention: attention,
            feedForward: feedForward
        )
    }
}

extension AttentionWeights {
    fileprivate func map<Other, Failure: Error>(
        _ transform: (Matrix) throws(Failure) -> Other
    ) throws(Failure) -> AttentionWeights<Other> {
        let query: AttentionWeights<Other>.Query
        switch self.query {
        case .full(let projection): query = .full(try transform(projection))
        case .lowRank(let down, let norm, let up):
            query = .lowRank(down: try transform(down), norm: norm, up: try transform(up))
        }
        return AttentionWeights<Other>(
            query: query,
            keyValueDown: try transform(self.keyValueDown),
            keyValueNorm: self.keyValueNorm,
            keyValueUp: self.keyValueUp,
            output: try transform(self.output)
        )
    }
}

extension SparseWeights {
    fileprivate func map<Other, Failure: Error>(
        _ transform: (Matrix) throws(Failure) -> Other
    ) throws(Failure) -> SparseWeights<Other> {
        var shared: SwiGLUWeights<Other>?
        if let sharedExpert { shared = try sharedExpert.map(transform) }
        return SparseWeights<Other>(
            router: self.router,
            correctionBias: self.correctionBias,
            sharedExpert: shared,
            postNorm: self.postNorm
        )
    }
}

extension SwiGLUWeights {
    /// The same weights with each matrix replaced, in the order of gate, up, down.
    ///
    /// - Parameter transform: Makes the other matrix.
    /// - Returns: The other weights.
    /// - Throws: What `transform` throws.
    public func map<Other, Failure: Error>(
        _ transform: (Matrix) throws(Failure) -> Other
    ) throws(Failure) -> SwiGLUWeights<Other> {
        SwiGLUWeights<Other>(gate: try transform(self.gate), up: try transform(self.up), down: try transform(self.down))
    }
}
