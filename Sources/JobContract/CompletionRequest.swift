public import ServingCore

/// The body of a job for `/v1/completions`.
public struct CompletionRequest: Sendable, Equatable {
    /// What is completed: exactly one prompt.
    ///
    /// Lists of several are refused; a batch file has a line for each.
    public enum Prompt: Sendable, Equatable {
        case text(String)
        /// Taken as they are: no special token is added. The worker checks them against the vocabulary.
        case tokens([TokenID])
    }

    public var options: GenerationOptions
    public var prompt: Prompt
    /// Whether the tokenizer adds its special tokens to a text prompt (vLLM's `add_special_tokens`, default true).
    public var addSpecialTokens: Bool

    public init(options: GenerationOptions, prompt: Prompt, addSpecialTokens: Bool = true) {
        self.options = options
        self.prompt = prompt
        self.addSpecialTokens = addSpecialTokens
    }
}
