/// A token's number in the vocabulary.
public typealias TokenID = Int32

/// How the next token of one sequence is chosen and when the sequence ends.
///
/// The fields mean what they mean in OpenAI's API and, for the extensions, in vLLM's.
public struct SamplingParameters: Sendable, Equatable {
    /// 0 is greedy.
    public var temperature: Double = 1
    public var topP: Double = 1
    /// 0 keeps every token.
    public var topK: Int = 0
    public var minP: Double = 0
    /// Nil: derived from the job's coordinates, so that a repeated run gives the same bytes.
    public var seed: UInt64?
    /// Nil: as many as the context has room for.
    public var maxTokens: Int?
    /// Stop conditions are not considered before this many tokens.
    public var minTokens: Int = 0
    public var stop: [String] = []
    public var stopTokenIDs: [TokenID] = []
    public var includeStopString: Bool = false
    public var ignoreEndOfSequence: Bool = false
    public var repetitionPenalty: Double = 1
    public var frequencyPenalty: Double = 0
    public var presencePenalty: Double = 0
    public var logitBias: [TokenID: Double] = [:]
    /// Nil: no log probabilities; otherwise how many alternatives per token are reported (0 is only the chosen one).
    public var topLogprobs: Int?
    public var skipSpecialTokens: Bool = true

    public init() {}
}
