import ModelFiles
import TensorKernels

/// Multi-head latent attention in its absorbed form, for prompt and generated tokens alike.
///
/// A query is brought into the space of the latents, where one cached vector per token is key and value for all heads. The
/// expanded form would take fewer operations for a long prompt, but gives other bits; with one form a token
/// has the same result whether it comes with its prompt, is generated, or is computed again after a preemption.
struct LatentAttention {
    /// The norms of the query and key/value latents use this whatever the model's own epsilon is.
    static let latentEpsilon: Float = 1e-6

    let shape: ModelConfiguration.AttentionShape
    let scale: Float

    init(shape: ModelConfiguration.AttentionShape, scoreFactor: Double) {
        self.shape = shape
        self.scale = Float(scoreFactor / Double(shape.nopeHeadSize + shape.ropeHeadSize).squareRoot())
    }

    private var queryHeadSize: Int { self.shape.nopeHeadSize + self.shape.ropeHeadSize }
    private var width: Int { self.shape.latentWidth }

    /// `space.update = attention(space.normed)`; stores the tokens' latents in the cache.
    func run(
        _ weights: AttentionWeights<Projection>,
        _ projections: LatentProjections,
        layer: Int,
        layout: SweepLayout,
        rotations: Rotations,
        cache: LatentCache,
        _ space: Workspace,
        _ operators: TensorOperators,
        probe: (any DecoderProbe)?
    ) {
        self.project(weights, space, operators)
        let firstRow = cache.firstRow(layer: layer)
        self.store(weights, layout, rotations, cache, firstRow, space, operators)
        let count = layout.tokens.count
        for first in stride(from: 0, to: count, by: Workspace.attentionTokens) {
            let rows = first..<min(first + Workspace.attentionTokens, count)
            self.absorb(projections, rows, rotations, space, operators)
            probe?.ended(.attentionProjections)
            operators.attend(
                queries: space.absorbed,
                rows: rows,
                layout: layout.latents,
                cache: cache.values,
                firstRow: firstRow,
                scale: self.scale,
                into: space.attended
            )
            probe?.ended(.attentionCore)
            self.expand(projections, rows, space, operators)
        }
        operators.quantize(space.values)
        operators.run([ProjectionProduct(space.values, weights.output, into: space.update.all)])
        probe?.ended(.attentionProjections)
    }

    private func project(
        _ weights: AttentionWeights<Projection>,
        _ space: Workspace,
        _ operators: TensorOperators
    ) {
        let latents = ProjectionProduct(space.normed, weights.keyValueDown, into: space.latents.all)
        switch weights.query {
        case .full(let projection):
            operators.run([ProjectionProduct(space.normed, projection, into: space.queries.all), latents])
        case .lowRank(let down, let norm, let up):
            let latent = space.queryLatent
            operators.run([ProjectionProduct(space.normed, down, into: latent.floats.all), latents])
            operators.rmsNorm(latent.floats.all, weight: norm, epsilon: Self.latentEpsilon, into: latent)
            operators.run([ProjectionProduct(latent, up, into: space.queries.all)])
        }
    }

    private func store(
        _ weights: AttentionWeights<Projection>,
        _ layout: SweepLayout,
        _ rotations: Rotations,
        _ cache: LatentCache,
        _ firstRow: Int,
        _ space: Workspace,
        _ operators: TensorOperators
    ) {
        let latents = space.latents.view(columns: 0..<self.shape.kvLoraRank)
        operators.rmsNorm(latents, weight: weights.keyValueNorm, epsilon: Self.latentEpsilon, into: latents)
        let key = RowVectors(space.latents, first: self.shape.kvLoraRank, stride: self.shape.ropeHeadSize)
        operators.rotate(key, into: key, count: 1, rows: 0..<layout.tokens.count, by: rotations)
        operators.store(space.latents.all, to: cache.values, rows: layout.cacheRows.map { firstRow + $0 })
    }

    /// Brings each head's query into the space of the latents: `Wk[head]ᵀ · nope`, then the rotated part.
    private func absorb(
        _ projections: LatentProjections,
        _ rows: Range<Int>,
        _ rotations: Rotations,
        _ space: Workspace,
        _ operators: TensorOperators
    ) {
        switch projections {
        case .plain(let weights):
            operators.run(
                (0..<self.shape.heads).map { head in
                    MatrixProduct(
                        self.query(head, rows, space),
                        weights.rows(self.shape.keyRows(ofHead: head)),
                        into: self.latentQuery(head, rows, space),
                        form: .byColumns
                    )
                }
            )
        case .packed(let keys, _):
            let queries = RowVectors(space.queries, first: 0, stride: self.queryHeadSize)
            if let vectors = space.headQueries {
                operators.quantize(queries, count: self.shape.heads, rows: rows, into: vectors)
            }
            operators.run(
                keys.enumerated().map { head, weight in
                    let quantized = space.headQueries.map { self.quantized($0, head, rows) }
                    let input = quantized ?? .floats(self.query(head, rows, space))
                    return PackedProduct(input, weight, into: self.latentQuery(head, rows, space))
                }
            )
        }
        operators.rotate(
            RowVectors(space.queries, first: self.shape.nopeHeadSize, stride: self.queryHeadSize),
            into: RowVectors(space.absorbed, first: self.shape.kvLoraRank, stride: self.width),
            count: self.shape.heads,
            rows: rows,
            by: rotations
        )
    }

    /// Brings what each head has attended to back out of the space of the latents: `Wv[head] · attended`.
    private func expand(
        _ projections: LatentProjections,
        _ rows: Range<Int>,
        _ space: Workspace,
        _ operators: TensorOperators
    ) {
        switch projections {
        case .plain(let weights):
            operators.run(
                (0..<self.shape.heads).map { head in
                    MatrixProduct(
                        self.attended(head, rows, space),
                        weights.rows(self.shape.valueRows(ofHead: head)),
                        into: self.value(head, rows, space)
                    )
                }
            )
        case .packed(_, let values):
            let sums = RowVectors(space.attended, first: 0, stride: self.shape.kvLoraRank)
            if let vectors = space.headSums {
                operators.quantize(sums, count: self.shape.heads, rows: 0..<rows.count, into: vectors)
            }
            operators.run(
                values.enumerated().map { head, weight in
                    let quantized = space.headSums.map { self.quantized($0, head, rows) }
                    let input = quantized ?? .floats(self.attended(head, rows, space))
                    return PackedProduct(input, weight, into: self.value(head, rows, space))
                }
            )
        }
    }

    // MARK: One head's part of the matrices

    private func query(_ head: Int, _ rows: Range<Int>, _ space: Workspace) -> FloatView {
        let first = head * self.queryHeadSize
        return space.queries.view(rows: rows, columns: first..<first + self.shape.nopeHeadSize)
    }

    private func latentQuery(_ head: Int, _ rows: Range<Int>, _ space: Workspace) -> FloatView {
        let first = head * self.width
        return space.absorbed.view(rows: 0..<rows.count, columns: first..<first + self.shape.kvLoraRank)
    }

    private func attended(_ head: Int, _ rows: Range<Int>, _ space: Workspace) -> FloatView {
        let first = head * self.shape.kvLoraRank
        return space.attended.view(rows: 0..<rows.count, columns: first..<first + self.shape.kvLoraRank)
    }

    private func value(_ head: Int, _ rows: Range<Int>, _ space: Workspace) -> FloatView {
        let first = head * self.shape.valueHeadSize
        return space.values.floats.view(rows: rows, columns: first..<first + self.shape.valueHeadSize)
    }

    /// Quantised vectors lie head after head.
    private func quantized(_ vectors: QuantizedRows, _ head: Int, _ rows: Range<Int>) -> PackedProduct.Input {
        .quantized(vectors, rows: head * rows.count..<(head + 1) * rows.count)
    }
}
