/// Why a sequence ended.
public enum FinishReason: Sendable, Equatable {
    /// An end-of-sequence token, a stop token or a stop string.
    case stop(StopCause)
    /// `maxTokens`, or the end of the context.
    case length
    /// Its deadline passed; what it had generated is kept.
    case deadline
    /// Somebody cancelled it; what it had generated is kept.
    case cancelled
    /// The engine could not go on with it, for a reason that trying again may mend.
    case failed(String)

    /// Why the engine failed; nil where the sequence ended in any other way.
    public var failure: String? {
        guard case .failed(let reason) = self else { return nil }
        return reason
    }
}

/// What stopped a sequence.
public enum StopCause: Sendable, Equatable {
    case endOfSequence
    case token(TokenID)
    case string(String)
}

/// The tokens one request used.
public struct TokenUsage: Sendable, Equatable {
    public var promptTokens: Int
    /// Prompt tokens whose keys and values were already cached.
    public var cachedTokens: Int
    public var completionTokens: Int
    /// Completion tokens inside `<think>…</think>`.
    public var reasoningTokens: Int

    public init(promptTokens: Int, cachedTokens: Int = 0, completionTokens: Int, reasoningTokens: Int = 0) {
        self.promptTokens = promptTokens
        self.cachedTokens = cachedTokens
        self.completionTokens = completionTokens
        self.reasoningTokens = reasoningTokens
    }

    public var totalTokens: Int { self.promptTokens + self.completionTokens }
}

/// One generated token's log probability and those of its best alternatives.
public struct TokenLogprob: Sendable, Equatable {
    public struct Alternative: Sendable, Equatable {
        public var token: TokenID
        public var logprob: Float

        public init(token: TokenID, logprob: Float) {
            self.token = token
            self.logprob = logprob
        }
    }

    public var token: TokenID
    public var logprob: Float
    /// Best first.
    public var alternatives: [Alternative]

    public init(token: TokenID, logprob: Float, alternatives: [Alternative]) {
        self.token = token
        self.logprob = logprob
        self.alternatives = alternatives
    }
}
