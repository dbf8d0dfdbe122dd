import ModelFiles
import TensorKernels

/// The matrices between a sweep's operations, kept from one sweep to the next.
///
/// T tokens, H hidden, K experts per token. Only what names `attentionTokens` does not grow with T.
struct Workspace {
    /// Tokens whose attention is computed at a time: their absorbed queries are large.
    static let attentionTokens = 128

    /// The residual stream, `[T, H]`.
    let hidden: FloatMatrix
    /// What a layer's attention and a dense layer's feed-forward read, `[T, H]`.
    let normed: Activations
    /// The same rows as a sparse layer's feed-forward reads them, whose routed experts may be in another format.
    let routedInput: Activations
    /// What a layer's part adds to the stream, `[T, H]`.
    let update: FloatMatrix
    /// `[T, queryLoraRank]`; one column where queries come from one projection.
    let queryLatent: Activations
    /// `[T, heads * (nope + rope)]`.
    let queries: FloatMatrix
    /// `[T, kvLoraRank + ropeHeadSize]`.
    let latents: FloatMatrix
    /// Queries in the space of the latents, `[attentionTokens, heads * (kvLoraRank + rope)]`.
    let absorbed: FloatMatrix
    /// Values in the space of the latents, `[attentionTokens, heads * kvLoraRank]`.
    let attended: FloatMatrix
    /// Each head's queries without their rotated part, one after the other, `[heads * attentionTokens, nopeHeadSize]`.
    let headQueries: QuantizedRows?
    /// Each head's part of `attended`, `[heads * attentionTokens, kvLoraRank]`.
    let headSums: QuantizedRows?
    /// `[T, heads * valueHeadSize]`.
    let values: Activations
    /// The feed-forward of a dense layer, `[T, intermediateSize]`.
    let dense: GatedPair
    /// That of the shared expert, `[T, moeIntermediateSize * sharedCount]`.
    let shared: GatedPair
    /// That of the routed experts, `[T * K, moeIntermediateSize]`.
    let routed: GatedPair
    /// Outputs of the routed experts, `[T * K, H]`.
    let expertOutputs: FloatMatrix
    /// That of the shared expert, `[T, H]`.
    let sharedOutput: FloatMatrix
    /// `[T, experts]`.
    let routerLogits: FloatMatrix
    /// What the output head reads, `[rows of logits, H]`.
    let last: Activations

    struct GatedPair {
        /// Becomes the activation, which the way back reads.
        let gate: Activations
        let up: FloatMatrix

        init(width: Int, for formats: Set<PackedFormat>) throws(KernelError) {
            self.gate = try Activations(columns: max(width, 1), for: formats)
            self.up = try FloatMatrix(rows: 0, columns: max(width, 1))
        }

        func setRows(_ rows: Int) throws(KernelError) {
            try self.gate.setRows(rows)
            try self.up.setRows(rows)
        }
    }

    private let expertsPerToken: Int
    private let heads: Int

    /// - Parameters:
    ///   - weights: The model.
    ///   - headFormat: What single heads' vectors are quantised for; nil where they are read as f32.
    /// - Throws: ``KernelError/outOfMemory(bytes:)``.
    init(_ weights: ModelWeights, headFormat: PackedFormat?) throws(KernelError) {
        let model = weights.configuration
        let shape = model.attention
        let (trunk, routed) = (weights.trunkActivationFormats, weights.expertActivationFormats)
        func matrix(_ columns: Int) throws(KernelError) -> FloatMatrix { try FloatMatrix(rows: 0, columns: columns) }
        self.hidden = try matrix(model.hiddenSize)
        self.normed = try Activations(columns: model.hiddenSize, for: trunk)
        self.routedInput = try Activations(self.normed.floats, for: trunk.union(routed))
        self.update = try matrix(model.hiddenSize)
        self.queryLatent = try Activations(columns: shape.queryLoraRank ?? 1, for: trunk)
        self.queries = try matrix(shape.heads * (shape.nopeHeadSize + shape.ropeHeadSize))
        self.latents = try matrix(shape.latentWidth)
        self.absorbed = try matrix(shape.heads * shape.latentWidth)
        self.attended = try matrix(shape.heads * shape.kvLoraRank)
        func vectors(_ columns: Int) throws(KernelError) -> QuantizedRows? {
            guard let headFormat else { return nil }
            return try QuantizedRows(rows: 0, columns: columns, format: headFormat)
        }
        self.headQueries = try vectors(shape.nopeHeadSize)
        self.headSums = try vectors(shape.kvLoraRank)
        self.values = try Activations(columns: shape.heads * shape.valueHeadSize, for: trunk)
        self.dense = try GatedPair(width: model.intermediateSize, for: trunk)
        self.shared = try GatedPair(width: model.experts.intermediateSize * model.experts.sharedCount, for: trunk)
        self.routed = try GatedPair(width: model.experts.intermediateSize, for: routed)
        self.expertOutputs = try matrix(model.hiddenSize)
        self.sharedOutput = try matrix(model.hiddenSize)
        self.routerLogits = try matrix(max(model.experts.routedCount, 1))
        self.last = try Activations(columns: model.hiddenSize, for: trunk)
        self.expertsPerToken = model.experts.perToken
        self.heads = shape.heads
    }

    /// Makes room for a sweep of `tokens` tokens, of which `logitRows` reach the output head.
    func prepare(tokens: Int, logitRows: Int) throws(KernelError) {
        for matrix in [
            self.hidden, self.update, self.queries, self.latents, self.routerLogits, self.sharedOutput,
        ] {
            try matrix.setRows(tokens)
        }
        for activations in [self.normed, self.routedInput, self.queryLatent, self.values] {
            try activations.setRows(tokens)
        }
        let atOnce = min(tokens, Self.attentionTokens)
        for matrix in [self.absorbed, self.attended] { try matrix.setRows(atOnce) }
        for vectors in [self.headQueries, self.headSums] { try vectors?.setRows(self.heads * atOnce) }
        for pair in [self.dense, self.shared] { try pair.setRows(tokens) }
        try self.routed.setRows(tokens * self.expertsPerToken)
        try self.expertOutputs.setRows(tokens * self.expertsPerToken)
        try self.last.setRows(logitRows)
    }
}
