import OrderedJSON
public import ServingCore

/// How a choice ended, in the words of an answer.
public enum AnswerFinishReason: String, Sendable, CaseIterable {
    case stop
    case length
    case toolCalls = "tool_calls"
    case contentFilter = "content_filter"
    /// vLLM's word for a deadline or a cancellation.
    case abort

    public init(_ reason: FinishReason) {
        self =
            switch reason {
            case .stop: .stop
            case .length: .length
            case .deadline, .cancelled, .failed: .abort
            }
    }
}

/// vLLM's `stop_reason`: the string or the token that ended the choice; absent for an end-of-sequence token.
public enum StopReason: Sendable, Equatable {
    case string(String)
    case token(TokenID)

    public init?(_ reason: FinishReason) {
        switch reason {
        case .stop(.string(let text)): self = .string(text)
        case .stop(.token(let token)): self = .token(token)
        case .stop(.endOfSequence), .length, .deadline, .cancelled, .failed: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .token(let token): .integer(Int64(token))
        }
    }
}

/// A token's log probability with its text, and those of its best alternatives.
public struct AnswerLogprob: Sendable, Equatable {
    public struct Candidate: Sendable, Equatable {
        public var token: String
        public var logprob: Double
        /// The token's own bytes, which need not be whole characters.
        public var bytes: [UInt8]?

        public init(token: String, logprob: Double, bytes: [UInt8]?) {
            self.token = token
            self.logprob = logprob
            self.bytes = bytes
        }
    }

    public var chosen: Candidate
    /// Best first.
    public var top: [Candidate]

    public init(chosen: Candidate, top: [Candidate]) {
        self.chosen = chosen
        self.top = top
    }
}

/// The body of an answer to `/v1/chat/completions`.
public struct ChatCompletion: Sendable, Equatable {
    public struct Choice: Sendable, Equatable {
        public var index: Int
        public var message: Message
        public var finishReason: AnswerFinishReason
        public var stopReason: StopReason?
        /// Nil if they were not asked for.
        public var logprobs: [AnswerLogprob]?

        public init(
            index: Int,
            message: Message,
            finishReason: AnswerFinishReason,
            stopReason: StopReason? = nil,
            logprobs: [AnswerLogprob]? = nil
        ) {
            self.index = index
            self.message = message
            self.finishReason = finishReason
            self.stopReason = stopReason
            self.logprobs = logprobs
        }
    }

    public struct Message: Sendable, Equatable {
        public var content: String?
        /// vLLM's `reasoning`: what stood inside `<think>…</think>`.
        ///
        /// Absent if nothing did.
        public var reasoning: String?
        public var toolCalls: [ToolCall]

        public init(content: String?, reasoning: String? = nil, toolCalls: [ToolCall] = []) {
            self.content = content
            self.reasoning = reasoning
            self.toolCalls = toolCalls
        }
    }

    public var id: String
    /// Seconds since 1970.
    public var created: Int64
    public var model: String
    public var choices: [Choice]
    public var usage: TokenUsage
    /// Model digest and kernel profile.
    public var systemFingerprint: String

    public init(
        id: String,
        created: Int64,
        model: String,
        choices: [Choice],
        usage: TokenUsage,
        systemFingerprint: String
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.choices = choices
        self.usage = usage
        self.systemFingerprint = systemFingerprint
    }

    /// The answer to `job`, with its identifiers, time and model name.
    public init(_ job: Job, choices: [Choice], usage: TokenUsage, systemFingerprint: String) {
        self.init(
            id: job.identity.chatCompletionID,
            created: job.created.secondsSince1970,
            model: job.options.model,
            choices: choices,
            usage: usage,
            systemFingerprint: systemFingerprint
        )
    }
}

/// The body of an answer to `/v1/completions`.
public struct TextCompletion: Sendable, Equatable {
    public struct Choice: Sendable, Equatable {
        public var index: Int
        public var text: String
        public var finishReason: AnswerFinishReason
        public var stopReason: StopReason?
        /// Nil if they were not asked for.
        public var logprobs: [AnswerLogprob]?

        public init(
            index: Int,
            text: String,
            finishReason: AnswerFinishReason,
            stopReason: StopReason? = nil,
            logprobs: [AnswerLogprob]? = nil
        ) {
            self.index = index
            self.text = text
            self.finishReason = finishReason
            self.stopReason = stopReason
            self.logprobs = logprobs
        }
    }

    public var id: String
    /// Seconds since 1970.
    public var created: Int64
    public var model: String
    public var choices: [Choice]
    public var usage: TokenUsage
    /// Model digest and kernel profile.
    public var systemFingerprint: String

    public init(
        id: String,
        created: Int64,
        model: String,
        choices: [Choice],
        usage: TokenUsage,
        systemFingerprint: String
    ) {
        self.id = id
        self.created = created
        self.model = model
        self.choices = choices
        self.usage = usage
        self.systemFingerprint = systemFingerprint
    }

    /// The answer to `job`, with its identifiers, time and model name.
    public init(_ job: Job, choices: [Choice], usage: TokenUsage, systemFingerprint: String) {
        self.init(
            id: job.identity.completionID,
            created: job.created.secondsSince1970,
            model: job.options.model,
            choices: choices,
            usage: usage,
            systemFingerprint: systemFingerprint
        )
    }
}
