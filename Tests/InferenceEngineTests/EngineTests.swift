import Foundation
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Engine")
struct EngineTests {
    @Test("a request that is submitted ends with its result")
    func oneRequest() throws {
        let engine = try Engine(
            model: HashModel(),
            textDecoder: ByteTextDecoder(),
            endOfSequenceTokens: [],
            configuration: EngineConfiguration()
        )
        engine.start()
        let results = ResultCollector()
        var request = GenerationRequest(id: 7, prompt: [1, 2, 3], sampling: SamplingParameters(), seed: 11)
        request.sampling.maxTokens = 10
        try engine.submit(request, onFinish: results.add)
        let result = try #require(results.waitFor(1).first)
        #expect(result.id == 7)
        #expect(result.tokens.count == 10)
        #expect(result.finishReason == .length)
        #expect(result.usage == TokenUsage(promptTokens: 3, completionTokens: 10))
        engine.stop()
        #expect(engine.standing.phase == .stopped)
        #expect(engine.standing.kvBlocksUsed == 0)
    }
}
