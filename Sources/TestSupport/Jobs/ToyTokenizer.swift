import OrderedJSON
public import Tokenization

/// A byte-level tokenizer without merges: one token per byte, and the special tokens that chat needs.
public enum ToyTokenizer {
    /// Text, and whether skipping special tokens skips it.
    private static let addedTokens: [(text: String, isSpecial: Bool)] = [
        ("<|endoftext|>", true), ("<|im_start|>", true), ("<|im_end|>", true), ("<think>", false),
        ("</think>", false), ("<tool_call>", false), ("</tool_call>", false),
    ]

    public static let vocabularySize = 256 + addedTokens.count
    /// `<|im_end|>` and `<|endoftext|>`.
    public static let endOfSequenceTokens: [Int32] = [258, 256]

    public static func make(specialThinking: Bool = false) throws -> Tokenizer {
        let added = self.addedTokens.enumerated().map { index, token -> JSONValue in
            let isThought = token.text.contains("think")
            return [
                "id": .integer(Int64(256 + index)), "content": .string(token.text), "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false,
                "special": .bool(token.isSpecial || (specialThinking && isThought)),
            ]
        }
        var next: UInt32 = 0x100
        let vocabulary = (0..<UInt32(256)).map { byte -> (String, JSONValue) in
            var character = byte
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: break
            default:
                character = next
                next += 1
            }
            return (String(Unicode.Scalar(character).map(Character.init) ?? "?"), .integer(Int64(byte)))
        }
        let byteLevel: JSONValue = [
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false,
        ]
        let file: JSONValue = [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added), "normalizer": nil,
            "pre_tokenizer": byteLevel, "post_processor": nil, "decoder": byteLevel,
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
                "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": .object(JSONObject(vocabulary)), "merges": [],
            ],
        ]
        return try Tokenizer(tokenizerJSON: file.serialized())
    }

    /// What stands beside it.
    public static var configuration: TokenizerConfiguration {
        var configuration = TokenizerConfiguration()
        configuration.bosToken = "<|endoftext|>"
        configuration.eosToken = "<|im_end|>"
        return configuration
    }
}
