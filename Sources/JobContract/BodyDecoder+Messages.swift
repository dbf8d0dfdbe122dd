import OrderedJSON

extension BodyDecoder {
    func messages(_ elements: [JSONValue]) throws(RequestError) -> [ChatMessage] {
        let path = self.body.path(of: "messages")
        guard !elements.isEmpty else { throw .invalid(path, "empty_array", "\(path): expected at least one message") }
        guard elements.count <= self.limits.messages else {
            throw .tooMany(path, limit: self.limits.messages, got: elements.count)
        }
        var messages: [ChatMessage] = []
        messages.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            messages.append(try self.message(element, path: "\(path)[\(index)]"))
        }
        return messages
    }

    private func message(_ value: JSONValue, path: String) throws(RequestError) -> ChatMessage {
        guard case .object(let object) = value else { throw .wrongType(path, expected: "an object", got: value) }
        let reader = FieldReader(object, path: path)
        let roleName = try reader.requiredString("role")
        guard let role = ChatMessage.Role(rawValue: roleName) else {
            let roles = ChatMessage.Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw reader.invalid("role", "invalid_value", "expected one of \(roles), got `\(roleName.prefix(64))`")
        }
        var message = ChatMessage(role: role, content: try self.content(reader))
        message.name = try reader.identifier("name", atMost: self.limits.identifierBytes)
        var known: Set<String> = ["role", "content", "name"]
        switch role {
        case .assistant:
            known.formUnion(["tool_calls", "reasoning", "reasoning_content", "refusal", "annotations", "audio"])
            try self.assistantFields(reader, &message)
        case .tool:
            known.insert("tool_call_id")
            guard let id = try reader.identifier("tool_call_id", atMost: self.limits.identifierBytes) else {
                throw reader.missing("tool_call_id")
            }
            message.toolCallID = id
        case .system, .developer, .user: break
        }
        guard message.content != nil || !message.toolCalls.isEmpty else { throw reader.missing("content") }
        try reader.refuseOthers(than: known, unsupported: Self.unsupportedMessageFields, self.policy)
        return message
    }

    private static let unsupportedMessageFields = [
        "function_call": "it is the old form of `tool_calls`",
        "tool_calls": "only an assistant's message has tool calls",
        "tool_call_id": "only a tool's message answers a tool call",
        "audio": "this model reads text",
    ]

    /// A string, or text parts joined by line feeds; nil where there is none.
    private func content(_ reader: FieldReader) throws(RequestError) -> String? {
        switch reader.value("content") {
        case nil: return nil
        case .string(let text): return text
        case .array(let parts):
            let path = reader.path(of: "content")
            guard !parts.isEmpty else { throw .invalid(path, "empty_array", "\(path): expected at least one part") }
            guard parts.count <= self.limits.messages else {
                throw .tooMany(path, limit: self.limits.messages, got: parts.count)
            }
            var texts: [String] = []
            for (index, part) in parts.enumerated() { texts.append(try self.textPart(part, path: "\(path)[\(index)]")) }
            return texts.joined(separator: "\n")
        case let other?:
            throw reader.wrongType("content", expected: "a string or an array of text parts", got: other)
        }
    }

    private func textPart(_ value: JSONValue, path: String) throws(RequestError) -> String {
        guard case .object(let object) = value else { throw .wrongType(path, expected: "an object", got: value) }
        let part = FieldReader(object, path: path)
        let type = try part.requiredString("type")
        guard type == "text" else {
            throw part.invalid("type", "unsupported_value", "only `text` is supported, got `\(type.prefix(64))`")
        }
        let text = try part.requiredString("text")
        try part.refuseOthers(than: ["type", "text"], self.policy)
        return text
    }

    private func assistantFields(_ reader: FieldReader, _ message: inout ChatMessage) throws(RequestError) {
        if let calls = try reader.array("tool_calls") {
            let path = reader.path(of: "tool_calls")
            guard calls.count <= self.limits.tools else {
                throw .tooMany(path, limit: self.limits.tools, got: calls.count)
            }
            for (index, call) in calls.enumerated() {
                message.toolCalls.append(try self.toolCall(call, path: "\(path)[\(index)]"))
            }
        }
        let newer = try reader.string("reasoning")
        message.reasoning = try reader.string("reasoning_content") ?? newer
        // Answers of OpenAI's carry these, and a conversation repeats its answers: empty ones say nothing.
        for name in ["refusal", "audio"] where reader.value(name) != nil {
            throw reader.invalid(name, "unsupported_parameter", "only null is supported")
        }
        guard try reader.array("annotations")?.isEmpty != false else {
            throw reader.invalid("annotations", "unsupported_parameter", "only an empty list is supported")
        }
    }

    private func toolCall(_ value: JSONValue, path: String) throws(RequestError) -> ToolCall {
        guard case .object(let object) = value else { throw .wrongType(path, expected: "an object", got: value) }
        let call = FieldReader(object, path: path)
        guard let id = try call.identifier("id", atMost: self.limits.identifierBytes) else { throw call.missing("id") }
        if let type = try call.string("type"), type != "function" {
            throw call.invalid("type", "unsupported_value", "expected `function`, got `\(type.prefix(64))`")
        }
        guard let definition = try call.object("function") else { throw call.missing("function") }
        try call.refuseOthers(than: ["id", "type", "function", "index"], self.policy)
        let function = FieldReader(definition, path: call.path(of: "function"))
        guard let name = try function.identifier("name", atMost: self.limits.identifierBytes) else {
            throw function.missing("name")
        }
        let arguments = try function.requiredString("arguments")
        try function.refuseOthers(than: ["name", "arguments"], self.policy)
        return ToolCall(id: id, name: name, arguments: arguments)
    }
}
