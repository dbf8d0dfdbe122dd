import ServingCore

/// Gathers the tokens of one sequence into its completion, and says when that ends.
struct CompletionBuilder {
    /// Without its prompt, which the sequence has as well.
    private let request: GenerationRequest
    private let promptTokens: Int
    private let maxTokens: Int
    private let endOfSequenceTokens: [TokenID]
    private let submittedAt: ContinuousClock.Instant
    private let onText: (@Sendable (String) -> Void)?
    private var stream: any TokenTextStream
    private var matcher: StopStringMatcher

    private var tokens: [TokenID] = []
    private var logprobs: [TokenLogprob] = []
    private var reasoningTokens = 0
    private var isReasoning: Bool
    private var firstTokenAt: ContinuousClock.Instant?

    init(
        _ submission: Submission,
        maxTokens: Int,
        endOfSequenceTokens: [TokenID],
        stream: any TokenTextStream
    ) {
        let sampling = submission.request.sampling
        var request = submission.request
        request.prompt = []
        self.request = request
        self.promptTokens = submission.request.prompt.count
        self.maxTokens = maxTokens
        self.endOfSequenceTokens = endOfSequenceTokens
        self.submittedAt = submission.submittedAt
        self.onText = submission.onText
        self.stream = stream
        self.matcher = StopStringMatcher(stops: sampling.stop, keepsStop: sampling.includeStopString)
        self.isReasoning = submission.request.reasoning?.startsInside ?? false
    }

    var tokenCount: Int { self.tokens.count }

    /// Adds one token, and says why the sequence ends with it, if it does.
    mutating func append(_ sampled: SampledToken, at now: ContinuousClock.Instant) -> FinishReason? {
        self.firstTokenAt = self.firstTokenAt ?? now
        self.tokens.append(sampled.token)
        if let logprob = sampled.logprob { self.logprobs.append(logprob) }
        self.countReasoning(sampled.token)
        if let cause = self.stopCause(of: sampled.token) {
            if self.request.sampling.includeStopString {
                _ = self.matcher.append(self.stream.append(sampled.token), mayStop: false)
            }
            return .stop(cause)
        }
        let mayStop = self.tokens.count > self.request.sampling.minTokens
        if let stop = self.matcher.append(self.stream.append(sampled.token), mayStop: mayStop) {
            return .stop(.string(stop))
        }
        self.releaseText(isEnd: false)
        return self.tokens.count >= self.maxTokens ? .length : nil
    }

    private func stopCause(of token: TokenID) -> StopCause? {
        let sampling = self.request.sampling
        guard self.tokens.count >= sampling.minTokens else { return nil }
        if !sampling.ignoreEndOfSequence, self.endOfSequenceTokens.contains(token) { return .endOfSequence }
        return sampling.stopTokenIDs.contains(token) ? .token(token) : nil
    }

    /// The tokens that open and close the thought are no part of it.
    private mutating func countReasoning(_ token: TokenID) {
        guard let span = self.request.reasoning else { return }
        if token == span.close {
            self.isReasoning = false
        } else if token == span.open {
            self.isReasoning = true
        } else if self.isReasoning {
            self.reasoningTokens += 1
        }
    }

    private mutating func releaseText(isEnd: Bool) {
        guard let onText = self.onText else { return }
        let text = self.matcher.release(isEnd: isEnd)
        if !text.isEmpty { onText(text) }
    }

    /// The result of a sequence that ended for `reason`.
    mutating func finish(
        _ reason: FinishReason,
        cachedTokens: Int,
        admittedAt: ContinuousClock.Instant?,
        preemptions: Int,
        at now: ContinuousClock.Instant
    ) -> GenerationResult {
        // After a stop string nothing may follow.
        if !reason.isStopString { _ = self.matcher.append(self.stream.finish(), mayStop: false) }
        self.releaseText(isEnd: true)
        var timings = GenerationTimings()
        timings.total = self.submittedAt.duration(to: now)
        timings.queued = self.submittedAt.duration(to: admittedAt ?? now)
        timings.timeToFirstToken = self.submittedAt.duration(to: self.firstTokenAt ?? now)
        timings.preemptions = preemptions
        return GenerationResult(
            id: self.request.id,
            choice: self.request.choice,
            tokens: self.tokens,
            text: String(decoding: self.matcher.text, as: UTF8.self),
            finishReason: reason,
            usage: TokenUsage(
                promptTokens: self.promptTokens,
                cachedTokens: cachedTokens,
                completionTokens: self.tokens.count,
                reasoningTokens: self.reasoningTokens
            ),
            logprobs: self.logprobs,
            timings: timings
        )
    }
}

extension FinishReason {
    fileprivate var isStopString: Bool {
        guard case .stop(.string) = self else { return false }
        return true
    }
}
