import ExpertCache
import ModelFiles
import TensorKernels

/// A decoder of one of the families in ``ModelConfiguration/Family``, with its KV cache.
///
/// Owned by one thread at a time. For a token's logits nothing matters but the tokens of its own sequence up to it: not the
/// other segments of a sweep, not how a prompt was cut, not the number of threads, not the order in which experts
/// come. `docs/numerics.md` says what that rests on.
public final class DecoderModel {
    public let vocabularySize: Int
    public let contextLength: Int
    public var kvBlockTokens: Int { self.cache.blockTokens }
    public var kvBlockCount: Int { self.cache.blockCount }
    /// For how long sweeps have waited for experts that were read, all together.
    public var stalled: Duration { self.weights.experts.stalled }

    /// Sees the values between the layers; is not kept, and costs nothing where there is none.
    package weak var probe: (any DecoderProbe)?

    private let weights: ModelWeights
    private let operators: TensorOperators
    private let rope: RoPETable
    private let rotations: Rotations
    private let attention: LatentAttention
    /// One for each layer.
    private let latentProjections: [LatentProjections]
    /// One for each layer; nil for a dense one.
    private let sparse: [SparseFeedForward?]
    let cache: LatentCache
    private let space: Workspace

    /// Allocates the KV cache; weights stay where they are, but for what attention needs in another form.
    ///
    /// - Parameters:
    ///   - weights: The model.
    ///   - configuration: How much of the machine it may use.
    /// - Throws: ``MoEModelError`` with code `configuration`.
    public init(_ weights: ModelWeights, configuration: DecoderModelConfiguration) throws(MoEModelError) {
        let configuration = try configuration.validated()
        let model = weights.configuration
        self.weights = weights
        self.vocabularySize = model.vocabularySize
        self.contextLength = min(configuration.contextLength ?? model.contextLength, model.contextLength)
        self.rope = RoPETable(model)
        self.attention = LatentAttention(shape: model.attention, scoreFactor: self.rope.scoreFactor)
        self.sparse = weights.trunk.layers.map { layer in
            guard case .sparse(let weights) = layer.feedForward else { return nil }
            return SparseFeedForward(weights, model)
        }
        self.cache = try LatentCache(
            model,
            configuration.kvPrecision ?? weights.kvPrecision,
            blockTokens: configuration.kvBlockTokens,
            bytes: configuration.kvBytes
        )
        do {
            let pool = ComputePool(threads: configuration.threads)
            self.operators = try TensorOperators(pool: pool, variant: configuration.kernels)
            self.rotations = try Rotations(self.rope)
            self.latentProjections = try weights.trunk.layers.map { layer throws(KernelError) in
                try LatentProjections(layer.attention, model.attention, on: pool)
            }
            self.space = try Workspace(weights, headFormat: self.latentProjections.first?.activationFormat)
        } catch .outOfMemory(let bytes) {
            throw MoEModelError(.configuration, "scratch memory: expected \(bytes) bytes, got none")
        } catch {
            throw MoEModelError(.configuration, "attention's projections: \(error)")
        }
    }

    /// Computes one sweep and keeps its keys and values in the blocks that the segments name.
    ///
    /// - Parameter sweep: Any number of segments, of sequences that are all different.
    /// - Returns: The logits that the segments ask for.
    /// - Throws: ``MoEModelError`` with code `invalidSweep` or `outOfMemory`, before anything is computed; or what the
    ///   expert source throws: then the sweep's positions are undefined and may be computed again.
    public func run(_ sweep: Sweep) throws -> SweepLogits {
        let layout = try SweepLayout(
            sweep,
            within: .init(
                vocabularySize: self.vocabularySize,
                contextLength: self.contextLength,
                blockTokens: self.kvBlockTokens,
                blockCount: self.kvBlockCount
            )
        )
        try self.prepare(layout)
        self.operators.lookUp(layout.tokens, in: self.weights.trunk.embedding, into: self.space.hidden)
        self.probe?.ended(.embedding)
        for (index, layer) in self.weights.trunk.layers.enumerated() {
            self.attend(layer, index, layout)
            try self.feedForward(layer, index)
            self.probe?.layerEnded(index, hidden: self.space.hidden)
        }
        defer { self.probe?.ended(.outputHead) }
        return self.logits(layout.logitRows)
    }

    private func prepare(_ layout: SweepLayout) throws(MoEModelError) {
        do {
            try self.space.prepare(tokens: layout.tokens.count, logitRows: layout.logitRows.count)
            try self.rotations.set(layout.latents.positions, of: self.rope)
        } catch {
            throw MoEModelError(.outOfMemory, "a sweep of \(layout.tokens.count) tokens: \(error)")
        }
    }

    private func attend(_ layer: LayerWeights<Projection>, _ index: Int, _ layout: SweepLayout) {
        self.norm(layer.inputNorm, into: self.space.normed)
        self.probe?.ended(.norms)
        self.attention.run(
            layer.attention,
            self.latentProjections[index],
            layer: index,
            layout: layout,
            rotations: self.rotations,
            cache: self.cache,
            self.space,
            self.operators,
            probe: self.probe
        )
        self.operators.add(self.space.update.all, to: self.space.hidden.all)
    }

    private func feedForward(_ layer: LayerWeights<Projection>, _ index: Int) throws {
        switch layer.feedForward {
        case .dense(let weights):
            let (input, inner) = (self.space.normed, self.space.dense)
            self.norm(layer.postAttentionNorm, into: input)
            self.probe?.ended(.norms)
            self.operators.run(inner.inward(weights, input))
            inner.activate(self.operators)
            self.operators.run([ProjectionProduct(inner.gate, weights.down, into: self.space.update.all)])
            self.probe?.ended(.denseFeedForward)
        case .sparse:
            self.norm(layer.postAttentionNorm, into: self.space.routedInput)
            self.probe?.ended(.norms)
            try self.sparse[index]?.run(
                layer: index,
                experts: self.weights.experts,
                self.space,
                self.operators,
                probe: self.probe
            )
        }
        self.operators.add(self.space.update.all, to: self.space.hidden.all)
    }

    private func norm(_ weight: WeightMatrix, into output: Activations) {
        self.operators.rmsNorm(
            self.space.hidden.all,
            weight: weight,
            epsilon: self.weights.configuration.rmsNormEpsilon,
            into: output
        )
    }

    private func logits(_ rows: [Int]) -> SweepLogits {
        let trunk = self.weights.trunk
        let last = self.space.last
        self.operators.gather(rows, of: self.space.hidden, into: last.floats)
        let epsilon = self.weights.configuration.rmsNormEpsilon
        self.operators.rmsNorm(last.floats.all, weight: trunk.finalNorm, epsilon: epsilon, into: last)
        return SweepLogits(
            vocabularySize: self.vocabularySize,
            values: self.operators.product(last, trunk.outputHead)
        )
    }
}

extension RoPETable {
    fileprivate init(_ model: ModelConfiguration) {
        let yarn = model.rope.yarn.map { yarn in
            YaRN(
                factor: yarn.factor,
                originalContextLength: yarn.originalContextLength,
                betaFast: yarn.betaFast,
                betaSlow: yarn.betaSlow,
                truncates: yarn.truncates,
                mscale: yarn.mscale,
                mscaleAllDim: yarn.mscaleAllDim,
                attentionFactor: yarn.attentionFactor
            )
        }
        self.init(
            headSize: model.attention.ropeHeadSize,
            theta: model.rope.theta,
            interleaved: model.rope.interleaved,
            yarn: yarn
        )
    }
}
