import ExpertCache
import ModelFiles
import TensorKernels

/// A mixture of experts: a router, the routed experts of each token, and the shared expert.
struct SparseFeedForward {
    let weights: SparseWeights
    let bias: [Float]?
    let rule: RoutingRule
    let epsilon: Float

    init(_ weights: SparseWeights, _ model: ModelConfiguration) {
        let shape = model.experts
        self.weights = weights
        self.bias = weights.correctionBias?.floats()
        self.rule = RoutingRule(
            expertCount: shape.routedCount,
            expertsPerToken: shape.perToken,
            groups: shape.groups,
            groupsPerToken: shape.groupsPerToken,
            normalisesWeights: shape.normalisesWeights,
            scalingFactor: shape.scalingFactor
        )
        self.epsilon = model.rmsNormEpsilon
    }

    /// `space.update = postNorm(routed(space.normed) + shared(space.normed))`.
    func run(
        layer: Int,
        experts source: any ExpertSource,
        _ space: Workspace,
        _ operators: TensorOperators,
        probe: (any DecoderProbe)?
    ) throws {
        operators.product(space.normed.all, self.weights.router, into: space.routerLogits.all)
        probe?.routed(layer, logits: space.routerLogits)
        var routing = Routing()
        operators.route(space.routerLogits, bias: self.bias, rule: self.rule, into: &routing)
        let assignment = ExpertAssignment(
            routing,
            expertCount: self.rule.expertCount,
            expertsPerToken: self.rule.expertsPerToken
        )
        try source.withExperts(assignment.demands, ofLayer: layer) { group in
            Self.compute(group, assignment, space, operators)
        }
        // By rank, whatever the order in which experts came.
        operators.combine(
            space.expertOutputs,
            slots: assignment.slots,
            weights: routing.weights,
            into: space.update
        )
        if let shared = self.weights.sharedExpert {
            // The tokens' normed states have been read for the last time, and make room for the output.
            operators.feedForward(shared, space.normed.all, through: space.shared, into: space.normed.all)
            operators.add(space.normed.all, to: space.update.all)
        }
        if let postNorm = self.weights.postNorm {
            operators.rmsNorm(space.update.all, weight: postNorm, epsilon: self.epsilon, into: space.update.all)
        }
    }

    /// Each expert of the group for all of its tokens; all experts' products in one piece of work.
    private static func compute(
        _ group: [ResidentExpert],
        _ assignment: ExpertAssignment,
        _ space: Workspace,
        _ operators: TensorOperators
    ) {
        let (gate, up) = (space.routed.gate, space.routed.up)
        var inward: [MatrixProduct] = []
        var outward: [MatrixProduct] = []
        for expert in group {
            let slots = assignment.ranges[expert.expert]
            let weights = expert.weights
            inward.append(
                MatrixProduct(space.normed.all, weights.gate, into: gate.view(rows: slots), gathered: slots)
            )
            inward.append(MatrixProduct(space.normed.all, weights.up, into: up.view(rows: slots), gathered: slots))
            outward.append(
                MatrixProduct(gate.view(rows: slots), weights.down, into: space.expertOutputs.view(rows: slots))
            )
        }
        operators.run(inward, gathering: assignment.tokens)
        for slots in assignment.slots(of: group.map(\.expert)) {
            operators.swiGLU(gate: gate.view(rows: slots), up: up.view(rows: slots))
        }
        operators.run(outward)
    }
}

extension TensorOperators {
    /// A dense layer's feed-forward, or the shared expert's: `output = down · (silu(gate · input) * (up · input))`.
    ///
    /// `output` may be `input`.
    func feedForward(
        _ weights: SwiGLUWeights,
        _ input: FloatView,
        through space: Workspace.GatedPair,
        into output: FloatView
    ) {
        self.run([
            MatrixProduct(input, weights.gate, into: space.gate.all),
            MatrixProduct(input, weights.up, into: space.up.all),
        ])
        self.swiGLU(gate: space.gate.all, up: space.up.all)
        self.product(space.gate.all, weights.down, into: output)
    }
}
