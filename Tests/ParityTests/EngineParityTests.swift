import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine
@testable import MoEModel
@testable import ModelFiles

/// The engine over the real model: what runs beside a sequence, and how often it is interrupted, changes nothing.
@Suite("Engine parity")
struct EngineParityTests {
    /// A way to run the same requests.
    struct Setting: Sendable, CustomTestStringConvertible {
        var running: Int
        var batched: Int
        var blockTokens: Int
        var blockCount: Int
        var threads: Int
        var sharesPrefixes = true

        var testDescription: String {
            "\(self.running) sequences, \(self.batched) tokens, \(self.blockCount) blocks of \(self.blockTokens)"
        }

        static let all = [
            Setting(running: 1, batched: 1, blockTokens: 16, blockCount: 40, threads: 1),
            Setting(running: 64, batched: 512, blockTokens: 64, blockCount: 64, threads: 2),
            Setting(running: 5, batched: 7, blockTokens: 3, blockCount: 60, threads: 3),
            // KV blocks for about two sequences: the rest is preempted again and again.
            Setting(running: 8, batched: 33, blockTokens: 4, blockCount: 24, threads: 1),
        ]
    }

    /// Runs `requests` together, and returns their results and how often one was preempted.
    private func run(
        _ requests: [GenerationRequest],
        _ checkpoint: Checkpoint,
        _ setting: Setting
    ) throws -> (results: [UInt64: GenerationResult], preemptions: Int) {
        let shape = checkpoint.configuration.attention
        let tokenBytes = (shape.kvLoraRank + shape.ropeHeadSize) * 4 * checkpoint.configuration.layerKinds.count
        let model = try DecoderModel(
            ModelWeights(checkpoint),
            configuration: DecoderModelConfiguration(
                kvBlockTokens: setting.blockTokens,
                kvBytes: tokenBytes * setting.blockTokens * setting.blockCount,
                threads: setting.threads
            )
        )
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = setting.running
        configuration.maxBatchedTokens = setting.batched
        configuration.usesPrefixCache = setting.sharesPrefixes
        let loop = try EngineLoop(
            model: model,
            textDecoder: ByteTextDecoder(),
            endOfSequenceTokens: checkpoint.configuration.endOfSequenceTokens,
            configuration: configuration,
            observer: SilentEngineObserver(),
            now: { ContinuousClock.now }
        )
        var results: [UInt64: GenerationResult] = [:]
        for request in requests {
            try loop.capacity.check(request)
            loop.submit(Submission(request: request, submittedAt: ContinuousClock.now, onFinish: { _ in }))
        }
        while !loop.isIdle {
            for ending in loop.step() { results[ending.result.id] = ending.result }
        }
        return (results, results.values.reduce(0) { $0 + $1.timings.preemptions })
    }

    @Test("greedy completions are the reference's, in every batch", arguments: Setting.all)
    func greedy(setting: Setting) throws {
        for name in GoldenModel.names {
            let golden = try GoldenModel(name)
            var requests: [GenerationRequest] = []
            for (index, example) in golden.cases.enumerated() {
                var sampling = SamplingParameters()
                sampling.temperature = 0
                sampling.maxTokens = example.greedy.count
                sampling.ignoreEndOfSequence = true
                requests.append(
                    GenerationRequest(id: UInt64(index), prompt: example.prompt, sampling: sampling, seed: 0)
                )
            }
            let results = try self.run(requests, golden.checkpoint, setting).results
            for (id, result) in results {
                let example = golden.cases[Int(id)]
                #expect(result.tokens == example.greedy, "\(name), \(example.name)")
            }
            #expect(results.count == requests.count)
        }
    }

    @Test("sampled completions and their log probabilities are the same bits in every batch")
    func sampled() throws {
        let golden = try GoldenModel("axk1-release")
        let prompts = golden.cases.map(\.prompt)
        let requests = (0..<12 as Range<UInt64>).map { id in
            var sampling = SamplingParameters()
            sampling.temperature = 1.2
            sampling.topP = id.isMultiple(of: 2) ? 0.9 : 1
            sampling.repetitionPenalty = id.isMultiple(of: 3) ? 1.2 : 1
            sampling.maxTokens = 20
            sampling.topLogprobs = 4
            return GenerationRequest(id: id, prompt: prompts[Int(id) % prompts.count], sampling: sampling, seed: id)
        }
        let (expected, _) = try self.run(requests, golden.checkpoint, Setting.all[0])
        for setting in Setting.all.dropFirst() {
            let (results, preemptions) = try self.run(requests, golden.checkpoint, setting)
            #expect(setting.blockCount > 24 || preemptions > 0, "nothing was preempted")
            for (id, result) in results {
                #expect(result.tokens == expected[id]?.tokens, "\(setting.testDescription), \(id)")
                #expect(result.logprobs == expected[id]?.logprobs, "\(setting.testDescription), \(id)")
                #expect(result.text == expected[id]?.text, "\(setting.testDescription), \(id)")
            }
            #expect(results.count == requests.count)
        }
    }

    @Test("a prompt whose beginning another has computed gives the same completion as one that is computed whole")
    func prefixes() throws {
        let golden = try GoldenModel("axk1-release")
        let beginning = try #require(golden.cases.map(\.prompt).max { $0.count < $1.count })
        let requests = (0..<6).map { index in
            var sampling = SamplingParameters()
            sampling.maxTokens = 8
            sampling.topLogprobs = 2
            sampling.ignoreEndOfSequence = true
            let prompt = beginning.dropLast(index) + [TokenID(index + 1)]
            return GenerationRequest(id: UInt64(index), prompt: Array(prompt), sampling: sampling, seed: UInt64(index))
        }
        var setting = Setting(running: 4, batched: 40, blockTokens: 4, blockCount: 60, threads: 2)
        let shared = try self.run(requests, golden.checkpoint, setting).results
        setting.sharesPrefixes = false
        let whole = try self.run(requests, golden.checkpoint, setting).results
        #expect(shared.values.contains { $0.usage.cachedTokens > 0 })
        for id in requests.map(\.id) {
            #expect(shared[id]?.tokens == whole[id]?.tokens)
            #expect(shared[id]?.logprobs == whole[id]?.logprobs)
        }
    }
}
