import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("tokenizer.json")
struct TokenizerFileTests {
    /// The file of a small tokenizer, with the value at a path replaced.
    private func file(_ path: [String], _ value: JSONValue) throws -> JSONValue {
        Self.replacing(path[...], with: value, in: try TokenizerFixtures.file("removed"))
    }

    static func replacing(_ path: ArraySlice<String>, with value: JSONValue, in file: JSONValue) -> JSONValue {
        guard let key = path.first else { return value }
        switch file {
        case .object(var object):
            object[key] = self.replacing(path.dropFirst(), with: value, in: object[key] ?? .null)
            return .object(object)
        case .array(var array):
            guard let index = Int(key) else { return file }
            array[index] = self.replacing(path.dropFirst(), with: value, in: array[index])
            return .array(array)
        default: return .object([key: self.replacing(path.dropFirst(), with: value, in: .null)])
        }
    }

    @Test(
        "a part that is not carried out is refused with its name and its place",
        arguments: [
            (["model", "type"], "Lattice", "tokenizer.json: model: the model `Lattice`"),
            (["model", "dropout"], 0.1, "model.dropout"), (["normalizer"], ["type": "Nmt"], "the normalizer `Nmt`"),
            (
                ["normalizer"], ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "ByteLevel"]]],
                "normalizer.normalizers[1]: the normalizer `ByteLevel`"
            ),
            (
                ["pre_tokenizer", "pretokenizers", "1"], ["type": "FixedLength", "length": 4],
                "pre_tokenizer.pretokenizers[1]: the pre-tokenizer `FixedLength`"
            ),
            (
                ["pre_tokenizer"], ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "last"],
                "the prepend scheme `last`"
            ),
            (
                ["pre_tokenizer", "pretokenizers", "0", "pattern"], ["Regex": "\\h"],
                "pretokenizers[0].pattern.Regex: the pattern has `\\h`"
            ), (["pre_tokenizer", "pretokenizers", "0", "behavior"], "Sideways", "`Sideways`"),
            (["decoder"], ["type": "CTC"], "decoder: the decoder `CTC`"),
            (["decoder"], ["type": "BPEDecoder", "suffix": ""], "decoder: an empty suffix"),
            (["post_processor"], ["type": "Padding"], "post_processor: the post-processor `Padding`"),
            (["version"], "2.0", "version: the version `2.0`"),
        ] as [([String], JSONValue, String)]
    ) func unsupported(path: [String], value: JSONValue, message: String) throws {
        let file = try self.file(path, value)
        let error = #expect(throws: TokenizationError.self) { try Tokenizer(tokenizerJSON: file.serialized()) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test(
        "a broken file is refused with the place of the break",
        arguments: [
            (["model", "vocab", "a"], -1, "model.vocab[\"a\"]"),
            (["model", "vocab", "a"], 4_194_304, "model.vocab[\"a\"]"),
            (["model", "vocab", "a"], 5, "id 5 is given to two"),
            (["model", "vocab"], [], "expected an object, got array"), (["model", "merges"], ["a"], "model.merges"),
            (["model", "merges"], [["a", "no such token"]], "model.merges"),
            (["model"], nil, "expected a member `model`"), (["added_tokens"], "x", "added_tokens: expected an array"),
            (["pre_tokenizer", "type"], 3, "pre_tokenizer.type: expected a string, got integer"),
            (["model", "continuing_subword_prefix"], "##", "model.merges"),
            (["normalizer"], ["type": "Precompiled", "precompiled_charsmap": "?"], "expected base64"),
            (["normalizer"], ["type": "Precompiled", "precompiled_charsmap": "AAAA"], "expected a map, got 3 bytes"),
            (
                ["normalizer"], ["type": "Precompiled", "precompiled_charsmap": "CAAAAAAA"],
                "an array of 8 bytes, got 2"
            ),
            (["normalizer"], ["type": "Precompiled", "precompiled_charsmap": "AAAAAP8="], "expected texts in UTF-8"),
            (["normalizer"], ["type": "Precompiled"], "expected a member `precompiled_charsmap`"),
            (["decoder"], ["type": "Strip", "content": "ab", "start": 1, "stop": 0], "expected one character, got 2"),
            (
                ["pre_tokenizer"], ["type": "Metaspace", "replacement": "▁", "add_prefix_space": false],
                "`add_prefix_space` is false"
            ), (["post_processor"], ["type": "BertProcessing", "cls": ["x"], "sep": ["y", 1]], "a token and its id"),
            (
                ["model"], ["type": "Unigram", "vocab": [["a", 0.5]], "unk_id": 1],
                "expected an `unk_id` below 1, got 1"
            ), (["model"], ["type": "Unigram", "vocab": [["a", "b"]]], "a short text and its score"),
            (["model"], ["type": "WordPiece", "vocab": ["a": 0], "unk_token": "a"], "`max_input_chars_per_word`"),
        ] as [([String], JSONValue, String)]
    ) func malformed(path: [String], value: JSONValue, message: String) throws {
        let file = try self.file(path, value)
        let error = #expect(throws: TokenizationError.self) { try Tokenizer(tokenizerJSON: file.serialized()) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("what shapes batches for training changes nothing, as in transformers") func batchShapes() throws {
        let text = "the banana, the banana and the banana"
        let truncation: JSONValue = ["max_length": 4, "strategy": "LongestFirst", "stride": 0, "direction": "Right"]
        var file = try self.file(["truncation"], truncation)
        file = Self.replacing(["padding"], with: ["strategy": ["Fixed": 64], "pad_id": 0], in: file)
        let expected = try TokenizerFixtures.tokenizer("removed").encode(text)
        #expect(expected.count > 4)
        #expect(try Tokenizer(tokenizerJSON: file.serialized()).encode(text) == expected)
    }

    @Test("merges may be written as strings or as pairs") func mergeSpellings() throws {
        let pairs = try TokenizerFixtures.file("bloom")
        let merges = try #require(pairs["model"]?["merges"]?.array)
        #expect(merges.first?.array != nil)
        let joined = merges.map { JSONValue.string($0.array?.compactMap(\.string).joined(separator: " ") ?? "") }
        let strings = Self.replacing(["model", "merges"], with: .array(joined), in: pairs)
        let text = "The quick 대한민국의 날씨 fox"
        #expect(
            try Tokenizer(tokenizerJSON: strings.serialized()).encode(text)
                == TokenizerFixtures.tokenizer("bloom").encode(text)
        )
    }

    @Test("an unknown token that the vocabulary lacks is an error when it is needed") func missingUnknownToken() throws
    {
        let file = Self.replacing(["model", "unk_token"], with: "<missing>", in: try TokenizerFixtures.file("scalars"))
        let tokenizer = try Tokenizer(tokenizerJSON: file.serialized())
        let error = #expect(throws: TokenizationError.self) { try tokenizer.encode("\u{10FFFF}") }
        #expect(error?.code == .unknownSymbol)
    }
}
