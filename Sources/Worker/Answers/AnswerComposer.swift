import InferenceEngine
import JobContract
public import ServingCore
public import Tokenization

/// Makes a job's result of what the engine generated.
struct AnswerComposer: Sendable {
    let vocabulary: any TokenVocabulary
    let systemFingerprint: String

    /// The result of a job whose choices have all ended.
    func result(_ job: Job, _ reasoning: ReasoningSpan?, _ results: [GenerationResult]) -> JobResult {
        let isExpired = results.contains { $0.finishReason == .deadline }
        guard !isExpired || results.contains(where: { !$0.tokens.isEmpty }) else { return .expired(job) }
        let body = self.body(job, reasoning, results)
        return isExpired ? .expired(job, partial: body) : JobResult(job, body)
    }

    /// The prompt counts once, however many choices there are; what was cached of it is what the first one found.
    static func usage(_ results: [GenerationResult]) -> TokenUsage {
        TokenUsage(
            promptTokens: results.first?.usage.promptTokens ?? 0,
            cachedTokens: results.first?.usage.cachedTokens ?? 0,
            completionTokens: results.reduce(0) { $0 + $1.usage.completionTokens },
            reasoningTokens: results.reduce(0) { $0 + $1.usage.reasoningTokens }
        )
    }

    private func body(_ job: Job, _ reasoning: ReasoningSpan?, _ results: [GenerationResult]) -> JobResult.Body {
        let usage = Self.usage(results)
        switch job.request {
        case .chat(let request):
            let choices = results.enumerated().map { index, result in
                self.chatChoice(index, result, job, request, reasoning)
            }
            return .chat(
                ChatCompletion(job, choices: choices, usage: usage, systemFingerprint: self.systemFingerprint)
            )
        case .completion:
            let choices = results.enumerated().map { index, result in
                TextCompletion.Choice(
                    index: index,
                    text: result.text,
                    finishReason: AnswerFinishReason(result.finishReason),
                    stopReason: StopReason(result.finishReason),
                    logprobs: self.logprobs(job, result)
                )
            }
            return .completion(
                TextCompletion(job, choices: choices, usage: usage, systemFingerprint: self.systemFingerprint)
            )
        }
    }

    private func chatChoice(
        _ index: Int,
        _ result: GenerationResult,
        _ job: Job,
        _ request: ChatCompletionRequest,
        _ reasoning: ReasoningSpan?
    ) -> ChatCompletion.Choice {
        let text = AnswerText(
            result.text,
            startsInThought: reasoning?.startsInside ?? false,
            hasThoughts: reasoning != nil,
            readsCalls: request.tools != nil
        )
        let calls = text.calls.enumerated().map { callIndex, call in
            ToolCall(
                id: job.identity.toolCallID(choice: index, index: callIndex),
                name: call.name,
                arguments: call.arguments
            )
        }
        let reason = AnswerFinishReason(result.finishReason)
        return ChatCompletion.Choice(
            index: index,
            message: .init(content: text.content, reasoning: text.reasoning, toolCalls: calls),
            finishReason: reason == .stop && !calls.isEmpty ? .toolCalls : reason,
            stopReason: StopReason(result.finishReason),
            logprobs: self.logprobs(job, result)
        )
    }

    /// The log probabilities of the tokens that the text consists of: a token that ended the sequence is not one.
    private func logprobs(_ job: Job, _ result: GenerationResult) -> [AnswerLogprob]? {
        guard job.options.sampling.topLogprobs != nil else { return nil }
        var entries = result.logprobs[...]
        switch result.finishReason {
        case .stop(.endOfSequence), .stop(.token):
            if !job.options.sampling.includeStopString { entries = entries.dropLast() }
        case .stop(.string), .length, .deadline, .cancelled, .failed: break
        }
        return entries.map { entry in
            AnswerLogprob(
                chosen: self.candidate(entry.token, entry.logprob),
                top: entry.alternatives.map { self.candidate($0.token, $0.logprob) }
            )
        }
    }

    private func candidate(_ token: TokenID, _ logprob: Float) -> AnswerLogprob.Candidate {
        let bytes = self.vocabulary.bytes(of: token) ?? []
        // JSON has no infinity: a token that was ruled out is as improbable as OpenAI's API shows it.
        let finite = logprob.isFinite ? Double(logprob) : -9999
        return AnswerLogprob.Candidate(token: String(decoding: bytes, as: UTF8.self), logprob: finite, bytes: bytes)
    }
}

/// Knows what each token stands for.
public protocol TokenVocabulary: Sendable {
    /// The bytes that a token adds to a text, which need not be whole characters; nil for an id that is no token.
    func bytes(of token: TokenID) -> [UInt8]?
}

extension Tokenizer: TokenVocabulary {}
