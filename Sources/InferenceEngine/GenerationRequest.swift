public import ServingCore

/// One sequence to generate.
public struct GenerationRequest: Sendable {
    /// Unique among the requests the engine holds; chosen by the caller.
    public var id: UInt64
    public var prompt: [TokenID]
    public var sampling: SamplingParameters
    /// Keys the random numbers together with `choice` and the token position.
    public var seed: UInt64
    /// Index among the choices (`n`) of one job.
    public var choice: Int
    /// Lower is earlier.
    public var priority: Int
    public var tenant: String
    public var deadline: ContinuousClock.Instant?
    /// Nil: no completion token counts as reasoning.
    public var reasoning: ReasoningSpan?

    public init(
        id: UInt64,
        prompt: [TokenID],
        sampling: SamplingParameters,
        seed: UInt64,
        choice: Int = 0,
        priority: Int = 0,
        tenant: String = "",
        deadline: ContinuousClock.Instant? = nil,
        reasoning: ReasoningSpan? = nil
    ) {
        self.id = id
        self.prompt = prompt
        self.sampling = sampling
        self.seed = seed
        self.choice = choice
        self.priority = priority
        self.tenant = tenant
        self.deadline = deadline
        self.reasoning = reasoning
    }
}

/// The tokens between which a model thinks before it answers.
public struct ReasoningSpan: Sendable, Equatable {
    public var open: TokenID
    public var close: TokenID
    /// Whether the prompt ends inside an open span, as templates that begin the thought for the model have it.
    public var startsInside: Bool

    public init(open: TokenID, close: TokenID, startsInside: Bool) {
        self.open = open
        self.close = close
        self.startsInside = startsInside
    }
}

/// What became of a request.
public struct GenerationResult: Sendable {
    public var id: UInt64
    public var choice: Int
    /// Generated tokens, with the end-of-sequence token if there was one.
    public var tokens: [TokenID]
    /// The completion's text, cut before a stop string unless it was asked for.
    public var text: String
    public var finishReason: FinishReason
    public var usage: TokenUsage
    /// One per token, if asked for.
    public var logprobs: [TokenLogprob]
    public var timings: GenerationTimings

    public init(
        id: UInt64,
        choice: Int,
        tokens: [TokenID],
        text: String,
        finishReason: FinishReason,
        usage: TokenUsage,
        logprobs: [TokenLogprob] = [],
        timings: GenerationTimings = GenerationTimings()
    ) {
        self.id = id
        self.choice = choice
        self.tokens = tokens
        self.text = text
        self.finishReason = finishReason
        self.usage = usage
        self.logprobs = logprobs
        self.timings = timings
    }
}

/// How long the parts of a request took.
public struct GenerationTimings: Sendable, Equatable {
    public var queued: Duration = .zero
    public var timeToFirstToken: Duration = .zero
    public var total: Duration = .zero
    public var preemptions: Int = 0

    public init() {}
}

/// Turns the tokens of one sequence into text, piece by piece.
public protocol TokenTextStream: Sendable {
    /// The text that `token` completes; empty while a character is still in parts.
    mutating func append(_ token: TokenID) -> String
    /// What is left when the sequence ends.
    mutating func finish() -> String
}

/// Makes a text stream for each sequence.
///
/// Declared here because stop strings need text; implemented over a tokenizer.
public protocol TokenTextDecoder: Sendable {
    func makeStream(skippingSpecialTokens: Bool) -> any TokenTextStream
}
