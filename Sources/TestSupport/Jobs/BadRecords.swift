import JobContract
import OrderedJSON
import Worker

/// Every kind of bad record that has a documented answer: `docs/bad-input.md` is this table, and every level of test
/// runs through it.
///
/// The answers hold for the default limits, for unknown fields refused, for reply topics `replies.*`, and for any model
/// with fewer than 131,072 tokens of context and fewer than 2,000,000,000 tokens of vocabulary.
public struct BadRecords: Sendable {
    /// A name under which the worker serves its model.
    public let model: String

    public init(model: String) { self.model = model }

    public var all: [BadRecord] {
        self.unreadable + self.lines + self.chats + self.sampling + self.tools + self.completions + self.headers
            + self.odd
    }

    /// The table of the documentation.
    public var markdownTable: String {
        let rows = self.all.map { "| \($0.what) | \($0.answer.documentation) |" }
        return (["| record | answer |", "|---|---|"] + rows).joined(separator: "\n") + "\n"
    }

    // MARK: Parts

    /// A chat job, with members of the body set or, by nil, removed.
    func chat(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        var body: JSONObject = [
            "model": .string(self.model), "messages": [["role": "user", "content": "Hello"]], "max_tokens": 4,
        ]
        for (name, value) in changes { body[name] = value }
        return Self.line("/v1/chat/completions", .object(body))
    }

    func completion(_ changes: KeyValuePairs<String, JSONValue?> = [:]) -> JSONValue {
        var body: JSONObject = ["model": .string(self.model), "prompt": "Hello", "max_tokens": 4]
        for (name, value) in changes { body[name] = value }
        return Self.line("/v1/completions", .object(body))
    }

    static func line(_ url: String, _ body: JSONValue) -> JSONValue {
        ["custom_id": "job", "method": "POST", "url": .string(url), "body": body]
    }

    /// A good job's line with members set or, by nil, removed.
    func changed(_ changes: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        var line = self.chat().object ?? [:]
        for (name, value) in changes { line[name] = value }
        return .object(line)
    }

    /// A record that gets a result of status 400 which names a field of the line.
    func refused(
        _ what: String,
        _ line: JSONValue,
        _ param: String,
        _ code: String,
        status: Int = 400,
        beyondSchema: Bool = false
    ) -> BadRecord {
        BadRecord(
            what: what,
            value: line.serialized(),
            answer: .refused(status, param: param, code: code),
            isSchemaVisible: !beyondSchema
        )
    }

    static func long(_ bytes: Int) -> JSONValue { .string(String(repeating: "x", count: bytes)) }

    /// Two bytes per word, so that every tokenizer makes many tokens of it.
    static func words(_ bytes: Int) -> String { String(String(repeating: "a b c d e f g h ", count: bytes / 16)) }
}

// MARK: - What cannot be read

extension BadRecords {
    private func unreadable(_ what: String, _ text: String) -> BadRecord { self.unreadable(what, Array(text.utf8)) }

    private func unreadable(_ what: String, _ bytes: [UInt8]?) -> BadRecord {
        BadRecord(what: what, value: bytes, answer: .deadLetter(.undecodable))
    }

    /// The good job's text with one piece replaced.
    private func spliced(_ old: String, _ new: String) -> String { self.chat().text().replacing(old, with: new) }

    var unreadable: [BadRecord] {
        [
            self.unreadable("a tombstone: no value", nil), self.unreadable("an empty value", ""),
            self.unreadable("spaces only", "  \n"), self.unreadable("text that is not JSON", "hello"),
            self.unreadable("a line that is cut off", String(self.chat().text().dropLast(5))),
            self.unreadable("a trailing comma", self.spliced("\"POST\",", "\"POST\",,")),
            self.unreadable("a comma after the last member", self.spliced("\"max_tokens\":4}", "\"max_tokens\":4,}")),
            self.unreadable("two values", self.chat().text() + self.chat().text()),
            self.unreadable("`NaN` as a number", self.spliced("\"max_tokens\":4", "\"temperature\":NaN")),
            self.unreadable("`-Infinity` as a number", self.spliced("\"max_tokens\":4", "\"temperature\":-Infinity")),
            self.unreadable("`1e999` as a number", self.spliced("\"max_tokens\":4", "\"temperature\":1e999")),
            self.unreadable("a number with a leading zero", self.spliced("\"max_tokens\":4", "\"max_tokens\":04")),
            self.unreadable("a hexadecimal number", self.spliced("\"max_tokens\":4", "\"max_tokens\":0x4")),
            self.unreadable("arrays nested 100,000 deep", String(repeating: "[", count: 100_000)),
            self.unreadable("objects nested 100,000 deep", String(repeating: "{\"a\":", count: 100_000)),
            self.unreadable(
                "a field nested deeper than the limit",
                self.spliced(
                    "\"max_tokens\":4",
                    "\"metadata\":" + String(repeating: "[", count: 80) + String(repeating: "]", count: 80)
                )
            ),
            self.unreadable("a key twice", self.spliced("\"POST\",", "\"POST\",\"method\":\"POST\",")),
            self.unreadable(
                "a key twice, once spelt with an escape",
                self.spliced("\"max_tokens\":4", "\"max_tokens\":4,\"max\\u005ftokens\":5")
            ),
            self.unreadable(
                "invalid UTF-8 in a text",
                Array(self.spliced("Hello", "He").utf8.dropLast(10)) + [0xFF, 0xFE]
            ),
            self.unreadable("an overlong UTF-8 sequence in a text", self.bytes(replacingHello: [0xC0, 0xAF])),
            self.unreadable(
                "a UTF-8 sequence that is cut off by the end of a text",
                self.bytes(replacingHello: [0xED, 0x95])
            ),
            self.unreadable("half a surrogate pair as an escape", self.spliced("Hello", "\\ud83d")),
            self.unreadable("a surrogate pair in the wrong order", self.spliced("Hello", "\\ude00\\ud83d")),
            self.unreadable("half a surrogate pair in UTF-8", self.bytes(replacingHello: [0xED, 0xA0, 0x80])),
            self.unreadable("an unescaped control character in a text", self.spliced("Hello", "a\u{1}b")),
            self.unreadable("an unknown escape in a text", self.spliced("Hello", "\\x41")),
            self.unreadable("a byte order mark before the line", "\u{FEFF}" + self.chat().text()),
            self.unreadable("a comment", "// job\n" + self.chat().text()),
            self.unreadable("keys in single quotes", self.chat().text().replacing("\"", with: "'")),
            self.unreadable("UTF-16", self.chat().text().utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
            self.unreadable(
                "a schema registry's framing before the line",
                [0, 0, 0, 0, 7] + self.chat().serialized()
            ),
            self.unreadable("binary data", (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 197 ^ 0x5A) }),
            self.unreadable("an array instead of an object", "[\(self.chat().text())]"),
            self.unreadable("a text instead of an object", JSONValue.string(self.chat().text()).text()),
            self.unreadable("a number instead of an object", "42"),
            self.unreadable("`null` instead of an object", "null"),
            BadRecord(
                what: "a value of more bytes than the limit",
                value: self.chat(["user": Self.long(1 << 20)]).serialized(),
                answer: .deadLetter(.tooLarge)
            ),
        ]
    }

    private func bytes(replacingHello replacement: [UInt8]) -> [UInt8] {
        let parts = self.chat().text().split(separator: "Hello").map { Array($0.utf8) }
        return parts[0] + replacement + parts[1]
    }
}

// MARK: - The line around the body

extension BadRecords {
    var lines: [BadRecord] {
        let missing = "missing_required_parameter"
        return [
            self.refused("an empty object", [:], "custom_id", missing),
            self.refused("no `custom_id`", self.changed(["custom_id": nil]), "custom_id", missing),
            self.refused("`custom_id` null", self.changed(["custom_id": .null]), "custom_id", missing),
            self.refused("`custom_id` a number", self.changed(["custom_id": 7]), "custom_id", "invalid_type"),
            self.refused("`custom_id` empty", self.changed(["custom_id": ""]), "custom_id", "empty_string"),
            self.refused(
                "`custom_id` of 100 kB",
                self.changed(["custom_id": Self.long(100_000)]),
                "custom_id",
                "string_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.refused("no `method`", self.changed(["method": nil]), "method", missing),
            self.refused("`method` GET", self.changed(["method": "GET"]), "method", "invalid_value"),
            self.refused("`method` in small letters", self.changed(["method": "post"]), "method", "invalid_value"),
            self.refused("no `url`", self.changed(["url": nil]), "url", missing),
            self.refused("an unknown `url`", self.changed(["url": "/v1/embeddings"]), "url", "invalid_value"),
            self.refused("no `body`", self.changed(["body": nil]), "body", missing),
            self.refused("`body` a text", self.changed(["body": "{}"]), "body", "invalid_type"),
            self.refused("`body` an array", self.changed(["body": []]), "body", "invalid_type"),
            self.refused("an unknown field beside `body`", self.changed(["id": 1]), "id", "unknown_parameter"),
        ]
    }

    // MARK: - Chats

    private func message(_ message: JSONValue) -> JSONValue { self.chat(["messages": [message]]) }

    var chats: [BadRecord] {
        let missing = "missing_required_parameter"
        let first = "body.messages[0]"
        return [
            self.refused("no `model`", self.chat(["model": nil]), "body.model", missing),
            self.refused("`model` a number", self.chat(["model": 4]), "body.model", "invalid_type"),
            self.refused(
                "an unknown `model`",
                self.chat(["model": "no-such-model"]),
                "body.model",
                "model_not_found",
                status: 404,
                beyondSchema: true
            ),
            self.refused("an empty body", self.changed(["body": [:]]), "body.model", missing),
            self.refused("no `messages`", self.chat(["messages": nil]), "body.messages", missing),
            self.refused("`messages` empty", self.chat(["messages": []]), "body.messages", "empty_array"),
            self.refused("`messages` a text", self.chat(["messages": "Hello"]), "body.messages", "invalid_type"),
            self.refused("a message that is a text", self.message("Hello"), first, "invalid_type"),
            self.refused("a message without `role`", self.message(["content": "a"]), "\(first).role", missing),
            self.refused(
                "a message of an unknown role",
                self.message(["role": "narrator", "content": "a"]),
                "\(first).role",
                "invalid_value"
            ),
            self.refused("a message without `content`", self.message(["role": "user"]), "\(first).content", missing),
            self.refused(
                "a message whose `content` is null",
                self.message(["role": "user", "content": nil]),
                "\(first).content",
                missing
            ),
            self.refused(
                "a message whose `content` is a number",
                self.message(["role": "user", "content": 1]),
                "\(first).content",
                "invalid_type"
            ),
            self.refused(
                "a message with an image",
                self.message(["role": "user", "content": [["type": "image_url", "image_url": ["url": "x"]]]]),
                "\(first).content[0].type",
                "unsupported_value"
            ),
            self.refused(
                "a message with an unknown field",
                self.message(["role": "user", "content": "a", "mood": "fine"]),
                "\(first).mood",
                "unknown_parameter"
            ),
            self.refused(
                "a tool's message without `tool_call_id`",
                self.message(["role": "tool", "content": "4"]),
                "\(first).tool_call_id",
                missing
            ),
            self.refused(
                "more messages than the limit",
                self.chat(["messages": .array(Array(repeating: ["role": "user", "content": "a"], count: 2049))]),
                "body.messages",
                "array_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.refused(
                "a message of 900 kB, more tokens than fit the context",
                self.message(["role": "user", "content": .string(Self.words(900_000))]),
                "body.messages",
                "context_length_exceeded",
                beyondSchema: true
            ),
            self.refused(
                "a user's name of 900 kB",
                self.chat(["user": Self.long(900_000)]),
                "body.user",
                "string_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.refused(
                "an unknown field of 900 kB",
                self.chat(["notes": Self.long(900_000)]),
                "body.notes",
                "unknown_parameter"
            ),
            self.refused("`stream` true", self.chat(["stream": true]), "body.stream", "unsupported_value"),
            self.refused(
                "`stream_options`",
                self.chat(["stream_options": ["include_usage": true]]),
                "body.stream_options",
                "unsupported_parameter"
            ),
            self.refused("an unknown field", self.chat(["temprature": 1]), "body.temprature", "unknown_parameter"),
            self.refused(
                "a known field that is not served",
                self.chat(["reasoning_effort": "high"]),
                "body.reasoning_effort",
                "unsupported_parameter"
            ),
            self.refused(
                "`response_format` with a schema",
                self.chat(["response_format": ["type": "json_object"]]),
                "body.response_format.type",
                "unsupported_value"
            ),
            self.refused(
                "`continue_final_message` after a user's message",
                self.chat(["continue_final_message": true]),
                "body.continue_final_message",
                "invalid_value",
                beyondSchema: true
            ),
            self.refused(
                "`chat_template_kwargs` that replace the messages",
                self.chat(["chat_template_kwargs": ["messages": []]]),
                "body.chat_template_kwargs.messages",
                "invalid_value"
            ),
            self.refused(
                "`chat_template_kwargs` of 100 kB",
                self.chat(["chat_template_kwargs": ["a": Self.long(100_000)]]),
                "body.chat_template_kwargs",
                "string_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.refused(
                "`metadata` with a number",
                self.chat(["metadata": ["a": 1]]),
                "body.metadata.a",
                "invalid_type"
            ),
            self.refused(
                "`metadata` with more pairs than the limit",
                self.chat(["metadata": .object(JSONObject((0..<17).map { ("k\($0)", "v") }))]),
                "body.metadata",
                "array_above_max_length",
                status: 413,
                beyondSchema: true
            ),
        ]
    }
}
