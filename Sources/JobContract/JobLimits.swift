/// The bounds within which a job is served.
///
/// Every one is configurable, and a record over one is told its name and value.
public struct JobLimits: Sendable, Equatable {
    /// Bytes of a record's value.
    ///
    /// A larger one is not read at all: it becomes a dead letter with reason `too-large`.
    public var recordBytes = 1 << 20
    /// Levels of nested arrays and objects in a record's value.
    public var jsonDepth = 64
    /// UTF-8 bytes of `custom_id`.
    public var customIDBytes = 512
    /// Tokens of one prompt, after the chat template.
    ///
    /// The model's context may be smaller.
    public var promptTokens = 131_072
    /// Tokens of one completion: the most that `max_tokens` may ask for, and what a job without it gets at most.
    public var outputTokens = 32_768
    /// Choices per job (`n`).
    public var choices = 16
    public var messages = 2048
    /// Strings in `stop`.
    public var stopStrings = 16
    /// UTF-8 bytes of one stop string.
    public var stopStringBytes = 512
    /// Ids in `stop_token_ids`.
    public var stopTokenIDs = 64
    /// Entries of `logit_bias`.
    public var logitBiases = 1024
    /// Alternatives per token (`top_logprobs`, and `logprobs` of a completion).
    public var topLogprobs = 20
    /// Definitions in `tools`.
    public var tools = 128
    /// UTF-8 bytes of one tool definition, serialised.
    public var toolBytes = 64 << 10
    /// UTF-8 bytes of `chat_template_kwargs`, serialised.
    public var templateArgumentBytes = 64 << 10
    /// Pairs in `metadata`, and the Unicode scalars of a key and of a value.
    public var metadataPairs = 16
    public var metadataKeyLength = 64
    public var metadataValueLength = 512
    /// UTF-8 bytes of each short text that names something: `user`, `request_id`, a tool call's id, a message's `name`.
    public var identifierBytes = 512
    /// Headers of a record.
    public var headers = 128
    /// Bytes of all names and values of a record's headers together.
    public var headerBytes = 64 << 10

    public init() {}
}

extension JobLimits {
    /// How many tokens may be generated after a prompt of `promptTokens`.
    ///
    /// - Parameters:
    ///   - requested: `max_tokens` of the job, which decoding has compared with `outputTokens`.
    ///   - promptTokens: The tokens of the prompt as the model gets it.
    ///   - contextLength: The most tokens that the model's context holds.
    ///   - field: Where the prompt came from, such as `body.messages`.
    /// - Returns: What was asked for, else as many as the limits and the context leave room for; at least 1.
    /// - Throws: A 400 with OpenAI's code `context_length_exceeded` if the prompt is empty, is over its limit, or leaves
    ///   no room for what was asked.
    public func outputBudget(
        requested: Int?,
        promptTokens: Int,
        contextLength: Int,
        field: String
    ) throws(RequestError) -> Int {
        guard promptTokens > 0 else {
            throw .invalid(field, "empty_prompt", "\(field): the prompt has no tokens; expected at least 1")
        }
        guard promptTokens <= self.promptTokens else {
            throw .contextLength(
                field,
                "\(field): the prompt has \(promptTokens) tokens; this worker accepts at most \(self.promptTokens)"
            )
        }
        let room = contextLength - promptTokens
        guard room > 0 else {
            throw .contextLength(
                field,
                "\(field): this model's maximum context length is \(contextLength) tokens; the prompt has "
                    + "\(promptTokens) and leaves no room for a completion"
            )
        }
        guard let requested else { return min(room, self.outputTokens) }
        guard requested <= room else {
            throw .contextLength(
                field,
                "\(field): this model's maximum context length is \(contextLength) tokens; requested "
                    + "\(promptTokens + requested) (\(promptTokens) in the prompt, \(requested) in the completion)"
            )
        }
        return requested
    }
}
