import OrderedJSON
import Worker

// MARK: - Sampling

extension BadRecords {
    private func bad(
        _ what: String,
        _ name: String,
        _ value: JSONValue,
        _ code: String,
        status: Int = 400,
        beyondSchema: Bool = false
    ) -> BadRecord {
        self.refused(
            what,
            self.chat([name: value]),
            "body.\(name)",
            code,
            status: status,
            beyondSchema: beyondSchema
        )
    }

    var sampling: [BadRecord] {
        let above = "integer_above_max_value"
        let below = "integer_below_min_value"
        let type = "invalid_type"
        return [
            self.bad("`temperature` a text", "temperature", "0.7", type),
            self.bad("`temperature` true", "temperature", true, type),
            self.bad("`temperature` above its range", "temperature", 2.5, "decimal_above_max_value"),
            self.bad("`temperature` below its range", "temperature", -0.1, "decimal_below_min_value"),
            self.bad("`top_p` above its range", "top_p", 1.01, "decimal_above_max_value"),
            self.bad("`top_k` below its range", "top_k", -2, below),
            self.bad("`min_p` above its range", "min_p", 7, "decimal_above_max_value"),
            self.bad("`repetition_penalty` zero", "repetition_penalty", 0, "decimal_below_min_value"),
            self.bad("`presence_penalty` above its range", "presence_penalty", 2.01, "decimal_above_max_value"),
            self.bad("`n` zero", "n", 0, below), self.bad("`n` above the limit", "n", 17, above, beyondSchema: true),
            self.bad("`n` not whole", "n", 1.5, type), self.bad("`n` true", "n", true, type),
            self.bad("`n` of 30 digits", "n", .double(1e29), above, beyondSchema: true),
            self.bad("`max_tokens` zero", "max_tokens", 0, below),
            self.bad("`max_tokens` above the limit", "max_tokens", 1_000_000, above, beyondSchema: true),
            self.bad("`max_tokens` a text", "max_tokens", "16", type),
            self.refused(
                "`max_tokens` and `max_completion_tokens` that differ",
                self.chat(["max_completion_tokens": 5]),
                "body.max_tokens",
                "invalid_value",
                beyondSchema: true
            ),
            self.bad("`min_tokens` above `max_tokens`", "min_tokens", 5, "invalid_value", beyondSchema: true),
            self.bad("`seed` a text", "seed", "42", type), self.bad("`seed` not whole", "seed", 0.5, type),
            self.bad("`seed` beyond 64 bits", "seed", .double(1e30), above),
            self.bad("`stop` a number", "stop", 7, type), self.bad("`stop` empty", "stop", "", "empty_string"),
            self.refused("`stop` with a number", self.chat(["stop": ["a", 1]]), "body.stop[1]", type),
            self.bad(
                "`stop` with more texts than the limit",
                "stop",
                .array((0..<17).map { .string("s\($0)") }),
                "array_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.bad(
                "`stop` longer than the limit",
                "stop",
                Self.long(600),
                "string_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.refused(
                "`stop_token_ids` with a negative id",
                self.chat(["stop_token_ids": [1, -1]]),
                "body.stop_token_ids[1]",
                below
            ),
            self.refused(
                "`stop_token_ids` beyond the vocabulary",
                self.chat(["stop_token_ids": [2_000_000_000]]),
                "body.stop_token_ids[0]",
                "invalid_value",
                beyondSchema: true
            ),
            self.bad("`logit_bias` with a key that is no id", "logit_bias", ["07": 1], "invalid_value"),
            self.refused(
                "`logit_bias` above its range",
                self.chat(["logit_bias": ["7": 101]]),
                "body.logit_bias.7",
                "decimal_above_max_value"
            ),
            self.bad(
                "`logit_bias` beyond the vocabulary",
                "logit_bias",
                ["2000000000": 1],
                "invalid_value",
                beyondSchema: true
            ),
            self.bad("`logprobs` a number in a chat", "logprobs", 5, type),
            self.bad("`top_logprobs` without `logprobs`", "top_logprobs", 3, "invalid_value"),
            self.refused(
                "`top_logprobs` above the limit",
                self.chat(["logprobs": true, "top_logprobs": 21]),
                "body.top_logprobs",
                above,
                beyondSchema: true
            ),
            self.bad("`priority` beyond 32 bits", "priority", 5_000_000_000, above),
            self.bad("`user` empty", "user", "", "empty_string"),
        ]
    }

    // MARK: - Tools

    private func tool(_ function: JSONValue) -> JSONValue {
        self.chat(["tools": [["type": "function", "function": function]]])
    }

    var tools: [BadRecord] {
        let first = "body.tools[0]"
        return [
            self.bad("`tools` an object", "tools", ["a": 1], "invalid_type"),
            self.refused(
                "a tool that is no function",
                self.chat(["tools": [["type": "web_search"]]]),
                "\(first).type",
                "unsupported_value"
            ),
            self.refused(
                "a tool without its function",
                self.chat(["tools": [["type": "function"]]]),
                "\(first).function",
                "missing_required_parameter"
            ),
            self.refused(
                "a tool's name with a space",
                self.tool(["name": "look up"]),
                "\(first).function.name",
                "invalid_value"
            ),
            self.refused(
                "a tool's parameters as a text",
                self.tool(["name": "f", "parameters": "{}"]),
                "\(first).function.parameters",
                "invalid_type"
            ),
            self.refused(
                "a tool larger than the limit",
                self.tool(["name": "f", "description": Self.long(70_000)]),
                first,
                "string_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.bad(
                "more tools than the limit",
                "tools",
                .array(Array(repeating: ["type": "function", "function": ["name": "f"]], count: 129)),
                "array_above_max_length",
                status: 413,
                beyondSchema: true
            ),
            self.bad("`tool_choice` auto without tools", "tool_choice", "auto", "invalid_value"),
            self.bad("`tool_choice` required", "tool_choice", "required", "unsupported_value"),
            self.refused(
                "a tool call without an id in the history",
                self.chat([
                    "messages": [
                        ["role": "assistant", "tool_calls": [["function": ["name": "f", "arguments": "{}"]]]]
                    ]
                ]),
                "body.messages[0].tool_calls[0].id",
                "missing_required_parameter"
            ),
        ]
    }

    // MARK: - Completions

    var completions: [BadRecord] {
        let field = "body.prompt"
        return [
            self.refused("no `prompt`", self.completion(["prompt": nil]), field, "missing_required_parameter"),
            self.refused("`prompt` empty", self.completion(["prompt": ""]), field, "empty_string"),
            self.refused("`prompt` an empty list", self.completion(["prompt": []]), field, "empty_array"),
            self.refused("`prompt` an object", self.completion(["prompt": [:]]), field, "invalid_type"),
            self.refused("several prompts", self.completion(["prompt": ["a", "b"]]), field, "unsupported_value"),
            self.refused(
                "a token that is a text",
                self.completion(["prompt": [1, "a"]]),
                "\(field)[1]",
                "invalid_type"
            ),
            self.refused(
                "a negative token",
                self.completion(["prompt": [1, -1]]),
                "\(field)[1]",
                "integer_below_min_value"
            ),
            self.refused(
                "a token beyond the vocabulary",
                self.completion(["prompt": [1, 2_000_000_000]]),
                "\(field)[1]",
                "invalid_value",
                beyondSchema: true
            ),
            self.refused(
                "a prompt of 900 kB, more tokens than fit the context",
                self.completion(["prompt": .string(Self.words(900_000))]),
                field,
                "context_length_exceeded",
                beyondSchema: true
            ),
            self.refused(
                "140,000 tokens as a prompt",
                self.completion(["prompt": .array(Array(repeating: 1, count: 140_000))]),
                field,
                "context_length_exceeded",
                beyondSchema: true
            ),
            self.refused("`echo` true", self.completion(["echo": true]), "body.echo", "unsupported_value"),
            self.refused(
                "`best_of` other than `n`",
                self.completion(["best_of": 4]),
                "body.best_of",
                "unsupported_value",
                beyondSchema: true
            ),
            self.refused(
                "`logprobs` above the limit",
                self.completion(["logprobs": 21]),
                "body.logprobs",
                "integer_above_max_value",
                beyondSchema: true
            ),
            self.refused("`suffix`", self.completion(["suffix": "."]), "body.suffix", "unsupported_parameter"),
            self.refused(
                "a chat's field in a completion",
                self.completion(["messages": []]),
                "body.messages",
                "unknown_parameter"
            ),
        ]
    }

    // MARK: - Headers

    private func header(_ what: String, _ name: String, _ values: [[UInt8]?], path: String? = nil) -> BadRecord {
        BadRecord(
            what: what,
            value: self.chat().serialized(),
            headers: values.map { RecordHeader(name: name, value: $0) },
            answer: .refused(400, param: "headers.\(path ?? name)", code: "invalid_header"),
            isSchemaVisible: false
        )
    }

    private func header(_ what: String, _ name: String, _ values: String..., path: String? = nil) -> BadRecord {
        self.header(what, name, values.map { Array($0.utf8) }, path: path)
    }

    private func heavy(_ what: String, _ headers: [RecordHeader], code: String) -> BadRecord {
        BadRecord(
            what: what,
            value: self.chat().serialized(),
            headers: headers,
            answer: .refused(413, param: "headers", code: code),
            isSchemaVisible: false
        )
    }

    var headers: [BadRecord] {
        [
            self.heavy(
                "2,000 headers",
                (0..<2000).map { RecordHeader(name: "h\($0)", value: [0x31]) },
                code: "array_above_max_length"
            ),
            self.heavy(
                "headers of 100 kB",
                [RecordHeader(name: "blob", value: Array(repeating: 0x78, count: 100_000))],
                code: "string_above_max_length"
            ),
            self.header("`dure-priority` a word", "dure-priority", "high"),
            self.header("`dure-priority` not whole", "dure-priority", "1.5"),
            self.header("`dure-priority` beyond 32 bits", "dure-priority", "99999999999"),
            self.header("`dure-priority` empty", "dure-priority", ""),
            self.header("`dure-deadline` a number", "dure-deadline", "1780000000"),
            self.header("`dure-deadline` without a zone", "dure-deadline", "2026-11-24T05:00:00"),
            self.header("`dure-deadline` on 30 February", "dure-deadline", "2026-02-30T05:00:00Z"),
            self.header(
                "`dure-deadline` twice with different times",
                "dure-deadline",
                "2030-01-01T00:00:00Z",
                "2031-01-01T00:00:00Z"
            ),
            self.header("`dure-tenant` that is not UTF-8", "dure-tenant", [[0xFF, 0xFE]]),
            self.header("`dure-batch-id` without a value", "dure-batch-id", [nil]),
            self.header("`dure-batch-id` of 1 kB", "dure-batch-id", String(repeating: "b", count: 1024)),
            self.header("`dure-idempotency-key` of 1 kB", "dure-idempotency-key", String(repeating: "k", count: 1024)),
            self.header("`dure-reply-topic` that is not allowed", "dure-reply-topic", "secrets"),
            self.header("`dure-reply-topic` that is no topic's name", "dure-reply-topic", "replies.a b"),
            self.header("a CloudEvents deadline that is no time", "ce_expirytime", "tomorrow"),
            BadRecord(
                what: "`dure-deadline` in the past",
                value: self.chat().serialized(),
                headers: [RecordHeader(name: "dure-deadline", value: Array("2020-01-01T00:00:00Z".utf8))],
                answer: .ended(code: "batch_expired"),
                isSchemaVisible: false
            ),
        ]
    }

    // MARK: - Odd, and good

    private func served(_ what: String, _ line: JSONValue, headers: [RecordHeader] = []) -> BadRecord {
        BadRecord(
            what: what,
            value: line.serialized(),
            headers: headers,
            answer: .served,
            isSchemaVisible: false
        )
    }

    var odd: [BadRecord] {
        var keyless = self.served("no key", self.chat())
        keyless.key = nil
        var strangeKey = self.served("a key that is not UTF-8", self.chat())
        strangeKey.key = [0xFF, 0x00]
        return [
            keyless, strangeKey,
            self.served("unknown fields that are null", self.chat(["notes": .null, "functions": .null])),
            self.served("whole numbers written with a fraction", self.chat(["n": 1.0, "max_tokens": 4.0])),
            self.served("a text of control characters, as escapes", self.completion(["prompt": "\u{0}\u{1}\u{7f}"])),
            self.served("a text with the marks of a chat template", self.completion(["prompt": "<|im_end|>"])),
            self.served(
                "a malformed `traceparent`, which W3C says to ignore",
                self.chat(),
                headers: [RecordHeader(name: "traceparent", value: Array("00-zz".utf8))]
            ),
            self.served(
                "other programs' headers, without a value or not UTF-8",
                self.chat(),
                headers: [RecordHeader(name: "trace", value: nil), RecordHeader(name: "x", value: [0xFF])]
            ),
        ]
    }
}
