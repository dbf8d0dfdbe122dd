/// What one tensor of a checkpoint must be called and look like.
struct TensorExpectation: Sendable, Equatable {
    var name: String
    /// Another name under which it may stand instead.
    var alias: String?
    var shape: [Int]
    var part: ModelPart
    var isOptional = false
}

/// The parts of a model by which its size is reported.
public enum ModelPart: String, Sendable, CaseIterable {
    case embedding
    case outputHead = "output head"
    case norms
    case attention
    case denseFeedForward = "dense feed-forward"
    case router
    case sharedExperts = "shared experts"
    case routedExperts = "routed experts"
}

/// How the routed experts of a layer lie on disk.
enum ExpertLayout: Sendable, Equatable {
    /// All in two tensors: `[experts, 2 * intermediate, hidden]` with gate above up, and `[experts, hidden, intermediate]`.
    case fused
    /// Three tensors for each.
    case each
}

/// The tensors that a configuration calls for: the one list behind opening, describing and writing a checkpoint.
struct TensorPlan {
    let configuration: ModelConfiguration
    let tiesEmbeddings: Bool
    let expertLayout: (_ layer: Int) -> ExpertLayout

    /// Every tensor, in the order in which a pass through the model needs them.
    func expectations() -> [TensorExpectation] {
        let hidden = self.configuration.hiddenSize
        let vocabulary = [self.configuration.vocabularySize, hidden]
        var list = [TensorExpectation(name: TensorNames.embedding, shape: vocabulary, part: .embedding)]
        for (layer, kind) in self.configuration.layerKinds.enumerated() {
            let names = LayerTensorNames(layer: layer)
            list.append(TensorExpectation(name: names.inputNorm, shape: [hidden], part: .norms))
            list += self.attention(names)
            list.append(TensorExpectation(name: names.postAttentionNorm, shape: [hidden], part: .norms))
            switch kind {
            case .dense:
                list += self.swiGLU(names.dense, self.configuration.intermediateSize, .denseFeedForward)
            case .sparse:
                list += self.sparse(names, self.expertLayout(layer))
            }
            list += self.postNorm(names, kind)
        }
        list.append(TensorExpectation(name: TensorNames.finalNorm, shape: [hidden], part: .norms))
        // A tied head may be stored all the same; the embedding is used in its place.
        list.append(
            TensorExpectation(
                name: TensorNames.outputHead,
                shape: vocabulary,
                part: .outputHead,
                isOptional: self.tiesEmbeddings
            )
        )
        return list
    }

    /// Whether a tensor may be stored and is not used: a tied head, a dense layer's post norm.
    func ignoresStored(_ expectation: TensorExpectation) -> Bool {
        expectation.isOptional && expectation.part != .router
    }

    private func attention(_ names: LayerTensorNames) -> [TensorExpectation] {
        let shape = self.configuration.attention
        let hidden = self.configuration.hiddenSize
        let queries = shape.heads * (shape.nopeHeadSize + shape.ropeHeadSize)
        let expanded = shape.heads * (shape.nopeHeadSize + shape.valueHeadSize)
        var list: [TensorExpectation] = []
        func add(_ name: String, _ shape: [Int], _ part: ModelPart = .attention) {
            list.append(TensorExpectation(name: name, shape: shape, part: part))
        }
        if let rank = shape.queryLoraRank {
            add(names.queryDown, [rank, hidden])
            add(names.queryNorm, [rank], .norms)
            add(names.queryUp, [queries, rank])
        } else {
            add(names.query, [queries, hidden])
        }
        add(names.keyValueDown, [shape.latentWidth, hidden])
        add(names.keyValueNorm, [shape.kvLoraRank], .norms)
        add(names.keyValueUp, [expanded, shape.kvLoraRank])
        add(names.attentionOutput, [hidden, shape.heads * shape.valueHeadSize])
        return list
    }

    private func sparse(_ names: LayerTensorNames, _ layout: ExpertLayout) -> [TensorExpectation] {
        let experts = self.configuration.experts
        let hidden = self.configuration.hiddenSize
        var list = [
            TensorExpectation(name: names.router, shape: [experts.routedCount, hidden], part: .router),
            TensorExpectation(
                name: names.correctionBias,
                shape: [experts.routedCount],
                part: .router,
                isOptional: true
            ),
        ]
        switch layout {
        case .fused:
            let gateUp = [experts.routedCount, 2 * experts.intermediateSize, hidden]
            let down = [experts.routedCount, hidden, experts.intermediateSize]
            list.append(TensorExpectation(name: names.fusedGateUp, shape: gateUp, part: .routedExperts))
            list.append(TensorExpectation(name: names.fusedDown, shape: down, part: .routedExperts))
        case .each:
            for expert in 0..<experts.routedCount {
                list += self.swiGLU(names.expert(expert), experts.intermediateSize, .routedExperts)
            }
        }
        if experts.sharedCount > 0 {
            list += self.swiGLU(names.sharedExpert, experts.intermediateSize * experts.sharedCount, .sharedExperts)
        }
        return list
    }

    private func swiGLU(_ names: SwiGLUTensorNames, _ width: Int, _ part: ModelPart) -> [TensorExpectation] {
        let hidden = self.configuration.hiddenSize
        return [
            TensorExpectation(name: names.gate, shape: [width, hidden], part: part),
            TensorExpectation(name: names.up, shape: [width, hidden], part: part),
            TensorExpectation(name: names.down, shape: [hidden, width], part: part),
        ]
    }

    /// A.X K1's release stores a post norm for its dense layer too, where nothing uses it.
    private func postNorm(_ names: LayerTensorNames, _ kind: ModelConfiguration.LayerKind) -> [TensorExpectation] {
        guard self.configuration.experts.hasPostNorm else { return [] }
        return [
            TensorExpectation(
                name: names.postNorm,
                alias: names.postNormAlias,
                shape: [self.configuration.hiddenSize],
                part: .norms,
                isOptional: kind == .dense
            )
        ]
    }
}
