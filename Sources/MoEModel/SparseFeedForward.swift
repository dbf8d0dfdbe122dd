import ExpertCache
import ModelFiles
import TensorKernels

/// A mixture of experts: a router, the routed experts of each token, and the shared expert.
struct SparseFeedForward {
    let weights: SparseWeights<Projection>
    let bias: [Float]?
    let rule: RoutingRule
    let epsilon: Float

    init(_ weights: SparseWeights<Projection>, _ model: ModelConfiguration) {
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

    /// `space.update = postNorm(routed(space.routedInput) + shared(space.routedInput))`.
    func run(
        layer: Int,
        experts source: any ExpertSource,
        _ space: Workspace,
        _ operators: TensorOperators,
        probe: (any DecoderProbe)?
    ) throws {
        operators.product(space.routedInput.floats.all, self.weights.router, into: space.routerLogits.all)
        probe?.routed(layer, logits: space.routerLogits)
        var routing = Routing()
        operators.route(space.routerLogits, bias: self.bias, rule: self.rule, into: &routing)
        let assignment = ExpertAssignment(
            routing,
            expertCount: self.rule.expertCount,
            expertsPerToken: self.rule.expertsPerToken
        )
        probe?.ended(.router)
        // Computed together with the experts that come first.
        var shared = self.weights.sharedExpert
        try source.withExperts(assignment.demands, ofLayer: layer) { group in
            probe?.ended(.expertSource)
            Self.compute(group, and: shared, assignment, space, operators, probe)
            shared = nil
        }
        // By rank, whatever the order in which experts came.
        operators.combine(
            space.expertOutputs,
            slots: assignment.slots,
            weights: routing.weights,
            into: space.update
        )
        if self.weights.sharedExpert != nil { operators.add(space.sharedOutput.all, to: space.update.all) }
        if let postNorm = self.weights.postNorm {
            operators.rmsNorm(space.update.all, weight: postNorm, epsilon: self.epsilon, into: space.update.all)
        }
        probe?.ended(.combine)
    }

    /// Each expert of the group for all of its tokens, and the shared one for every token; all experts' products in one piece of
    /// work.
    private static func compute(
        _ group: [ResidentExpert],
        and shared: SwiGLUWeights<Projection>?,
        _ assignment: ExpertAssignment,
        _ space: Workspace,
        _ operators: TensorOperators,
        _ probe: (any DecoderProbe)?
    ) {
        let (gate, up) = (space.routed.gate, space.routed.up)
        var inward: [ProjectionProduct] = []
        var outward: [ProjectionProduct] = []
        if let shared {
            inward += space.shared.inward(shared, space.routedInput)
            outward.append(ProjectionProduct(space.shared.gate, shared.down, into: space.sharedOutput.all))
        }
        for expert in group {
            let slots = assignment.ranges[expert.expert]
            let (weights, input) = (expert.weights, space.routedInput)
            let output = space.expertOutputs.view(rows: slots)
            inward.append(
                ProjectionProduct(input, weights.gate, into: gate.floats.view(rows: slots), gathered: slots)
            )
            inward.append(ProjectionProduct(input, weights.up, into: up.view(rows: slots), gathered: slots))
            outward.append(ProjectionProduct(gate, rows: slots, weights.down, into: output))
        }
        operators.run(inward, gathering: assignment.tokens)
        probe?.ended(.expertGateUp)
        if shared != nil { space.shared.activate(operators) }
        for slots in assignment.slots(of: group.map(\.expert)) { operators.swiGLU(gate: gate, up: up, rows: slots) }
        probe?.ended(.expertActivation)
        operators.run(outward)
        probe?.ended(.expertDown)
    }
}

extension Workspace.GatedPair {
    /// The products with gate and up, of all rows of `input`.
    func inward(_ weights: SwiGLUWeights<Projection>, _ input: Activations) -> [ProjectionProduct] {
        [
            ProjectionProduct(input, weights.gate, into: self.gate.floats.all),
            ProjectionProduct(input, weights.up, into: self.up.all),
        ]
    }

    /// `gate = silu(gate) * up`, in all rows.
    func activate(_ operators: TensorOperators) {
        operators.swiGLU(gate: self.gate, up: self.up, rows: 0..<self.gate.rows)
    }
}
