import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Sweep budget")
struct SweepBudgetTests {
    private static let second = Duration.seconds(1)

    @Test("doubles while sweeps wait for the drive, up to its bound, and goes back when they compute")
    func growth() {
        var budget = SweepBudget(least: 100, most: 500)
        var seen: [Int] = []
        for _ in 0..<4 {
            budget.ended(tokens: budget.tokens, stalled: .milliseconds(500), of: Self.second)
            seen.append(budget.tokens)
        }
        #expect(seen == [200, 400, 500, 500])
        for _ in 0..<8 { budget.ended(tokens: budget.tokens, stalled: .milliseconds(10), of: Self.second) }
        #expect(budget.tokens == 100)
    }

    @Test("stays where waiting is neither much nor little, where a sweep had room left, and where it may not grow")
    func stays() {
        var budget = SweepBudget(least: 100, most: 500)
        budget.ended(tokens: 100, stalled: .milliseconds(150), of: Self.second)
        budget.ended(tokens: 50, stalled: .milliseconds(900), of: Self.second)
        budget.ended(tokens: 100, stalled: .zero, of: .zero)
        #expect(budget.tokens == 100)
        var fixed = SweepBudget(least: 100, most: 10)
        fixed.ended(tokens: 100, stalled: Self.second, of: Self.second)
        #expect(fixed.tokens == 100)
    }

    /// Sweeps of `stall` seconds of waiting and one of computing; gives their prompt tokens and the results.
    private func run(stall: Duration, most: Int?) throws -> (sweeps: [Int], results: [UInt64: GenerationResult]) {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 16
        configuration.maxBatchedTokens = 16
        configuration.maxStreamedTokens = most
        configuration.usesPrefixCache = false
        let harness = try LoopHarness(
            HashModel(kvBlockTokens: 4, kvBlockCount: 256),
            endOfSequence: [],
            configuration: configuration
        )
        harness.model.beforeSweep = { [weak harness] _ in
            harness?.model.stalled += stall
            harness?.advance(by: stall + Self.second)
        }
        for id in 0..<16 as Range<UInt64> {
            try harness.submit(.of(id, prompt: Array(repeating: TokenID(id + 1), count: 24), maxTokens: 3))
        }
        #expect(harness.drain())
        return (harness.observer.all.sweeps.map(\.prefillTokens), harness.results)
    }

    @Test("prompts are gathered into few sweeps while experts are read, to the same completions")
    func gathering() throws {
        let (small, expected) = try self.run(stall: .zero, most: 256)
        #expect(small.allSatisfy { $0 <= 16 })
        let (large, results) = try self.run(stall: .seconds(1), most: 256)
        #expect((large.max() ?? 0) > 100 && large.count * 2 < small.count, "\(large) \(small)")
        #expect(large.reduce(0, +) == 16 * 24)
        #expect(results.mapValues(\.tokens) == expected.mapValues(\.tokens))
        let (off, _) = try self.run(stall: .seconds(1), most: nil)
        #expect(off.allSatisfy { $0 <= 16 })
    }
}
