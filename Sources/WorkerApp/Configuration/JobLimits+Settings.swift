public import JobContract
public import Settings

extension JobLimits {
    /// What a job may ask for.
    ///
    /// A record over a limit is told the limit's name and value.
    public static let settings = SettingGroup<Self>("limits", "Limits of a job") {
        Setting(
            "record-bytes",
            \.recordBytes,
            .bytes.within(1024...(1 << 30)),
            help: "a record's value; a larger one is not read and becomes a dead letter"
        )
        Setting(
            "json-depth",
            \.jsonDepth,
            .count(of: "levels", 4...512),
            help: "nested arrays and objects in a record's value"
        )
        Setting("custom-id-bytes", \.customIDBytes, .bytes.within(1...65_536), help: "UTF-8 bytes of custom_id")
        Setting(
            "prompt-tokens",
            \.promptTokens,
            .count(of: "tokens", 1...16_777_216),
            help: "one prompt after the chat template; the model's context may be smaller"
        )
        Setting(
            "output-tokens",
            \.outputTokens,
            .count(of: "tokens", 1...16_777_216),
            help: "one completion: the most that max_tokens may ask for, and what a job without it gets at most"
        )
        Setting("choices", \.choices, .count(of: "choices", 1...128), help: "choices per job (n)")
        Setting("messages", \.messages, .count(of: "messages", 1...1_000_000), help: "messages of a chat")
        Setting("stop-strings", \.stopStrings, .count(of: "strings", 0...1024), help: "strings in stop")
        Setting("stop-string-bytes", \.stopStringBytes, .bytes.within(1...65_536), help: "UTF-8 bytes of each of them")
        Setting("stop-token-ids", \.stopTokenIDs, .count(of: "ids", 0...65_536), help: "ids in stop_token_ids")
        Setting("logit-biases", \.logitBiases, .count(of: "entries", 0...1_000_000), help: "entries of logit_bias")
        Setting(
            "top-logprobs",
            \.topLogprobs,
            .count(of: "alternatives", 0...1024),
            help: "alternatives per token: top_logprobs, and logprobs of a completion"
        )
        Setting("tools", \.tools, .count(of: "tools", 0...4096), help: "definitions in tools")
        Setting("tool-bytes", \.toolBytes, .bytes.within(1...(16 << 20)), help: "one tool definition, serialised")
        Setting(
            "template-argument-bytes",
            \.templateArgumentBytes,
            .bytes.within(0...(16 << 20)),
            help: "chat_template_kwargs, serialised"
        )
        Setting("metadata-pairs", \.metadataPairs, .count(of: "pairs", 0...4096), help: "pairs in metadata")
        Setting(
            "metadata-key-length",
            \.metadataKeyLength,
            .count(of: "characters", 1...65_536),
            help: "Unicode scalars of a key in metadata"
        )
        Setting(
            "metadata-value-length",
            \.metadataValueLength,
            .count(of: "characters", 0...65_536),
            help: "Unicode scalars of a value in metadata"
        )
        Setting(
            "identifier-bytes",
            \.identifierBytes,
            .bytes.within(1...65_536),
            help: "each short text that names something: user, request_id, a message's name, a tool call's id"
        )
        Setting("headers", \.headers, .count(of: "headers", 0...65_536), help: "headers of a record")
        Setting(
            "header-bytes",
            \.headerBytes,
            .bytes.within(0...(16 << 20)),
            help: "all names and values of a record's headers together"
        )
    }
}
