import OrderedJSON

/// The tokenizer of synthesized models: one token for each byte, and the special tokens that chat needs.
///
/// Written in Hugging Face's format with A.X K1's pipeline (split Han and kana, split words, bytes), so that a model of random weights
/// exercises what a real one does. A byte's id is its value.
enum SynthesizedTokenizer {
    private static let byteTokens = 256

    /// Text and whether skipping special tokens skips it: thinking and tool calls are part of an answer.
    private static let addedTokens: [(text: String, isSpecial: Bool)] = [
        ("<|endoftext|>", true), ("<|im_start|>", true), ("<|im_end|>", true), ("<|pad|>", true),
        ("<think>", false), ("</think>", false), ("<tool_call>", false), ("</tool_call>", false),
        ("<tool_response>", false), ("</tool_response>", false),
    ]

    static let vocabularySize = byteTokens + addedTokens.count
    /// The tokens `<|im_end|>`, which ends a turn, and `<|endoftext|>`.
    static let endOfSequenceTokens: [Int32] = [Int32(byteTokens + 2), Int32(byteTokens)]
    static let beginOfSequenceToken = Int32(byteTokens)

    /// The content of `tokenizer.json`.
    static var json: JSONValue {
        let added = self.addedTokens.enumerated().map { index, token -> JSONValue in
            var members: JSONObject = ["id": .integer(Int64(self.byteTokens + index)), "content": .string(token.text)]
            for (key, value) in self.flags(token.isSpecial) { members[key] = value }
            return .object(members)
        }
        let vocabulary = self.byteCharacters.enumerated().map { byte, character in
            (String(character), JSONValue.integer(Int64(byte)))
        }
        return [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": nil,
            "pre_tokenizer": [
                "type": "Sequence",
                "pretokenizers": [
                    self.split(#"[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"#),
                    self.split(
                        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
                            + #"\s*[\r\n]+|\s+(?!\S)|\s+"#
                    ),
                    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false],
                ],
            ],
            "post_processor": nil,
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(JSONObject(vocabulary)), "merges": [],
            ],
        ]
    }

    /// The content of `tokenizer_config.json`.
    static func configuration(contextLength: Int) -> JSONValue {
        let decoder = self.addedTokens.enumerated().map { index, token -> (String, JSONValue) in
            var members: JSONObject = ["content": .string(token.text)]
            for (key, value) in self.flags(token.isSpecial) { members[key] = value }
            return (String(self.byteTokens + index), .object(members))
        }
        return [
            "tokenizer_class": "PreTrainedTokenizerFast", "added_tokens_decoder": .object(JSONObject(decoder)),
            "bos_token": "<|endoftext|>", "eos_token": "<|im_end|>", "pad_token": "<|pad|>",
            "clean_up_tokenization_spaces": false, "model_max_length": .integer(Int64(contextLength)),
        ]
    }

    private static func flags(_ isSpecial: Bool) -> JSONObject {
        ["single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": .bool(isSpecial)]
    }

    private static func split(_ pattern: String) -> JSONValue {
        ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
    }

    /// The character that byte-level vocabularies write for each byte.
    ///
    /// Printable Latin-1 bytes stand for themselves, the others for the characters from U+0100 on, in order.
    private static var byteCharacters: [Character] {
        var next: UInt32 = 0x100
        return (0..<UInt32(self.byteTokens)).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Character(Unicode.Scalar(UInt8(byte)))
            default:
                defer { next += 1 }
                return Unicode.Scalar(next).map(Character.init) ?? "?"
            }
        }
    }

    /// The content of `chat_template.jinja`: ChatML turns, Hermes-style tools, and thinking when `enable_thinking` is true.
    static let chatTemplate = #"""
        {#- ChatML. `enable_thinking` true leaves the thinking block open; otherwise it is closed before the answer. -#}
        {%- macro text(content) -%}
            {%- if content is string -%}
                {{- content -}}
            {%- elif content is not none and content is defined -%}
                {%- for part in content -%}
                    {%- if part.type != 'text' -%}
                        {{- raise_exception('only text content is supported, got ' + part.type) -}}
                    {%- endif -%}
                    {{- part.text -}}
                {%- endfor -%}
            {%- endif -%}
        {%- endmacro -%}
        {%- set has_system = messages and messages[0].role == 'system' -%}
        {%- if has_system or tools -%}
            {{- '<|im_start|>system\n' -}}
            {%- if has_system -%}
                {{- text(messages[0].content) -}}
                {%- if tools -%}{{- '\n\n' -}}{%- endif -%}
            {%- endif -%}
            {%- if tools -%}
                {{- 'You may call these functions:\n<tools>' -}}
                {%- for tool in tools -%}{{- '\n' + (tool | tojson) -}}{%- endfor -%}
                {{- '\n</tools>\nWrite each call as\n<tool_call>\n' -}}
                {{- '{"name": <function name>, "arguments": <arguments object>}\n</tool_call>' -}}
            {%- endif -%}
            {{- '<|im_end|>\n' -}}
        {%- endif -%}
        {%- for message in messages -%}
            {%- if message.role == 'system' and loop.first -%}
            {%- elif message.role in ['system', 'user'] -%}
                {{- '<|im_start|>' + message.role + '\n' + text(message.content) + '<|im_end|>\n' -}}
            {%- elif message.role == 'assistant' -%}
                {%- set answer = text(message.content) -%}
                {{- '<|im_start|>assistant\n' + answer -}}
                {%- for call in message.tool_calls or [] -%}
                    {%- set function = call.function or call -%}
                    {%- if answer or not loop.first -%}{{- '\n' -}}{%- endif -%}
                    {{- '<tool_call>\n{"name": ' + (function.name | tojson) + ', "arguments": ' -}}
                    {%- if function.arguments is string -%}
                        {{- function.arguments -}}
                    {%- else -%}
                        {{- function.arguments | tojson -}}
                    {%- endif -%}
                    {{- '}\n</tool_call>' -}}
                {%- endfor -%}
                {{- '<|im_end|>\n' -}}
            {%- elif message.role == 'tool' -%}
                {{- '<|im_start|>user\n<tool_response>\n' + text(message.content) -}}
                {{- '\n</tool_response><|im_end|>\n' -}}
            {%- else -%}
                {{- raise_exception('expected the role system, user, assistant or tool, got ' + message.role) -}}
            {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
            {{- '<|im_start|>assistant\n<think>\n' -}}
            {%- if not (enable_thinking is defined and enable_thinking) -%}
                {{- '\n</think>\n\n' -}}
            {%- endif -%}
        {%- endif -%}

        """#
}
