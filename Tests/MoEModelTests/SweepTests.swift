import ExpertCache
import ServingCore
import TensorKernels
import Testing

@testable import MoEModel

/// Vocabulary 192, context 20, 8 KV blocks of 4 tokens.
@Suite("Sweeps that cannot be run")
struct SweepTests {
    private static let cases: [(segment: SweepSegment, problem: String)] = [
        (SweepSegment([], blocks: [0]), "expected at least one token, got none"),
        (SweepSegment([192], blocks: [0]), "expected token ids below 192, got 192"),
        (SweepSegment([3, -1], blocks: [0]), "expected token ids below 192, got -1"),
        (SweepSegment([1], from: -1, blocks: [0]), "expected positions below 20, got 1 tokens from -1 on"),
        (SweepSegment([1], from: 20, blocks: Array(0..<6)), "expected positions below 20, got 1 tokens from 20 on"),
        (SweepSegment([1], from: .max, blocks: [0]), "expected positions below 20, got 1 tokens from \(Int.max) on"),
        (SweepSegment([1, 2], from: 19, blocks: Array(0..<6)), "expected positions below 20, got 2 tokens from 19 on"),
        (
            SweepSegment(Array(repeating: 1, count: 21), blocks: Array(0..<6)),
            "expected positions below 20, got 21 tokens from 0 on"
        ),
        (SweepSegment([1, 2, 3, 4, 5], blocks: [0]), "expected 2 KV blocks, got 1"),
        (SweepSegment([1], from: 4, blocks: [0]), "expected 2 KV blocks, got 1"),
        (SweepSegment([1], blocks: []), "expected 1 KV blocks, got 0"),
        (SweepSegment([1], blocks: [8]), "expected KV blocks below 8, got 8"),
        (SweepSegment([1], blocks: [0, -1]), "expected KV blocks below 8, got -1"),
    ]

    @Test("are refused with the segment's number and what was expected", arguments: Self.cases)
    func refused(segment: SweepSegment, problem: String) throws {
        let model = try Models.model(contextLength: 20)
        let sound = SweepSegment([1, 2, 3], blocks: [1])
        let error = #expect(throws: MoEModelError.self) { try model.run(Sweep(segments: [sound, segment])) }
        #expect(error?.code == .invalidSweep)
        #expect(error?.message == "segment 1: \(problem)")
        #expect(try model.run(Sweep(segments: [sound])).rowCount == 3)
    }

    @Test("may fill the context, and may bring more blocks than they need")
    func borders() throws {
        let model = try Models.model(contextLength: 20)
        let whole = SweepSegment(Array(repeating: 191, count: 20), blocks: Array(0..<8), .last)
        #expect(try model.run(Sweep(segments: [whole])).rowCount == 1)
        let last = SweepSegment([0], from: 19, blocks: Array(0..<5), .last)
        #expect(try model.run(Sweep(segments: [last])).rowCount == 1)
    }
}

@Suite("ExpertAssignment")
struct ExpertAssignmentTests {
    @Test("groups tokens by expert, in the order of tokens, and knows the way back")
    func grouping() {
        var routing = Routing()
        routing.experts = [2, 0, 0, 3, 2, 3]
        routing.weights = [1, 1, 1, 1, 1, 1]
        let assignment = ExpertAssignment(routing, expertCount: 5, expertsPerToken: 2)
        #expect(assignment.ranges == [0..<2, 2..<2, 2..<4, 4..<6, 6..<6])
        #expect(assignment.tokens == [0, 1, 0, 2, 1, 2])
        #expect(assignment.slots == [2, 0, 1, 4, 3, 5])
        #expect(assignment.demands.map(\.expert) == [0, 2, 3])
        #expect(assignment.demands.map(\.tokenCount) == [2, 2, 2])
        #expect(assignment.slots(of: [3, 0, 2]) == [0..<6])
        #expect(assignment.slots(of: [3, 0]) == [0..<2, 4..<6])
    }
}
