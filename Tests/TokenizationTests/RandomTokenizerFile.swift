import OrderedJSON
import ServingCore

@testable import Tokenization

/// Makes small `tokenizer.json` files of random parts, half of them with a few bytes changed, and texts for them.
struct RandomTokenizerFile {
    var generator: SeededGenerator

    init(seed: UInt64) { self.generator = SeededGenerator(seed: seed) }

    /// What vocabularies and texts are made of: letters, marks, bytes that stand for bytes, and what steps look for.
    private static let pieces = [
        "a", "b", "c", "ab", "abc", "한", "글", "é", "e\u{301}", "ß", "Ａ", "Ġ", "Ċ", "▁", "##", "</w>", "<0x41>",
        "<0xED>", "<unk>",
        " ", "  ", "\n", "\r\n", "1", "12", ".", "'s", "\u{301}", "\u{3000}", "\u{200B}", "\u{0}", "😀", "\u{1F3FD}",
        "\u{FFFD}",
        "漢", "字", "ﬁ", "İ", "\u{AD}", "\u{1100}\u{1161}", "x", "Hello", "don't",
    ]

    private static let normalizers: [JSONValue] = [
        ["type": "NFC"], ["type": "NFD"], ["type": "NFKC"], ["type": "NFKD"], ["type": "Lowercase"],
        ["type": "StripAccents"],
        ["type": "Strip", "strip_left": true, "strip_right": true], ["type": "Prepend", "prepend": "▁"],
        ["type": "Append", "append": "x"], ["type": "Replace", "pattern": ["String": " "], "content": "▁"],
        ["type": "Replace", "pattern": ["Regex": "\\s{2,}|b"], "content": ""],
        ["type": "Replace", "pattern": ["Regex": "a*"], "content": "a"],
        [
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": nil,
            "lowercase": true,
        ],
    ]

    private static let preTokenizers: [JSONValue] = [
        ["type": "ByteLevel", "add_prefix_space": true, "use_regex": true],
        ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false], ["type": "Whitespace"],
        ["type": "WhitespaceSplit"], ["type": "BertPreTokenizer"], ["type": "UnicodeScripts"],
        ["type": "Punctuation", "behavior": "Contiguous"], ["type": "Digits", "individual_digits": true],
        ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true],
        ["type": "Metaspace", "replacement": "a", "prepend_scheme": "always", "split": false],
        ["type": "Split", "pattern": ["Regex": " ?\\p{L}+|\\s+(?!\\S)|\\d"], "behavior": "Isolated", "invert": false],
        ["type": "Split", "pattern": ["Regex": "\\p{M}*|$"], "behavior": "MergedWithNext", "invert": false],
        ["type": "Split", "pattern": ["String": "a"], "behavior": "MergedWithPrevious", "invert": true],
        ["type": "Split", "pattern": ["Regex": "[^\\s&&[^b]]"], "behavior": "Removed", "invert": true],
    ]

    private static let decoders: [JSONValue] = [
        ["type": "ByteLevel"], ["type": "ByteFallback"], ["type": "Fuse"], ["type": "BPEDecoder", "suffix": "</w>"],
        ["type": "Replace", "pattern": ["String": "▁"], "content": " "],
        ["type": "Replace", "pattern": ["Regex": "a|$"], "content": "ab"],
        ["type": "Strip", "content": " ", "start": 1, "stop": 1],
        ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"],
        ["type": "WordPiece", "prefix": "##", "cleanup": true],
    ]

    private static let postProcessors: [JSONValue] = [
        ["type": "BertProcessing", "sep": ["x", 1], "cls": ["a", 0]],
        [
            "type": "TemplateProcessing",
            "single": [["SpecialToken": ["id": "a", "type_id": 0]], ["Sequence": ["id": "A", "type_id": 0]]],
            "special_tokens": ["a": ["id": "a", "ids": [0, 3], "tokens": ["a"]]],
        ],
    ]

    mutating func text() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &self.generator) { text += self.piece() }
        return text
    }

    mutating func next() -> [UInt8] {
        let file: JSONValue = [
            "version": "1.0", "added_tokens": .array(self.addedTokens()),
            "normalizer": self.part(of: Self.normalizers, "normalizers"),
            "pre_tokenizer": self.part(of: Self.preTokenizers, "pretokenizers"), "model": self.model(),
            "decoder": self.part(of: Self.decoders, "decoders"),
            "post_processor": self.part(of: Self.postProcessors, "processors"),
        ]
        var bytes = file.serialized()
        guard Bool.random(using: &self.generator) else { return bytes }
        for _ in 0..<Int.random(in: 1...3, using: &self.generator) {
            let place = Int.random(in: 0..<bytes.count, using: &self.generator)
            switch Int.random(in: 0..<4, using: &self.generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self.generator)
            case 1: bytes[place] = Array("0123456789{}[]\",:\\-".utf8).randomElement(using: &self.generator) ?? 0
            case 2: bytes.remove(at: place)
            default: bytes.insert(contentsOf: Array(self.piece().utf8), at: place)
            }
        }
        return bytes
    }

    // MARK: Parts

    private mutating func piece() -> String { Self.pieces.randomElement(using: &self.generator) ?? "" }

    private mutating func coin() -> JSONValue { .bool(Bool.random(using: &self.generator)) }

    /// None, one, or several in a row.
    private mutating func part(of parts: [JSONValue], _ key: String) -> JSONValue {
        switch Int.random(in: 0..<4, using: &self.generator) {
        case 0: return .null
        case 1: return parts.randomElement(using: &self.generator) ?? .null
        default:
            var chosen: [JSONValue] = []
            for _ in 0..<Int.random(in: 0...4, using: &self.generator) {
                if let part = parts.randomElement(using: &self.generator) { chosen.append(part) }
            }
            return ["type": "Sequence", key: .array(chosen)]
        }
    }

    private mutating func addedTokens() -> [JSONValue] {
        var tokens: [JSONValue] = []
        for id in 0..<Int.random(in: 0...4, using: &self.generator) {
            tokens.append([
                "id": .integer(Int64(100 + id)), "content": .string(self.piece()), "single_word": self.coin(),
                "lstrip": self.coin(), "rstrip": self.coin(), "normalized": self.coin(), "special": self.coin(),
            ])
        }
        return tokens
    }

    private mutating func vocabulary() -> [String] {
        var words = ["a", "x", "b", "<unk>"]
        for _ in 0..<Int.random(in: 4...30, using: &self.generator) {
            let word = self.piece() + (Bool.random(using: &self.generator) ? self.piece() : "")
            if !words.contains(where: { $0.isSame(as: word) }) { words.append(word) }
        }
        return words
    }

    private mutating func model() -> JSONValue {
        let words = self.vocabulary()
        let ids = JSONValue.object(JSONObject(words.enumerated().map { ($1, .integer(Int64($0))) }))
        switch Int.random(in: 0..<5, using: &self.generator) {
        case 0: return ["type": "WordLevel", "vocab": ids, "unk_token": "<unk>"]
        case 1:
            return [
                "type": "WordPiece", "vocab": ids, "unk_token": "<unk>", "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 20,
            ]
        case 2:
            var scored: [JSONValue] = []
            for word in words {
                scored.append([.string(word), .double(Double.random(in: -9...0, using: &self.generator))])
            }
            return ["type": "Unigram", "vocab": .array(scored), "unk_id": 3, "byte_fallback": self.coin()]
        default:
            return [
                "type": "BPE", "vocab": ids, "merges": .array(Self.merges(of: words)), "unk_token": "<unk>",
                "fuse_unk": self.coin(), "byte_fallback": self.coin(), "ignore_merges": self.coin(),
            ]
        }
    }

    /// Every pair of words whose texts together are a word.
    private static func merges(of words: [String]) -> [JSONValue] {
        var merges: [JSONValue] = []
        for left in words {
            for right in words where words.contains(where: { $0.isSame(as: left + right) }) {
                merges.append([.string(left), .string(right)])
            }
        }
        return merges
    }
}
