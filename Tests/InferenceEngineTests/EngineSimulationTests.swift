import ServingCore
import Testing

@testable import InferenceEngine

@Suite("Engine, simulated")
struct EngineSimulationTests {
    @Test("every request ends exactly once, and as it would have alone", arguments: 1...24)
    func randomWork(seed: Int) throws {
        let simulation = try EngineSimulation(seed: UInt64(seed), faultRate: seed.isMultiple(of: 3) ? 0.02 : 0)
        #expect(try simulation.run(count: 50), "seed \(seed): not all ended")
        let harness = simulation.harness
        #expect(harness.duplicates.isEmpty, "seed \(seed)")
        #expect(Set(harness.results.keys) == Set(simulation.requests.keys), "seed \(seed)")
        #expect(harness.loop.kvBlocksUsed == 0, "seed \(seed)")
        for (id, request) in simulation.requests {
            let result = try #require(harness.results[id])
            try self.compare(result, simulation.alone(request), "seed \(seed), request \(id)")
        }
    }

    private func compare(_ result: GenerationResult, _ alone: GenerationResult, _ name: Comment) throws {
        #expect(result.choice == alone.choice, name)
        switch result.finishReason {
        case .stop, .length:
            #expect(result.finishReason == alone.finishReason, name)
            #expect(result.tokens == alone.tokens, name)
            #expect(result.text == alone.text, name)
            #expect(result.logprobs == alone.logprobs, name)
            #expect(result.usage.completionTokens == alone.usage.completionTokens, name)
            #expect(result.usage.reasoningTokens == alone.usage.reasoningTokens, name)
        case .deadline, .cancelled, .failed:
            #expect(result.tokens.count < alone.tokens.count, name)
            #expect(alone.tokens.starts(with: result.tokens), name)
            #expect(alone.logprobs.starts(with: result.logprobs), name)
            #expect(result.usage.completionTokens == result.tokens.count, name)
        }
    }
}
