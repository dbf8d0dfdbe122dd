import OrderedJSON
import ServingCore

extension BodyDecoder {
    func chatCompletion() throws(RequestError) -> ChatCompletionRequest {
        var options = try self.options()
        try self.chatLength(&options)
        try self.chatLogprobs(&options)
        guard let elements = try self.body.array("messages") else { throw self.body.missing("messages") }
        let messages = try self.messages(elements)
        var request = ChatCompletionRequest(options: options, messages: messages)
        request.tools = try self.tools()
        request.templateArguments = try self.templateArguments()
        request.addGenerationPrompt = try self.body.bool("add_generation_prompt") ?? true
        request.continueFinalMessage = try self.body.bool("continue_final_message") ?? false
        try self.checkContinuation(&request)
        try self.acceptOnly("parallel_tool_calls", true)
        try self.acceptOnly("modalities", ["text"])
        try self.acceptOnly("include_reasoning", true)
        try self.body.refuseOthers(than: Self.chatFields, unsupported: Self.unsupportedFields, self.policy)
        return request
    }

    private static let chatFields = sharedFields.union([
        "messages", "max_completion_tokens", "logprobs", "top_logprobs", "tools", "tool_choice", "chat_template_kwargs",
        "add_generation_prompt", "continue_final_message", "parallel_tool_calls", "modalities", "include_reasoning",
    ])

    private func chatLength(_ options: inout GenerationOptions) throws(RequestError) {
        let minTokens = options.sampling.minTokens
        let newer = try self.maxTokens("max_completion_tokens", minTokens: minTokens)
        let older = try self.maxTokens("max_tokens", minTokens: minTokens)
        if let newer, let older, newer != older {
            throw self.body.invalid(
                "max_tokens",
                "invalid_value",
                "it is the older name of `max_completion_tokens` and says \(older) where that says \(newer)"
            )
        }
        options.sampling.maxTokens = newer ?? older
    }

    private func chatLogprobs(_ options: inout GenerationOptions) throws(RequestError) {
        let isWanted = try self.body.bool("logprobs") ?? false
        let top = try self.body.integer("top_logprobs", in: 0...Int64(self.limits.topLogprobs))
        guard isWanted || (top ?? 0) == 0 else {
            throw self.body.invalid("top_logprobs", "invalid_value", "it needs `logprobs` to be true")
        }
        options.sampling.topLogprobs = isWanted ? Int(top ?? 0) : nil
    }

    private func templateArguments() throws(RequestError) -> JSONObject {
        guard let arguments = try self.body.object("chat_template_kwargs") else { return JSONObject() }
        let path = self.body.path(of: "chat_template_kwargs")
        for name in ["messages", "tools", "add_generation_prompt"] where arguments[name] != nil {
            throw .invalid(
                "\(path).\(name)",
                "invalid_value",
                "\(path).\(name): the template gets this from the request itself"
            )
        }
        let bytes = JSONValue.object(arguments).serialized().count
        guard bytes <= self.limits.templateArgumentBytes else {
            throw .tooLong(path, limit: self.limits.templateArgumentBytes, got: bytes)
        }
        return arguments
    }

    private func checkContinuation(_ request: inout ChatCompletionRequest) throws(RequestError) {
        guard request.continueFinalMessage else { return }
        guard request.messages.last?.role == .assistant else {
            throw self.body.invalid(
                "continue_final_message",
                "invalid_value",
                "the last message must be the assistant's"
            )
        }
        guard self.body.value("add_generation_prompt")?.bool != true else {
            throw self.body.invalid(
                "continue_final_message",
                "invalid_value",
                "it cannot be true together with `add_generation_prompt`"
            )
        }
        request.addGenerationPrompt = false
    }

    // MARK: Tools

    private func tools() throws(RequestError) -> [JSONValue]? {
        let tools = try self.body.array("tools")
        let path = self.body.path(of: "tools")
        if let tools {
            guard tools.count <= self.limits.tools else {
                throw .tooMany(path, limit: self.limits.tools, got: tools.count)
            }
            for (index, tool) in tools.enumerated() { try self.checkTool(tool, path: "\(path)[\(index)]") }
        }
        guard let choice = self.body.value("tool_choice") else { return tools?.isEmpty == true ? nil : tools }
        switch choice {
        case "none": return nil
        case "auto" where tools?.isEmpty == false: return tools
        case "auto": throw self.body.invalid("tool_choice", "invalid_value", "`auto` needs `tools`")
        case "required", .object:
            throw self.body.invalid(
                "tool_choice",
                "unsupported_value",
                "a forced tool call is not supported yet; expected `auto` or `none`"
            )
        case .string(let text):
            throw self.body.invalid(
                "tool_choice",
                "invalid_value",
                "expected `auto` or `none`, got `\(text.prefix(64))`"
            )
        default: throw self.body.wrongType("tool_choice", expected: "a string or an object", got: choice)
        }
    }

    private func checkTool(_ tool: JSONValue, path: String) throws(RequestError) {
        guard case .object(let object) = tool else { throw .wrongType(path, expected: "an object", got: tool) }
        let bytes = tool.serialized().count
        guard bytes <= self.limits.toolBytes else { throw .tooLong(path, limit: self.limits.toolBytes, got: bytes) }
        let reader = FieldReader(object, path: path)
        let type = try reader.requiredString("type")
        guard type == "function" else {
            throw reader.invalid("type", "unsupported_value", "expected `function`, got `\(type.prefix(64))`")
        }
        guard let definition = try reader.object("function") else { throw reader.missing("function") }
        try reader.refuseOthers(than: ["type", "function"], self.policy)
        let function = FieldReader(definition, path: "\(path).function")
        try self.checkFunctionName(function)
        _ = try function.string("description")
        _ = try function.object("parameters")
        _ = try function.bool("strict")
        try function.refuseOthers(than: ["name", "description", "parameters", "strict"], self.policy)
    }

    private func checkFunctionName(_ function: FieldReader) throws(RequestError) {
        let name = try function.requiredString("name")
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
        guard isName else {
            throw function.invalid(
                "name",
                "invalid_value",
                "expected 1 to 64 of a-z, A-Z, 0-9, _ and -, got `\(name.prefix(64))`"
            )
        }
    }
}
