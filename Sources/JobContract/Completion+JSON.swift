public import OrderedJSON
import ServingCore

extension ChatCompletion {
    public var json: JSONValue {
        .envelope(
            id: self.id,
            object: "chat.completion",
            created: self.created,
            model: self.model,
            choices: self.choices.map(\.json),
            usage: self.usage,
            systemFingerprint: self.systemFingerprint
        )
    }
}

extension TextCompletion {
    public var json: JSONValue {
        .envelope(
            id: self.id,
            object: "text_completion",
            created: self.created,
            model: self.model,
            choices: self.choices.map(\.json),
            usage: self.usage,
            systemFingerprint: self.systemFingerprint
        )
    }
}

extension JSONValue {
    fileprivate static func envelope(
        id: String,
        object: String,
        created: Int64,
        model: String,
        choices: [JSONValue],
        usage: TokenUsage,
        systemFingerprint: String
    ) -> JSONValue {
        [
            "id": .string(id), "object": .string(object), "created": .integer(created), "model": .string(model),
            "choices": .array(choices), "usage": usage.json, "system_fingerprint": .string(systemFingerprint),
        ]
    }
}

extension TokenUsage {
    var json: JSONValue {
        [
            "prompt_tokens": .integer(Int64(self.promptTokens)),
            "completion_tokens": .integer(Int64(self.completionTokens)),
            "total_tokens": .integer(Int64(self.totalTokens)),
            "prompt_tokens_details": ["cached_tokens": .integer(Int64(self.cachedTokens))],
            "completion_tokens_details": ["reasoning_tokens": .integer(Int64(self.reasoningTokens))],
        ]
    }
}

extension ChatCompletion.Choice {
    var json: JSONValue {
        [
            "index": .integer(Int64(self.index)), "message": self.message.json,
            "logprobs": self.logprobs.map { ["content": .array($0.map(\.json)), "refusal": .null] } ?? .null,
            "finish_reason": .string(self.finishReason.rawValue), "stop_reason": self.stopReason?.json ?? .null,
        ]
    }
}

extension ChatCompletion.Message {
    var json: JSONValue {
        var message: JSONObject = [
            "role": "assistant", "content": self.content.map(JSONValue.string) ?? .null, "refusal": .null,
        ]
        if let reasoning { message["reasoning"] = .string(reasoning) }
        if !self.toolCalls.isEmpty { message["tool_calls"] = .array(self.toolCalls.map(\.json)) }
        return .object(message)
    }
}

extension TextCompletion.Choice {
    var json: JSONValue {
        [
            "text": .string(self.text), "index": .integer(Int64(self.index)),
            "logprobs": self.logprobs.map(Self.columns) ?? .null,
            "finish_reason": .string(self.finishReason.rawValue), "stop_reason": self.stopReason?.json ?? .null,
        ]
    }

    /// OpenAI's older form: a column per property.
    ///
    /// `text_offset` counts Unicode scalars, as Python's strings do.
    private static func columns(_ logprobs: [AnswerLogprob]) -> JSONValue {
        var offset: Int64 = 0
        var offsets: [JSONValue] = []
        for entry in logprobs {
            offsets.append(.integer(offset))
            offset += Int64(entry.chosen.token.unicodeScalars.count)
        }
        return [
            "text_offset": .array(offsets), "token_logprobs": .array(logprobs.map { .double($0.chosen.logprob) }),
            "tokens": .array(logprobs.map { .string($0.chosen.token) }),
            "top_logprobs": .array(
                logprobs.map { entry in
                    // Two tokens can have one text, as parts of characters do: the first, which is the better, stands.
                    var best = JSONObject()
                    for candidate in entry.top where best[candidate.token] == nil {
                        best[candidate.token] = .double(candidate.logprob)
                    }
                    return .object(best)
                }
            ),
        ]
    }
}

extension AnswerLogprob {
    var json: JSONValue {
        var entry = self.chosen.json
        entry["top_logprobs"] = .array(self.top.map { .object($0.json) })
        return .object(entry)
    }
}

extension AnswerLogprob.Candidate {
    var json: JSONObject {
        [
            "token": .string(self.token), "logprob": .double(self.logprob),
            "bytes": self.bytes.map { .array($0.map { .integer(Int64($0)) }) } ?? .null,
        ]
    }
}
