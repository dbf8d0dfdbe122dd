import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

/// A tokenizer of a model and nothing else but what a test names.
private func tokenizer(_ model: JSONValue, _ parts: [String: JSONValue] = [:]) throws -> Tokenizer {
    var file: JSONObject = ["model": model]
    for (key, value) in parts { file[key] = value }
    return try Tokenizer(tokenizerJSON: JSONValue.object(file).serialized())
}

@Suite("UnigramModel")
struct UnigramModelTests {
    @Test("the pieces with the greatest sum are taken, and unknown characters become one token") func bestPath() throws
    {
        let pieces: [(String, Double)] = [
            ("<unk>", 0), ("a", 0), ("b", 0), ("c", 0), ("d", 0), ("cd", 1), ("ab", 2), ("abc", 5), ("abcd", 10),
        ]
        let vocabulary = pieces.map { JSONValue.array([.string($0.0), .double($0.1)]) }
        let model: JSONValue = ["type": "Unigram", "vocab": .array(vocabulary), "unk_id": 0]
        #expect(try tokenizer(model).encode("abcdacdxxb") == [8, 1, 5, 0, 2])
    }

    @Test("a piece that is listed twice has the later id, and both ids have its text") func repeatedPiece() throws {
        let model: JSONValue = [
            "type": "Unigram", "vocab": [["<unk>", 0], ["a", -1], ["a", -2]], "unk_id": 0, "byte_fallback": true,
        ]
        let tokenizer = try tokenizer(model)
        #expect(try tokenizer.encode("ab") == [2, 0])
        #expect(tokenizer.token(for: 1) == "a" && tokenizer.token(for: 2) == "a" && tokenizer.tokenID(of: "a") == 2)
    }

    @Test("without an unknown token a character that is no piece is an error") func noUnknown() throws {
        let error = #expect(throws: TokenizationError.self) {
            try tokenizer(["type": "Unigram", "vocab": [["a", 0]]]).encode("ab")
        }
        #expect(error?.code == .unknownSymbol)
    }

    @Test("sums are the best of all ways to cut a word", arguments: 0..<20) func againstAllWays(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var scores: [String: Double] = ["a": -3, "b": -3, "c": -3]
        for _ in 0..<25 {
            let piece = (0..<Int.random(in: 1...4, using: &generator)).map { _ in "abc".randomElement(using: &generator)
            }
            scores[String(piece.compactMap(\.self))] = -Double.random(in: 1..<9, using: &generator)
        }
        let pieces = scores.keys.sorted()
        let model: JSONValue = [
            "type": "Unigram", "vocab": .array(pieces.map { .array([.string($0), .double(scores[$0] ?? 0)]) }),
        ]
        let tokenizer = try tokenizer(model)
        for _ in 0..<10 {
            let word = String((0..<12).compactMap { _ in "abc".randomElement(using: &generator) })
            let sum = try tokenizer.encode(word).reduce(0) { $0 + (scores[pieces[Int($1)]] ?? 0) }
            #expect(abs(sum - Self.best(word[...], scores)) < 1e-9)
        }
    }

    private static func best(_ word: Substring, _ scores: [String: Double]) -> Double {
        if word.isEmpty { return 0 }
        return (1...min(4, word.count)).compactMap { count -> Double? in
            guard let score = scores[String(word.prefix(count))] else { return nil }
            return score + self.best(word.dropFirst(count), scores)
        }.max() ?? -.infinity
    }
}

@Suite("WordPieceModel and WordLevelModel")
struct WordModelTests {
    private static let wordPiece: JSONValue = [
        "type": "WordPiece", "vocab": ["[UNK]": 0, "ba": 1, "##na": 2, "b": 3, "##n": 4, "가": 5], "unk_token": "[UNK]",
        "continuing_subword_prefix": "##", "max_input_chars_per_word": 6,
    ]

    @Test("the longest piece is taken, and a word with a rest that is none is unknown as a whole") func longestPiece()
        throws
    {
        let tokenizer = try tokenizer(Self.wordPiece)
        #expect(try tokenizer.encode("banana") == [1, 2, 2])
        #expect(try tokenizer.encode("bann") == [1, 4, 4])
        #expect(try tokenizer.encode("bana가") == [0])
        #expect(try tokenizer.encode("nana") == [0])
        #expect(try tokenizer.encode("bananan") == [0])
        #expect(try tokenizer.encode("가") == [5])
    }

    @Test("an unknown token that the vocabulary lacks is an error when it is needed") func missingUnknown() throws {
        let tokenizer = try tokenizer(["type": "WordLevel", "vocab": ["a": 0], "unk_token": "u"])
        #expect(try tokenizer.encode("a") == [0] && tokenizer.encode("") == [])
        let error = #expect(throws: TokenizationError.self) { try tokenizer.encode("b") }
        #expect(error?.code == .unknownSymbol)
    }
}

@Suite("BytePairModel, with affixes and bytes")
struct BytePairModelTests {
    @Test("symbols inside a word have the prefix, and a merge's right side loses it") func continuingPrefix() throws {
        let model: JSONValue = [
            "type": "BPE", "vocab": ["a": 0, "##b": 1, "ab": 2, "##c": 3, "##bc": 4, "##b##c": 5],
            "merges": ["##b ##c", "a ##b"], "continuing_subword_prefix": "##",
        ]
        #expect(try tokenizer(model).encode("abc") == [0, 4])
        #expect(try tokenizer(model).encode("ab") == [2])
    }

    @Test("the last symbol has the suffix") func endSuffix() throws {
        let model: JSONValue = [
            "type": "BPE", "vocab": ["a": 0, "b</w>": 1, "ab</w>": 2, "a</w>": 3], "merges": [["a", "b</w>"]],
            "end_of_word_suffix": "</w>",
        ]
        #expect(try tokenizer(model).encode("aab") == [0, 2])
        #expect(try tokenizer(model).encode("a") == [3])
    }

    @Test("bytes of an unknown symbol go before an unknown token that is held back") func unknownOrder() throws {
        let model: JSONValue = [
            "type": "BPE", "vocab": ["<unk>": 0, "a": 1, "<0xC3>": 2, "<0xA9>": 3], "merges": [], "unk_token": "<unk>",
            "fuse_unk": true, "byte_fallback": true,
        ]
        // The reference's answers: the unknown token of `xy` is added when a known symbol follows.
        #expect(try tokenizer(model).encode("axyéa") == [1, 2, 3, 0, 1])
        #expect(try tokenizer(model).encode("xé") == [2, 3, 0])
    }
}

@Suite("Metaspace at the start of a text")
struct MetaspaceStartTests {
    private static let model: JSONValue = [
        "type": "WordLevel", "vocab": ["▁a": 1, "a": 2, "▁": 3, "▁-": 4], "unk_token": "a",
    ]
    private static let first: JSONValue = ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"]

    @Test(
        "the scheme `first` counts from where the original text starts, as the reference keeps account of it",
        arguments: [
            (["type": "Strip", "strip_left": true, "strip_right": true], "  a", [2]),
            (["type": "Strip", "strip_left": true, "strip_right": true], "a ", [1]),
            (["type": "Replace", "pattern": ["String": "xy"], "content": "a"], "xy", [2]),
            (["type": "Replace", "pattern": ["String": "x"], "content": "a"], "x", [1]),
        ] as [(JSONValue, String, [TokenID])]
    ) func normalized(normalizer: JSONValue, text: String, expected: [TokenID]) throws {
        let tokenizer = try tokenizer(Self.model, ["normalizer": normalizer, "pre_tokenizer": Self.first])
        #expect(try tokenizer.encode(text) == expected)
    }

    @Test("only the first of several pieces gets a space, and only where the text starts with it") func split() throws {
        let steps: JSONValue = ["type": "Sequence", "pretokenizers": [["type": "WhitespaceSplit"], Self.first]]
        let tokenizer = try tokenizer(Self.model, ["pre_tokenizer": steps])
        #expect(try tokenizer.encode("a a") == [1, 2])
        #expect(try tokenizer.encode(" a a") == [2, 2])
    }

    @Test("every piece that starts with a part of the first character is first")
    func parts() throws {
        let steps: JSONValue = ["type": "Sequence", "pretokenizers": [["type": "Punctuation"], Self.first]]
        let normalizer: JSONValue = ["type": "Prepend", "prepend": "a"]
        let tokenizer = try tokenizer(Self.model, ["normalizer": normalizer, "pre_tokenizer": steps])
        #expect(try tokenizer.encode("-a") == [1, 4, 2])
    }

    @Test("a text is appended to one that is not empty") func append() throws {
        let normalizer: JSONValue = ["type": "Append", "append": "a"]
        let tokenizer = try tokenizer(Self.model, ["normalizer": normalizer])
        #expect(try tokenizer.encode("▁") == [1] && tokenizer.encode("") == [])
    }
}

@Suite("LiteralPattern and ByteTrie")
struct TextSearchTests {
    @Test("a text is found where a plain search finds it", arguments: 0..<20) func literal(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func text(_ count: Int) -> String {
            String((0..<count).compactMap { _ in "aab".randomElement(using: &generator) })
        }
        let needle = text(Int.random(in: 1...6, using: &generator))
        let pattern = try #require(LiteralPattern(needle))
        let bytes = Array(text(200).utf8)
        var matches: [Range<Int>] = []
        pattern.appendMatches(in: bytes, 0..<bytes.count, to: &matches)
        var expected: [Range<Int>] = []
        var start = 0
        while start + pattern.bytes.count <= bytes.count {
            let end = start + pattern.bytes.count
            let isMatch = bytes[start..<end].elementsEqual(pattern.bytes)
            if isMatch { expected.append(start..<end) }
            start = isMatch ? end : start + 1
        }
        #expect(matches == expected)
    }

    @Test("a trie of many texts finds each, the longest that starts a text, and none that it has not") func trie() {
        var trie = ByteTrie()
        for number in 0..<2000 { trie.insert("\(number)".utf8, TokenID(number)) }
        for number in 0..<2000 { #expect(trie.node(after: "\(number)".utf8).map(trie.token(at:)) == TokenID(number)) }
        #expect(trie.node(after: "2000".utf8) == nil)
        let text = Array("x19995".utf8)
        let match = trie.longestMatch(in: text, 1..<6, from: ByteTrie.root)
        #expect(match?.token == 1999 && match?.end == 5)
        #expect(trie.longestMatch(in: text, 0..<6, from: ByteTrie.root) == nil)
    }
}
