package import ModelFiles
package import TensorKernels

/// What a sweep has to read and to compute, stage by stage: arithmetic on a model's shape, nothing is measured.
///
/// Weights and the KV cache count once for each sweep; what passes between operations is taken to be in caches.
package struct SweepWork: Sendable, Equatable {
    /// How weights lie in memory.
    package enum Form: Sendable, Hashable {
        case plain(ElementType)
        case packed(PackedFormat)

        package var isInteger: Bool {
            switch self {
            case .plain: false
            case .packed(let format): format.isInteger
            }
        }
    }

    /// Weights of one form that meet as many rows each.
    package struct Product: Sendable, Equatable {
        package var form: Form
        package var weights: Double
        package var bytes: Double
        package var rows: Double

        /// Multiplications and additions.
        package var operations: Double { 2 * self.weights * self.rows }
    }

    package struct Stage: Sendable, Equatable {
        package var products: [Product] = []
        /// Multiplications and additions of attention, in f32.
        package var attentionOperations = 0.0
        /// Of the KV cache.
        package var cacheBytes = 0.0
        /// Elements that are computed one by one: norms, activations, sums.
        package var elements = 0.0

        package var bytes: Double { self.products.reduce(self.cacheBytes) { $0 + $1.bytes } }
        package var operations: Double { self.products.reduce(self.attentionOperations) { $0 + $1.operations } }
    }

    /// Only stages with something to do.
    package private(set) var stages: [SweepStage: Stage] = [:]

    private let size: SweepSize

    /// - Parameters:
    ///   - model: The shape.
    ///   - routed: The form of routed experts.
    ///   - trunk: That of all other projections but `kv_b_proj`.
    ///   - plain: That of `kv_b_proj` and the router.
    ///   - kvPrecision: Of the KV cache.
    ///   - size: What the sweep is given.
    package init(
        _ model: ModelConfiguration,
        routed: Form,
        trunk: Form,
        plain: ElementType = .bf16,
        kvPrecision: KVPrecision = .bf16,
        size: SweepSize
    ) {
        self.size = size
        let layers = Double(model.layerKinds.count)
        let dense = Double(model.layerKinds.count { $0 == .dense })
        let (hidden, tokens) = (model.hiddenSize, size.tokens)
        self.addAttention(model.attention, hidden, layers, trunk, plain, kvPrecision)
        // Two norms, and what is added to the stream twice.
        self.add(.norms, elements: 4 * layers * tokens * Double(hidden))
        self.add(.embedding, elements: tokens * Double(hidden))
        for (rows, columns) in Self.gated(hidden, model.intermediateSize) {
            self.add(.denseFeedForward, dense, rows, columns, trunk, size.tokens)
        }
        self.add(.denseFeedForward, elements: dense * tokens * Double(model.intermediateSize))
        self.addExperts(model, layers - dense, routed, trunk, plain)
        self.add(.outputHead, 1, model.vocabularySize, hidden, trunk, size.logitRows)
        self.add(.outputHead, elements: size.logitRows * Double(hidden))
    }

    private mutating func addAttention(
        _ shape: ModelConfiguration.AttentionShape,
        _ hidden: Int,
        _ layers: Double,
        _ trunk: Form,
        _ plain: ElementType,
        _ kvPrecision: KVPrecision
    ) {
        let queries = shape.heads * (shape.nopeHeadSize + shape.ropeHeadSize)
        let width = shape.latentWidth
        var projections = [(width, hidden), (hidden, shape.heads * shape.valueHeadSize)]
        if let rank = shape.queryLoraRank {
            projections += [(rank, hidden), (queries, rank)]
        } else {
            projections.append((queries, hidden))
        }
        for (rows, columns) in projections {
            self.add(.attentionProjections, layers, rows, columns, trunk, self.size.tokens)
        }
        let expanded = shape.heads * (shape.nopeHeadSize + shape.valueHeadSize)
        self.add(.attentionProjections, layers, expanded, shape.kvLoraRank, trunk, self.size.tokens)
        var core = Stage()
        // Scores over latent and rotated key, sums over the latent.
        let each = 2 * shape.heads * (width + shape.kvLoraRank)
        core.attentionOperations = layers * self.size.attended * Double(each)
        core.cacheBytes = layers * self.size.cached * Double(width * kvPrecision.element.bytes)
        self.stages[.attentionCore] = core
    }

    private mutating func addExperts(
        _ model: ModelConfiguration,
        _ layers: Double,
        _ routed: Form,
        _ trunk: Form,
        _ plain: ElementType
    ) {
        guard layers > 0 else { return }
        let (experts, hidden, tokens) = (model.experts, model.hiddenSize, self.size.tokens)
        let slots = tokens * Double(experts.perToken)
        let touched = max(self.size.touchedExperts, 1)
        self.add(.router, layers, experts.routedCount, hidden, .plain(plain), tokens)
        for (stage, rows, columns) in [
            (SweepStage.expertGateUp, 2 * experts.intermediateSize, hidden),
            (.expertDown, hidden, experts.intermediateSize),
        ] {
            self.add(stage, layers * touched, rows, columns, routed, slots / touched)
            if experts.sharedCount > 0 {
                self.add(stage, layers * Double(experts.sharedCount), rows, columns, trunk, tokens)
            }
        }
        let activated = (slots + tokens * Double(experts.sharedCount)) * Double(experts.intermediateSize)
        self.add(.expertActivation, elements: layers * activated)
        self.add(.combine, elements: layers * (slots + 3 * tokens) * Double(hidden))
    }

    /// Gate, up and down.
    private static func gated(_ hidden: Int, _ width: Int) -> [(Int, Int)] {
        [(2 * width, hidden), (hidden, width)]
    }

    private mutating func add(
        _ stage: SweepStage,
        _ count: Double,
        _ rows: Int,
        _ columns: Int,
        _ form: Form,
        _ meets: Double
    ) {
        guard count > 0, meets > 0 else { return }
        let bytes: Int
        switch form {
        case .plain(let element): bytes = rows * columns * element.bytes
        case .packed(let format): bytes = PackedMatrix.byteCount(format, rows: rows, columns: columns)
        }
        self.stages[stage, default: Stage()].products.append(
            Product(form: form, weights: count * Double(rows * columns), bytes: count * Double(bytes), rows: meets)
        )
    }

    private mutating func add(_ stage: SweepStage, elements: Double) {
        self.stages[stage, default: Stage()].elements += elements
    }
}
