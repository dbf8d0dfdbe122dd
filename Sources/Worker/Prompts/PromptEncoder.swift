import Foundation
public import InferenceEngine
public import JobContract
import OrderedJSON
public import ServingCore
public import Tokenization

/// The tokens that a model gets, and what its answer begins with.
public struct EncodedPrompt: Sendable, Equatable {
    public var tokens: [TokenID]
    /// Where the prompt came from, such as `body.messages`.
    public var field: String
    /// The tokens around the model's thinking; nil for a model without them, and for a plain completion.
    public var reasoning: ReasoningSpan?

    public init(tokens: [TokenID], field: String, reasoning: ReasoningSpan? = nil) {
        self.tokens = tokens
        self.field = field
        self.reasoning = reasoning
    }
}

/// Makes a request's prompt: the chat template's text, or the request's own, as token ids.
///
/// Immutable; any number of threads may use it at once.
public struct PromptEncoder: Sendable {
    private let tokenizer: Tokenizer
    private let templates: [String: ChatTemplate]
    private let specialTokens: JSONObject
    private let vocabularySize: Int
    private let templateLimits: TemplateLimits
    private let markers: (open: TokenID, close: TokenID)?

    /// What a template may spend on one conversation: far more than any prompt that fits a context, and not so much that
    /// one record keeps the others waiting.
    public static let templateLimits = TemplateLimits(
        steps: 2_000_000,
        outputBytes: 8 << 20,
        valueBytes: 128 << 20,
        duration: .seconds(10)
    )

    /// Creates an encoder.
    ///
    /// - Parameters:
    ///   - tokenizer: The model's.
    ///   - configuration: What stands beside it; its special tokens are variables of the template.
    ///   - templates: By name; `default`, and `tool_use` for requests with tools where there is one.
    ///   - vocabularySize: How many ids the model knows, which may be more than the tokenizer has.
    ///   - templateLimits: What a template may spend on one conversation.
    public init(
        tokenizer: Tokenizer,
        configuration: TokenizerConfiguration,
        templates: [String: ChatTemplate],
        vocabularySize: Int,
        templateLimits: TemplateLimits = PromptEncoder.templateLimits
    ) {
        self.templateLimits = templateLimits
        self.tokenizer = tokenizer
        self.templates = templates
        self.vocabularySize = vocabularySize
        self.specialTokens = configuration.templateVariables
        if let open = tokenizer.tokenID(of: AnswerMarkers.thinkOpen),
            let close = tokenizer.tokenID(of: AnswerMarkers.thinkClose)
        {
            self.markers = (open, close)
        } else {
            self.markers = nil
        }
    }

    /// The prompt of a request.
    ///
    /// - Throws: A 4xx that names the field: a template that refuses the conversation, an id that the model does not
    ///   have, a text that the tokenizer cannot express.
    public func encode(_ request: JobRequest) throws(RequestError) -> EncodedPrompt {
        switch request {
        case .chat(let chat):
            try self.checkTokens(of: chat.options.sampling)
            return try self.encode(chat)
        case .completion(let completion):
            try self.checkTokens(of: completion.options.sampling)
            return try self.encode(completion)
        }
    }

    // MARK: Completions

    private func encode(_ request: CompletionRequest) throws(RequestError) -> EncodedPrompt {
        let field = "body.prompt"
        switch request.prompt {
        case .tokens(let tokens):
            if let index = tokens.firstIndex(where: { !self.isToken($0) }) {
                throw self.unknownToken("\(field)[\(index)]", tokens[index])
            }
            return EncodedPrompt(tokens: tokens, field: field)
        case .text(let text):
            let tokens = try self.tokens(of: text, addingSpecialTokens: request.addSpecialTokens, field: field)
            return EncodedPrompt(tokens: tokens, field: field)
        }
    }

    // MARK: Chat

    private func encode(_ request: ChatCompletionRequest) throws(RequestError) -> EncodedPrompt {
        let field = "body.messages"
        var text = try self.rendered(request, field: field)
        if request.continueFinalMessage {
            guard let cut = text.cut(afterLast: request.messages.last?.content ?? "") else {
                throw .invalid(
                    "body.continue_final_message",
                    "invalid_value",
                    "body.continue_final_message: the last message's text does not stand in the prompt that the model's "
                        + "chat template makes"
                )
            }
            text = cut
        }
        let tokens = try self.tokens(of: text, addingSpecialTokens: false, field: field)
        let reasoning = self.markers.map { markers in
            ReasoningSpan(
                open: markers.open,
                close: markers.close,
                startsInside: Self.endsInsideThought(text, continuing: request)
            )
        }
        return EncodedPrompt(tokens: tokens, field: field, reasoning: reasoning)
    }

    private func rendered(_ request: ChatCompletionRequest, field: String) throws(RequestError) -> String {
        let named = request.tools == nil ? nil : self.templates["tool_use"]
        guard let template = named ?? self.templates["default"] else {
            throw .invalid(
                field,
                "chat_template_missing",
                "\(field): this model has no chat template; write the prompt for `/v1/completions`"
            )
        }
        // A template's argument may replace a special token, as in transformers, but nothing of the request.
        var context = self.specialTokens
        context["documents"] = .null
        for (name, value) in request.templateInput { context[name] = value }
        do throws(TemplateError) {
            return try template.render(context, limits: self.templateLimits)
        } catch {
            let reason: String
            switch error.code {
            case .raised: reason = "the model's chat template refuses this conversation"
            case .limit: reason = "the model's chat template goes over a limit with this conversation"
            case .runtime, .syntax, .unsupported:
                reason = "the model's chat template cannot be filled in with this conversation"
            }
            throw .invalid(field, "chat_template_error", "\(field): \(reason): \(Self.shortened(error.message))")
        }
    }

    /// Whether the model goes on in the middle of a thought that the prompt has begun.
    ///
    /// Only what the template or the continued message put at the very end counts: what a user writes must not turn an
    /// answer into a thought.
    private static func endsInsideThought(_ text: String, continuing request: ChatCompletionRequest) -> Bool {
        if request.continueFinalMessage, let content = request.messages.last?.content {
            guard let open = content.range(of: AnswerMarkers.thinkOpen, options: [.backwards, .literal]) else {
                return false
            }
            return content.range(of: AnswerMarkers.thinkClose, range: open.upperBound..<content.endIndex) == nil
        }
        return request.addGenerationPrompt
            && text.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix(AnswerMarkers.thinkOpen)
    }

    // MARK: Tokens

    private func tokens(
        of text: String,
        addingSpecialTokens: Bool,
        field: String
    ) throws(RequestError) -> [TokenID] {
        let tokens: [TokenID]
        do throws(TokenizationError) {
            tokens = try self.tokenizer.encode(text, addingSpecialTokens: addingSpecialTokens)
        } catch {
            let message = "\(field): the text cannot be tokenized: \(Self.shortened(error.message))"
            throw error.code == .tooLarge
                ? .overLimit(field, "string_above_max_length", message)
                : .invalid(field, "untokenizable_text", message)
        }
        if let token = tokens.first(where: { !self.isToken($0) }) { throw self.unknownToken(field, token) }
        return tokens
    }

    private func isToken(_ token: TokenID) -> Bool { token >= 0 && Int(token) < self.vocabularySize }

    private func unknownToken(_ path: String, _ token: TokenID) -> RequestError {
        .invalid(
            path,
            "invalid_value",
            "\(path): expected a token id below \(self.vocabularySize), which is this model's vocabulary, got \(token)"
        )
    }

    private func checkTokens(of sampling: SamplingParameters) throws(RequestError) {
        if let index = sampling.stopTokenIDs.firstIndex(where: { !self.isToken($0) }) {
            throw self.unknownToken("body.stop_token_ids[\(index)]", sampling.stopTokenIDs[index])
        }
        if let token = sampling.logitBias.keys.filter({ !self.isToken($0) }).min() {
            throw self.unknownToken("body.logit_bias", token)
        }
    }

    private static func shortened(_ message: String) -> String {
        message.count > 512 ? message.prefix(512) + "…" : message
    }
}
