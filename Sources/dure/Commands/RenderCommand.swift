import OrderedJSON
import Settings
import Tokenization
import WorkerApp

/// A conversation to the prompt that a model gets.
struct RenderCommand: Command {
    static let help = CommandHelp(
        "render",
        "Turns a conversation into the prompt text that the model's chat template makes of it.",
        example: """
            echo '{"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true}' \
            | dure render --model DIR
            """,
        discussion: """
            The input is one JSON object: messages, tools, add_generation_prompt, and whatever else the template knows, such \
            as enable_thinking. A list alone is taken as the messages. The prompt is printed as it is, without a line end of \
            its own.
            """
    )

    var messages = "-"
    var template: String?
    var model = ""

    static var parameters: [Parameter<Self>] {
        Option("messages", \.messages, .file, default: "standard input", help: "the conversation; - is standard input")
        Option("template", \.template, .optional(.file), help: "a Jinja file, instead of the model's own template")
        ModelLocation.settings.at(\.model)
    }

    private static let inputBytes = 64 << 20

    func run(_ context: CommandContext) throws -> ExitStatus {
        guard self.template != nil || !self.model.isEmpty else {
            throw UsageError("expected --model DIR or --template FILE")
        }
        let conversation = try self.conversation(context.console)
        let configuration =
            self.model.isEmpty
            ? TokenizerConfiguration() : try TokenizerConfiguration.load(directory: self.model)
        let template = try self.openTemplate(
            configuration,
            hasTools: conversation["tools"]?.array != nil,
            context.console
        )
        let prompt = try template.render(Self.variables(conversation, configuration))
        try context.console.print(prompt, terminator: "")
        if context.console.output.isTerminal, !prompt.hasSuffix("\n") { try context.console.print() }
        return .done
    }

    private func conversation(_ console: Console) throws -> JSONObject {
        let place = self.messages == "-" ? "standard input" : self.messages
        let bytes = try console.bytes(of: self.messages, limitBytes: Self.inputBytes)
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw CommandError("\(place): \(error)")
        }
        switch value {
        case .object(let object): return object
        case .array: return ["messages": value]
        default: throw CommandError("\(place): expected a JSON object with messages")
        }
    }

    private func openTemplate(
        _ configuration: TokenizerConfiguration,
        hasTools: Bool,
        _ console: Console
    ) throws -> ChatTemplate {
        if let file = self.template {
            let bytes = try console.bytes(of: file, limitBytes: 16 << 20)
            guard let source = String(validating: bytes, as: UTF8.self) else {
                throw CommandError("\(file): expected UTF-8")
            }
            return try ChatTemplate(source: source, name: file)
        }
        guard let found = configuration.chatTemplate(usingTools: hasTools) else {
            throw CommandError("\(self.model): this model has no chat template")
        }
        return try ChatTemplate(found)
    }

    /// What a worker gives to the template, and over it everything that the input has.
    private static func variables(_ conversation: JSONObject, _ configuration: TokenizerConfiguration) -> JSONObject {
        var variables: JSONObject = ["tools": .null, "documents": .null, "add_generation_prompt": false]
        for (name, value) in configuration.templateVariables { variables[name] = value }
        for (name, value) in conversation { variables[name] = value }
        return variables
    }
}
