import Foundation
import OrderedJSON
import Settings
import Tokenization

/// A long conversation with tools to a prompt, on one thread.
struct TemplateCommand: Command {
    static let help = CommandHelp(
        "template",
        "Times chat templates: reading them, and rendering a conversation with tools.",
        example: "dure-bench template",
        moreExamples: ["dure-bench template --messages 50 a/chat_template.jinja b.jinja"],
        discussion: """
            The conversation is made up: a system message, and questions of which each is answered after a call of a tool. \
            Without a template it is one in the manner of ChatML.
            """
    )

    var templates: [String] = []
    var messages = 50
    var tools = 2
    var rounds = 101

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.templates, isRequired: false, help: "a Jinja file")
        Option("messages", \.messages, .within(1...100_000), help: "in the conversation")
        Option("tools", \.tools, .within(0...1000), help: "that the model may call")
        Option("rounds", \.rounds, .within(1...100_000), help: "times that all is done, of which the median counts")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let report = try Report(
            context.console,
            conditions: [
                ("messages", String(self.messages)), ("tools", String(self.tools)), ("threads", "1"),
                ("seed", "none: nothing is random"), ("rounds", String(self.rounds)),
            ],
            columns: ["template", "step", "bytes", "median_seconds", "megabytes_per_second"]
        )
        let conversation = self.conversation()
        for (name, source) in try self.sources() {
            let template = try ChatTemplate(source: source, name: name)
            let prompt = try template.render(conversation)
            let times = try Rounds(
                self.rounds,
                of: [
                    { _ = try ChatTemplate(source: source, name: name) }, { _ = try template.render(conversation) },
                ]
            )
            for (index, (step, text)) in [("read", source), ("render", prompt)].enumerated() {
                let (seconds, bytes) = (times.median(index), text.utf8.count)
                try report.row([
                    name, step, String(bytes), seconds.rounded(digits: 4),
                    (Double(bytes) / seconds / 1e6).rounded(digits: 4),
                ])
            }
        }
        return .done
    }

    private func sources() throws -> [(name: String, source: String)] {
        guard !self.templates.isEmpty else { return [("built-in", Self.builtIn)] }
        return try self.templates.map { file in
            (file, String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self))
        }
    }

    private static let builtIn = """
        {%- if tools %}
            {{- '<|im_start|>system\\n' ~ messages[0].content ~ '\\n<tools>' }}
            {%- for tool in tools %}{{ '\\n' ~ tool | tojson }}{% endfor %}
            {{- '\\n</tools><|im_end|>\\n' }}
        {%- endif %}
        {%- for message in (messages[1:] if tools else messages) %}
            {{- '<|im_start|>' ~ message.role ~ '\\n' ~ (message.content or '') | trim }}
            {%- for call in message.tool_calls or [] %}
                {{- '\\n<tool_call>\\n{"name": "' ~ call.function.name ~ '", "arguments": ' }}
                {{- call.function.arguments | tojson ~ '}\\n</tool_call>' }}
            {%- endfor %}
            {{- '<|im_end|>\\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
        """

    // MARK: The conversation

    private func conversation() -> JSONObject {
        var messages: [JSONValue] = [["role": "system", "content": "You answer with what the tools tell you."]]
        while messages.count < self.messages { messages.append(Self.message(messages.count - 1)) }
        var conversation: JSONObject = [
            "messages": .array(messages), "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>",
        ]
        if self.tools > 0 { conversation["tools"] = .array((0..<self.tools).map(Self.tool)) }
        return conversation
    }

    /// A question, a call, its result or an answer, in turn.
    private static func message(_ index: Int) -> JSONValue {
        let identifier = String(format: "call%05d", index / 4)
        switch index % 4 {
        case 0:
            return [
                "role": "user", "content": .string("서울의 내일 날씨가 어떤지, and what should I wear in question \(index / 4)?"),
            ]
        case 1:
            let arguments: JSONValue = [
                "city": "서울", "days": 1, "unit": "celsius", "detail": ["wind": true, "factor": 1.5],
            ]
            let function: JSONValue = ["name": "get_weather_0", "arguments": arguments]
            let call: JSONValue = ["id": .string(identifier), "type": "function", "function": function]
            return ["role": "assistant", "content": "", "tool_calls": [call]]
        case 2:
            let result = #"{"temperature": 21.5, "sky": "맑음", "wind": {"speed": 3, "from": "NW"}}"#
            return [
                "role": "tool", "tool_call_id": .string(identifier), "name": "get_weather_0",
                "content": .string(result),
            ]
        default:
            return ["role": "assistant", "content": "내일 서울은 맑고 21.5도입니다. A light jacket is enough; take no umbrella."]
        }
    }

    private static func tool(_ index: Int) -> JSONValue {
        let properties: JSONValue = [
            "city": ["type": "string", "description": "Name of the city"],
            "days": ["type": "integer", "description": "How many days from now", "minimum": 0, "maximum": 14],
            "unit": ["type": "string", "enum": ["celsius", "fahrenheit"]],
            "detail": ["type": "object", "properties": ["wind": ["type": "boolean"], "factor": ["type": "number"]]],
        ]
        let function: JSONValue = [
            "name": .string("get_weather_\(index)"),
            "description": "The weather of a city, now and on the days to come.",
            "parameters": ["type": "object", "properties": properties, "required": ["city"]],
        ]
        return ["type": "function", "function": function]
    }
}
