public import OrderedJSON

/// The body of a job for `/v1/chat/completions`.
public struct ChatCompletionRequest: Sendable, Equatable {
    public var options: GenerationOptions
    public var messages: [ChatMessage]
    /// The tool definitions as they were written, for the template; nil also for `tool_choice: "none"`.
    public var tools: [JSONValue]?
    /// `chat_template_kwargs`, such as `enable_thinking`.
    public var templateArguments: JSONObject
    public var addGenerationPrompt: Bool
    /// The last message is the beginning of the answer.
    public var continueFinalMessage: Bool

    public init(
        options: GenerationOptions,
        messages: [ChatMessage],
        tools: [JSONValue]? = nil,
        templateArguments: JSONObject = JSONObject(),
        addGenerationPrompt: Bool = true,
        continueFinalMessage: Bool = false
    ) {
        self.options = options
        self.messages = messages
        self.tools = tools
        self.templateArguments = templateArguments
        self.addGenerationPrompt = addGenerationPrompt
        self.continueFinalMessage = continueFinalMessage
    }

    /// Everything a chat template sees: `messages`, `tools`, `add_generation_prompt` and the template's own arguments.
    public var templateInput: JSONObject {
        // The request's own members come last: an argument cannot take the place of the messages.
        var input = self.templateArguments
        input["messages"] = .array(self.messages.map { .object($0.templateMessage) })
        input["tools"] = self.tools.map(JSONValue.array) ?? .null
        input["add_generation_prompt"] = .bool(self.addGenerationPrompt)
        return input
    }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Equatable {
    public enum Role: String, Sendable, CaseIterable {
        case system, developer, user, assistant, tool
    }

    public var role: Role
    /// Nil only for an assistant's message that consists of tool calls.
    ///
    /// Several text parts are joined by line feeds.
    public var content: String?
    public var name: String?
    /// The call that a tool's message answers.
    public var toolCallID: String?
    public var toolCalls: [ToolCall]
    /// What the assistant thought before an earlier answer.
    public var reasoning: String?

    public init(
        role: Role,
        content: String?,
        name: String? = nil,
        toolCallID: String? = nil,
        toolCalls: [ToolCall] = [],
        reasoning: String? = nil
    ) {
        self.role = role
        self.content = content
        self.name = name
        self.toolCallID = toolCallID
        self.toolCalls = toolCalls
        self.reasoning = reasoning
    }

    /// The message as a chat template sees it.
    ///
    /// `developer` is `system` by its newer name, which published templates do not know.
    /// A tool call's arguments are an object there, as published templates expect, wherever their text is one;
    /// `reasoning_content` is the name by which templates know the reasoning, and `thinking` the one by which some know
    /// it; transformers gives them both, in this order.
    public var templateMessage: JSONObject {
        let role = self.role == .developer ? Role.system : self.role
        var message = JSONObject()
        if let reasoning { message["thinking"] = .string(reasoning) }
        message["role"] = .string(role.rawValue)
        message["content"] = self.content.map(JSONValue.string) ?? .null
        if let name { message["name"] = .string(name) }
        if let toolCallID { message["tool_call_id"] = .string(toolCallID) }
        if !self.toolCalls.isEmpty { message["tool_calls"] = .array(self.toolCalls.map { .object($0.templateCall) }) }
        if let reasoning { message["reasoning_content"] = .string(reasoning) }
        return message
    }
}

/// A call of a function, in the history or in an answer.
public struct ToolCall: Sendable, Equatable {
    public var id: String
    public var name: String
    /// The arguments as the model wrote them: JSON text, which need not be well formed.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    var templateCall: JSONObject {
        // Losing the error is right: arguments that are not JSON are shown to the template as the text they are.
        let arguments = (try? JSONValue(parsing: self.arguments)) ?? .string(self.arguments)
        return [
            "id": .string(self.id), "type": "function",
            "function": ["name": .string(self.name), "arguments": arguments],
        ]
    }

    /// The call as an answer shows it.
    public var json: JSONValue {
        [
            "id": .string(self.id), "type": "function",
            "function": ["name": .string(self.name), "arguments": .string(self.arguments)],
        ]
    }
}
