import Foundation
import Testing

@testable import TensorKernels

@Suite("Routing")
struct RoutingTests {
    /// The rule as axk1.md states it, in the plainest way.
    private func reference(
        _ logits: [Float],
        _ bias: [Float]?,
        _ rule: RoutingRule
    ) -> (experts: [Int], weights: [Double]) {
        let scores = logits.map { 1 / (1 + exp(-Double($0))) }
        let biased = scores.enumerated().map { $0.element + Double(bias?[$0.offset] ?? 0) }
        let size = rule.expertCount / rule.groups
        let groups = (0..<rule.groups).sorted { left, right in
            func score(_ group: Int) -> Double {
                biased[group * size..<(group + 1) * size].sorted(by: >).prefix(2).reduce(0, +)
            }
            return score(left) > score(right)
        }
        let kept = Set(groups.prefix(rule.groupsPerToken))
        let experts = biased.indices.filter { kept.contains($0 / size) }.sorted { biased[$0] > biased[$1] }
            .prefix(rule.expertsPerToken)
        let total = rule.normalisesWeights ? experts.reduce(0) { $0 + scores[$1] } : 1
        return (Array(experts), experts.map { scores[$0] / total * Double(rule.scalingFactor) })
    }

    @Test(
        "chooses the reference's experts with the reference's weights",
        arguments: [
            RoutingRule(expertCount: 12, expertsPerToken: 4, groups: 4, groupsPerToken: 2, scalingFactor: 2.5),
            RoutingRule(expertCount: 192, expertsPerToken: 8, groups: 8, groupsPerToken: 4, scalingFactor: 2.5),
            RoutingRule(expertCount: 8, expertsPerToken: 3, normalisesWeights: false),
            RoutingRule(expertCount: 6, expertsPerToken: 2, groups: 6, groupsPerToken: 3),
            RoutingRule(expertCount: 5, expertsPerToken: 5),
        ],
        [false, true]
    )
    func choice(rule: RoutingRule, isBiased: Bool) throws {
        var random = SeededGenerator(UInt64(rule.expertCount))
        let logits = try random.matrix(rows: 50, columns: rule.expertCount, in: -4...4)
        let bias = isBiased ? random.floats(rule.expertCount, in: -1...1) : nil
        let expected = logits.values.map { self.reference($0, bias, rule) }
        var routing = Routing()
        try TensorOperators(threads: 2).route(logits, bias: bias, rule: rule, into: &routing)
        #expect(routing.experts.map(Int.init) == expected.flatMap(\.experts))
        for (got, want) in zip(routing.weights, expected.flatMap(\.weights)) { #expect(abs(Double(got) - want) < 1e-6) }
    }

    @Test("gives equal scores to the lower index")
    func ties() throws {
        let logits = try FloatMatrix([[0.5, 0.5, 0.5, 0.5, 0.5, 0.5]])
        var routing = Routing()
        let rule = RoutingRule(expertCount: 6, expertsPerToken: 2, groups: 3, groupsPerToken: 2)
        try TensorOperators().route(logits, bias: [0, 0, 0, 0, 0, 1], rule: rule, into: &routing)
        #expect(routing.experts == [5, 0])
    }

    @Test(
        "gives every token different experts, whatever the scores are",
        arguments: [Float.nan, .infinity, -.infinity]
    )
    func nonsense(value: Float) throws {
        let rule = RoutingRule(expertCount: 12, expertsPerToken: 5, groups: 4, groupsPerToken: 2)
        var random = SeededGenerator(3)
        var rows = [[Float](repeating: value, count: 12)]
        rows += (0..<20).map { _ in random.floats(12).map { $0 < 0 ? value : $0 } }
        let logits = try FloatMatrix(rows)
        var routing = Routing()
        try TensorOperators().route(logits, bias: random.floats(12), rule: rule, into: &routing)
        for token in rows.indices {
            let experts = routing.experts[token * 5..<(token + 1) * 5]
            #expect(Set(experts).count == 5 && experts.allSatisfy { 0..<12 ~= $0 })
        }
    }

    @Test("combine adds up experts in the order of ranks", arguments: [1, 16, 35])
    func combine(width: Int) throws {
        var random = SeededGenerator(5)
        let experts = try random.matrix(rows: 6, columns: width)
        let slots: [Int32] = [3, 0, 5, 1, 4, 2, 2, 3, 1]
        let weights = random.floats(9)
        var expected = Array(repeating: Array(repeating: Float(0), count: width), count: 3)
        for token in 0..<3 {
            for choice in token * 3..<(token + 1) * 3 {
                let row = experts[Int(slots[choice])]
                for column in 0..<width { expected[token][column].addProduct(weights[choice], row[column]) }
            }
        }
        for variant in KernelVariant.available {
            let output = try FloatMatrix(rows: 3, columns: width)
            try TensorOperators(variant, threads: 2).combine(experts, slots: slots, weights: weights, into: output)
            #expect(output.values == expected)
        }
    }
}
