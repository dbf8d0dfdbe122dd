import OrderedJSON
import ServingCore

extension BodyDecoder {
    /// OpenAI's default length of a completion.
    private static let defaultMaxTokens = 16

    func completion() throws(RequestError) -> CompletionRequest {
        var options = try self.options()
        let maxTokens = try self.maxTokens("max_tokens", minTokens: options.sampling.minTokens)
        options.sampling.maxTokens = maxTokens ?? max(Self.defaultMaxTokens, options.sampling.minTokens)
        options.sampling.topLogprobs = try self.body.integer("logprobs", in: 0...Int64(self.limits.topLogprobs))
            .map(Int.init)
        let prompt = try self.prompt()
        try self.acceptOnly("echo", false)
        if let bestOf = try self.body.integer("best_of"), bestOf != Int64(options.choices) {
            throw self.body.invalid(
                "best_of",
                "unsupported_value",
                "only the value of `n`, which is \(options.choices), is supported, got \(bestOf)"
            )
        }
        let addsSpecialTokens = try self.body.bool("add_special_tokens") ?? true
        try self.body.refuseOthers(than: Self.completionFields, unsupported: Self.unsupportedFields, self.policy)
        return CompletionRequest(options: options, prompt: prompt, addSpecialTokens: addsSpecialTokens)
    }

    private static let completionFields = sharedFields.union([
        "prompt", "logprobs", "echo", "best_of", "add_special_tokens",
    ])

    private func prompt() throws(RequestError) -> CompletionRequest.Prompt {
        let path = self.body.path(of: "prompt")
        switch self.body.value("prompt") {
        case nil: throw self.body.missing("prompt")
        case .string(let text):
            guard !text.isEmpty else {
                throw .invalid(path, "empty_string", "\(path): expected a text that is not empty")
            }
            return .text(text)
        case .array(let elements): return try self.prompt(of: elements, path: path)
        case let other?:
            throw .wrongType(path, expected: "a string or an array of token ids", got: other)
        }
    }

    private func prompt(of elements: [JSONValue], path: String) throws(RequestError) -> CompletionRequest.Prompt {
        switch elements.first {
        case nil: throw .invalid(path, "empty_array", "\(path): expected at least one token id")
        case .string, .array:
            // A list of exactly one prompt is that prompt.
            guard elements.count == 1, let only = elements.first else {
                throw .invalid(
                    path,
                    "unsupported_value",
                    "\(path): \(elements.count) prompts in one job are not supported; write a line for each"
                )
            }
            let inner = FieldReader(["[0]": only], path: path)
            if case .string(let text) = only, !text.isEmpty { return .text(text) }
            if case .array(let tokens) = only, !tokens.isEmpty {
                return .tokens(try self.tokenPrompt(tokens, path: "\(path)[0]"))
            }
            throw .invalid(path + "[0]", "empty_string", "\(inner.path)[0]: expected a prompt that is not empty")
        default: return .tokens(try self.tokenPrompt(elements, path: path))
        }
    }

    private func tokenPrompt(_ elements: [JSONValue], path: String) throws(RequestError) -> [Int32] {
        guard elements.count <= self.limits.promptTokens else {
            throw .contextLength(
                path,
                "\(path): the prompt has \(elements.count) tokens; this worker accepts at most \(self.limits.promptTokens)"
            )
        }
        return try Self.tokens(elements, path: path)
    }
}
