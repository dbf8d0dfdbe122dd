public import OrderedJSON

// From a model directory's files to a template and the variables that come with them.

extension ChatTemplate {
    /// Reads a template that a model's files have.
    ///
    /// - Throws: As ``init(source:name:)`` does.
    public init(_ template: ChatTemplateSource) throws(TemplateError) {
        try self.init(source: template.source, name: template.name)
    }
}

extension TokenizerConfiguration {
    /// The template for a conversation: with tools the one called `tool_use`, where there is one, else the default.
    public func chatTemplate(usingTools: Bool) -> ChatTemplateSource? {
        if usingTools, let template = self.chatTemplate(named: "tool_use") { return template }
        return self.chatTemplate()
    }

    /// The tokens that templates know by name, such as `bos_token` and `eos_token`, as far as there are any.
    public var templateVariables: JSONObject {
        var variables = JSONObject()
        for role in TokenRole.allCases {
            if let token = self.roles[role] { variables[role.rawValue] = .string(token.content) }
        }
        return variables
    }
}
