import ServingCore
import TestSupport

@testable import InferenceEngine

/// Random requests on a random engine with every disturbance: KV blocks run out, deadlines pass, callers cancel,
/// sweeps fail; prompts begin alike or not.
///
/// What each request ends with is held against the same request alone on an engine with room for everything.
final class EngineSimulation {
    private struct Fault: Error {}

    private var random: SeededRandom
    private let modelSeed: UInt64
    private let faultRate: Double
    let harness: LoopHarness
    private(set) var requests: [UInt64: GenerationRequest] = [:]
    private var live: [UInt64] = []
    private var faults: SeededRandom

    static let endOfSequence: [TokenID] = [0, 31]
    static let contextLength = 90

    init(seed: UInt64, faultRate: Double) throws {
        var random = SeededRandom(seed: seed)
        self.modelSeed = random.next()
        self.faultRate = faultRate
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = Int.random(in: 1...12, using: &random)
        configuration.maxBatchedTokens = configuration.maxRunningSequences + Int.random(in: 0...40, using: &random)
        configuration.maxOvertakes = Int.random(in: 0...20, using: &random)
        configuration.usesPrefixCache = random.chance(0.75)
        self.faults = SeededRandom(seed: random.next())
        let model = HashModel(
            vocabularySize: 32,
            contextLength: Self.contextLength,
            kvBlockTokens: Int.random(in: 1...9, using: &random),
            kvBlockCount: Int.random(in: 6...40, using: &random),
            seed: self.modelSeed
        )
        self.random = random
        self.harness = try LoopHarness(model, endOfSequence: Self.endOfSequence, configuration: configuration)
        model.beforeSweep = { [unowned self] _ in
            if self.faults.chance(self.faultRate) { throw Fault() }
        }
    }

    /// Submits `count` requests over time and runs until all have ended; false if they do not end.
    func run(count: Int) throws -> Bool {
        while self.requests.count < count {
            for _ in 0..<Int.random(in: 0...4, using: &self.random) { try self.submitOne() }
            self.harness.advance(by: .milliseconds(Int.random(in: 0...20, using: &self.random)))
            if self.random.chance(0.05), let id = self.live.randomElement(using: &self.random) {
                self.harness.loop.cancel(id)
            }
            self.harness.step()
        }
        return self.harness.drain()
    }

    private func submitOne() throws {
        let request = self.makeRequest(id: UInt64(self.requests.count))
        do {
            try self.harness.submit(request)
            self.requests[request.id] = request
            self.live.append(request.id)
        } catch  where error.code == .tooLong {
            // One that can never fit is refused; it takes another.
        }
    }

    private func makeRequest(id: UInt64) -> GenerationRequest {
        let length = self.random.chance(0.1) ? 40...80 : 1...12
        let start = self.random.chance(0.5) ? self.beginning() : []
        let prompt =
            start
            + (0..<Int.random(in: length, using: &self.random)).prefix(Self.contextLength - 6 - start.count).map { _ in
                TokenID.random(in: 0..<32, using: &self.random)
            }
        var request = GenerationRequest(
            id: id,
            prompt: prompt,
            sampling: SamplingParameters(),
            seed: self.random.next()
        )
        request.choice = Int.random(in: 0...2, using: &self.random)
        request.priority = [0, 0, 0, -1, 5][Int.random(in: 0..<5, using: &self.random)]
        request.tenant = ["", "a", "b"][Int.random(in: 0..<3, using: &self.random)]
        if self.random.chance(0.15) {
            request.deadline = self.harness.now + .milliseconds(Int.random(in: 0...600, using: &self.random))
        }
        if self.random.chance(0.3) {
            request.reasoning = ReasoningSpan(open: 5, close: 6, startsInside: self.random.chance(0.5))
        }
        self.setSampling(of: &request.sampling)
        return request
    }

    /// Some of the tokens that an earlier prompt begins with.
    private func beginning() -> [TokenID] {
        let earlier = (0..<UInt64(self.requests.count)).randomElement(using: &self.random).flatMap { self.requests[$0] }
        let prompt = earlier?.prompt ?? []
        return Array(prompt.prefix(Int.random(in: 0...min(40, prompt.count), using: &self.random)))
    }

    private func setSampling(of sampling: inout SamplingParameters) {
        sampling.maxTokens = self.random.chance(0.1) ? nil : Int.random(in: 1...24, using: &self.random)
        sampling.temperature = [0, 0.7, 1, 1.5][Int.random(in: 0..<4, using: &self.random)]
        if self.random.chance(0.3) { sampling.topK = Int.random(in: 1...20, using: &self.random) }
        if self.random.chance(0.3) { sampling.topP = 0.8 }
        if self.random.chance(0.2) { sampling.minP = 0.1 }
        if self.random.chance(0.2) { sampling.repetitionPenalty = 1.2 }
        if self.random.chance(0.2) { sampling.presencePenalty = 0.5 }
        if self.random.chance(0.2) { sampling.logitBias = [7: 3, 11: -100] }
        if self.random.chance(0.2) { sampling.topLogprobs = 2 }
        if self.random.chance(0.3) { sampling.stop = ["ab", "두", "레c"] }
        if self.random.chance(0.2) { sampling.stopTokenIDs = [12] }
        if self.random.chance(0.2), let most = sampling.maxTokens { sampling.minTokens = most / 2 }
        sampling.includeStopString = self.random.chance(0.2)
        sampling.ignoreEndOfSequence = self.random.chance(0.2)
    }

    /// The result of the same request with nothing around it, and with another chunking.
    func alone(_ request: GenerationRequest) throws -> GenerationResult {
        var request = request
        request.deadline = nil
        // The room for the completion is the small engine's.
        let most = self.harness.loop.capacity.maxCompletionTokens(of: request)
        request.sampling.maxTokens = request.sampling.maxTokens ?? most
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 1
        configuration.maxBatchedTokens = 7
        let model = HashModel(
            vocabularySize: 32,
            contextLength: Self.contextLength,
            kvBlockTokens: 16,
            kvBlockCount: 6,
            seed: self.modelSeed
        )
        return try LoopHarness(model, endOfSequence: Self.endOfSequence, configuration: configuration).run(request)
    }
}
