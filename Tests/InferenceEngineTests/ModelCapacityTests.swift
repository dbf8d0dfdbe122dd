import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("ModelCapacity")
struct ModelCapacityTests {
    /// 40 tokens of context, 32 of KV cache.
    private func capacity(context: Int = 40, blocks: Int = 8) throws(EngineError) -> ModelCapacity {
        try ModelCapacity(HashModel(vocabularySize: 10, contextLength: context, kvBlockTokens: 4, kvBlockCount: blocks))
    }

    private func refusal(_ request: GenerationRequest, context: Int = 40) throws -> EngineError? {
        do throws(EngineError) {
            try self.capacity(context: context).check(request)
            return nil
        } catch {
            return error
        }
    }

    private func prompt(_ count: Int) -> [TokenID] { Array(repeating: 1, count: count) }

    @Test("lets pass what just fits, and refuses one token more with what was expected and got")
    func limits() throws {
        // The last token needs no place in the KV cache.
        #expect(try self.refusal(.of(prompt: self.prompt(30), maxTokens: 3)) == nil)
        let cache = try #require(try self.refusal(.of(prompt: self.prompt(30), maxTokens: 4)))
        #expect(cache.code == .tooLong && cache.disposition == .reject && cache.parameter == "max_tokens")
        #expect(cache.message.contains("32") && cache.message.contains("30") && cache.message.contains("4"))
        #expect(try self.refusal(.of(prompt: self.prompt(10), maxTokens: 10), context: 20) == nil)
        let context = try #require(try self.refusal(.of(prompt: self.prompt(10), maxTokens: 11), context: 20))
        #expect(context.code == .tooLong && context.parameter == "max_tokens")
        let prompt = try #require(try self.refusal(.of(prompt: self.prompt(20), maxTokens: nil), context: 20))
        #expect(prompt.code == .tooLong && prompt.parameter == "prompt")
        #expect(try self.refusal(.of(prompt: self.prompt(33), maxTokens: nil))?.parameter == "prompt")
        #expect(try self.refusal(.of(prompt: self.prompt(32), maxTokens: nil)) == nil)
        #expect(try self.refusal(.of(maxTokens: Int.max))?.code == .tooLong)
    }

    @Test("without max_tokens a sequence may use all the room there is")
    func room() throws {
        #expect(try self.capacity().maxCompletionTokens(of: .of(prompt: self.prompt(3), maxTokens: nil)) == 30)
        #expect(
            try self.capacity(context: 20).maxCompletionTokens(of: .of(prompt: self.prompt(3), maxTokens: nil)) == 17
        )
        #expect(try self.capacity().maxCompletionTokens(of: .of(prompt: self.prompt(3), maxTokens: 5)) == 5)
    }

    /// Keeps the closures `@Sendable`, which tuples of them lose.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let set: @Sendable (inout SamplingParameters) -> Void
        var testDescription: String { self.name }

        init(_ name: String, _ set: @escaping @Sendable (inout SamplingParameters) -> Void) {
            self.name = name
            self.set = set
        }

        static let all = [
            Fault("temperature") { $0.temperature = -0.1 }, Fault("temperature") { $0.temperature = .nan },
            Fault("temperature") { $0.temperature = .infinity }, Fault("top_p") { $0.topP = 0 },
            Fault("top_p") { $0.topP = 1.1 }, Fault("min_p") { $0.minP = -1 }, Fault("top_k") { $0.topK = -1 },
            Fault("max_tokens") { $0.maxTokens = 0 }, Fault("max_tokens") { $0.maxTokens = Int.min },
            Fault("min_tokens") { $0.minTokens = -1 }, Fault("min_tokens") { $0.minTokens = 9 },
            Fault("top_logprobs") { $0.topLogprobs = -1 },
            Fault("repetition_penalty") { $0.repetitionPenalty = 0 },
            Fault("frequency_penalty") { $0.frequencyPenalty = .nan },
            Fault("presence_penalty") { $0.presencePenalty = .infinity }, Fault("stop") { $0.stop = ["a", ""] },
            Fault("logit_bias") { $0.logitBias = [10: 1] }, Fault("logit_bias") { $0.logitBias = [-1: 1] },
            Fault("logit_bias") { $0.logitBias = [1: .nan] },
        ]
    }

    @Test("refuses parameters out of their range and names them", arguments: Fault.all)
    func parameters(fault: Fault) throws {
        let error = try #require(try self.refusal(.of { fault.set(&$0.sampling) }))
        #expect(error.code == .invalidRequest)
        #expect(error.parameter == fault.name)
        #expect(error.message.contains("expected") && error.message.contains("got"))
    }

    @Test(
        "refuses an empty prompt and tokens that the vocabulary does not have",
        arguments: [[], [10], [1, -1]] as [[TokenID]]
    )
    func prompts(prompt: [TokenID]) throws {
        let error = try #require(try self.refusal(.of(prompt: prompt)))
        #expect(error.code == .invalidRequest && error.parameter == "prompt")
    }

    @Test("refuses a model that can hold nothing")
    func emptyModel() {
        #expect(throws: EngineError.self) { try self.capacity(context: 0) }
        #expect(throws: EngineError.self) { try self.capacity(blocks: 0) }
    }
}

@Suite("EngineConfiguration")
struct EngineConfigurationTests {
    @Test("the defaults are valid")
    func defaults() throws { #expect(try EngineConfiguration().validated() == EngineConfiguration()) }

    @Test("all problems are named at once")
    func problems() throws {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 0
        configuration.maxBatchedTokens = -5
        configuration.maxWaitingSequences = 0
        configuration.maxOvertakes = -1
        do throws(EngineError) {
            _ = try configuration.validated()
            Issue.record("it was accepted")
        } catch {
            #expect(error.code == .invalidConfiguration && error.disposition == .fatal)
            for name in ["maxRunningSequences", "maxBatchedTokens", "maxWaitingSequences", "maxOvertakes"] {
                #expect(error.message.contains(name))
            }
        }
    }

    @Test("every running sequence must have a token in a sweep")
    func relation() {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 10
        configuration.maxBatchedTokens = 9
        #expect(throws: EngineError.self) { try configuration.validated() }
        configuration.maxBatchedTokens = 10
        #expect(throws: Never.self) { try configuration.validated() }
    }
}
