import CDureKernels

/// How a sparse layer chooses experts: sigmoid scores, the best groups, the best experts in them.
public struct RoutingRule: Sendable, Equatable {
    public var expertCount: Int
    public var expertsPerToken: Int
    public var groups: Int
    public var groupsPerToken: Int
    public var normalisesWeights: Bool
    public var scalingFactor: Float

    public init(
        expertCount: Int,
        expertsPerToken: Int,
        groups: Int = 1,
        groupsPerToken: Int = 1,
        normalisesWeights: Bool = true,
        scalingFactor: Float = 1
    ) {
        precondition(groups > 0 && expertCount > 0 && expertCount.isMultiple(of: groups), "groups of equal size")
        precondition(1...groups ~= groupsPerToken, "groups per token: \(groupsPerToken) of \(groups)")
        precondition(
            1...(expertCount / groups * groupsPerToken) ~= expertsPerToken,
            "experts per token: \(expertsPerToken) of \(expertCount / groups * groupsPerToken)"
        )
        self.expertCount = expertCount
        self.expertsPerToken = expertsPerToken
        self.groups = groups
        self.groupsPerToken = groupsPerToken
        self.normalisesWeights = normalisesWeights
        self.scalingFactor = scalingFactor
    }

    fileprivate var raw: dure_routing {
        dure_routing(
            experts: Int64(self.expertCount),
            chosen: Int64(self.expertsPerToken),
            groups: Int64(self.groups),
            kept_groups: Int64(self.groupsPerToken),
            normalises: self.normalisesWeights ? 1 : 0,
            scale: self.scalingFactor
        )
    }
}

/// The experts of several tokens: `expertsPerToken` for each, the best first.
public struct Routing: Sendable, Equatable {
    public var experts: [Int32] = []
    public var weights: [Float] = []

    public init() {}
}

extension TensorOperators {
    /// Chooses and weighs each token's experts.
    ///
    /// - Parameters:
    ///   - logits: The router's, `[tokens, expertCount]`; become the experts' scores.
    ///   - bias: Added to the scores for the choice only; nil means 0.
    ///   - rule: The model's.
    ///   - routing: Overwritten.
    ///
    /// Source: transformers 5.23.0, `DeepseekV3TopkRouter`; equal scores go to the lower index.
    public func route(_ logits: FloatMatrix, bias: [Float]?, rule: RoutingRule, into routing: inout Routing) {
        precondition(logits.columns == rule.expertCount, "route: expected \(rule.expertCount) logits")
        precondition(bias.map { $0.count == rule.expertCount } ?? true, "route: bias's size")
        let perToken = rule.expertsPerToken
        let tokens = logits.rows
        routing.experts = Array(repeating: 0, count: tokens * perToken)
        routing.weights = Array(repeating: 0, count: tokens * perToken)
        precondition(2 * (rule.expertCount + rule.groups) <= self.scratch.columns, "route: too many experts")
        let (scores, scratch, variant, raw) = (logits.all.raw, self.scratch.all.raw, self.variant, rule.raw)
        // Safe: each token writes its own `perToken` elements, reads its own row, and uses its thread's scratch memory.
        unsafe routing.experts.withUnsafeMutableBufferPointer { experts in
            unsafe routing.weights.withUnsafeMutableBufferPointer { weights in
                guard let experts = experts.baseAddress, let weights = weights.baseAddress else { return }
                let target = unsafe RoutingTarget(experts: experts, weights: weights)
                self.eachRange(tokens, elementsEach: rule.expertCount * 8) { range, thread in
                    for token in range {
                        let row = unsafe scores.row(token)
                        unsafe variant.table.pointee.sigmoid(row, row, Int64(raw.experts))
                        unsafe bias.withOptionalPointer { bias in
                            unsafe dure_route_f32(
                                target.experts + token * perToken,
                                target.weights + token * perToken,
                                row,
                                bias,
                                raw,
                                scratch.row(thread)
                            )
                        }
                    }
                }
            }
        }
    }

    /// Adds up each token's experts, in the order of their ranks: `output[t] = Σ_r weights[t, r] · experts[slots[t, r]]`.
    ///
    /// - Parameters:
    ///   - experts: The experts' outputs, as many columns as `output`.
    ///   - slots: Row of `experts` for each token and rank.
    ///   - weights: The routing weights, one for each slot.
    ///   - output: Overwritten.
    public func combine(_ experts: FloatMatrix, slots: [Int32], weights: [Float], into output: FloatMatrix) {
        precondition(experts.columns == output.columns && slots.count == weights.count, "combine: shapes")
        guard output.rows > 0 else { return }
        let ranks = slots.count / output.rows
        precondition(ranks * output.rows == slots.count, "combine: slots")
        precondition(slots.allSatisfy { 0..<experts.rows ~= Int($0) }, "combine: a slot outside \(experts.rows) rows")
        let (from, to, variant, columns) = (experts.all.raw, output.all.raw, self.variant, output.columns)
        self.eachRange(output.rows, elementsEach: columns * ranks) { range, _ in
            // Safe: the slots were checked; each token writes its own row.
            unsafe slots.withUnsafeBufferPointer { slots in
                unsafe weights.withUnsafeBufferPointer { weights in
                    guard let slots = slots.baseAddress, let weights = weights.baseAddress else { return }
                    for token in range {
                        unsafe variant.table.pointee.combine(
                            to.row(token),
                            from.base,
                            Int64(from.stride),
                            slots + token * ranks,
                            weights + token * ranks,
                            Int64(ranks),
                            Int64(columns)
                        )
                    }
                }
            }
        }
    }
}

/// Where a routing's units write, each to elements of its own.
@safe
private struct RoutingTarget: @unchecked Sendable {
    // Sendable: see above.
    let experts: UnsafeMutablePointer<Int32>
    let weights: UnsafeMutablePointer<Float>
}

extension [Float]? {
    fileprivate func withOptionalPointer(_ body: (UnsafePointer<Float>?) -> Void) {
        guard let self else { return body(nil) }
        // Safe: lent for the call.
        unsafe self.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}
