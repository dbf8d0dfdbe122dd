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

    private static func replacing(_ path: ArraySlice<String>, with value: JSONValue, in file: JSONValue) -> JSONValue {
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
            (["model", "type"], "Unigram", "tokenizer.json: model: the model `Unigram`"),
            (["model", "byte_fallback"], true, "model.byte_fallback: byte fallback"),
            (["model", "dropout"], 0.1, "model.dropout"),
            (["model", "continuing_subword_prefix"], "##", "`continuing_subword_prefix`"),
            (["model", "end_of_word_suffix"], "</w>", "`end_of_word_suffix`"),
            (["normalizer"], ["type": "Lowercase"], "normalizer: the normalizer `Lowercase`"),
            (
                ["pre_tokenizer", "pretokenizers", "1"], ["type": "Digits"],
                "pre_tokenizer.pretokenizers[1]: the pre-tokenizer `Digits`"
            ),
            (
                ["pre_tokenizer", "pretokenizers", "0", "pattern"], ["Regex": "\\h"],
                "pretokenizers[0].pattern.Regex: the pattern has `\\h`"
            ),
            (["pre_tokenizer", "pretokenizers", "0", "behavior"], "Sideways", "`Sideways`"),
            (["decoder"], ["type": "WordPiece"], "decoder: the decoder `WordPiece`"),
            (["post_processor"], ["type": "BertProcessing"], "post_processor: the post-processor `BertProcessing`"),
            (["truncation"], ["max_length": 4], "truncation"), (["padding"], ["strategy": "BatchLongest"], "padding"),
        ] as [([String], JSONValue, String)]
    )
    func unsupported(path: [String], value: JSONValue, message: String) throws {
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
            (["model", "vocab"], [], "expected an object, got array"),
            (["model", "merges"], ["a"], "model.merges"),
            (["model", "merges"], [["a", "no such token"]], "model.merges"),
            (["model"], nil, "expected a member `model`"), (["added_tokens"], "x", "added_tokens: expected an array"),
            (["pre_tokenizer", "type"], 3, "pre_tokenizer.type: expected a string, got integer"),
        ] as [([String], JSONValue, String)]
    )
    func malformed(path: [String], value: JSONValue, message: String) throws {
        let file = try self.file(path, value)
        let error = #expect(throws: TokenizationError.self) { try Tokenizer(tokenizerJSON: file.serialized()) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("merges may be written as strings or as pairs")
    func mergeSpellings() throws {
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

    @Test("an unknown token that the vocabulary lacks is an error when it is needed")
    func missingUnknownToken() throws {
        let file = Self.replacing(["model", "unk_token"], with: "<missing>", in: try TokenizerFixtures.file("scalars"))
        let tokenizer = try Tokenizer(tokenizerJSON: file.serialized())
        let error = #expect(throws: TokenizationError.self) { try tokenizer.encode("\u{10FFFF}") }
        #expect(error?.code == .unknownSymbol)
    }

    @Test("changed bytes give an error or a tokenizer that works, never a crash", arguments: 0..<4)
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let original = try TokenizerFixtures.bytes("removed_inverted.json")
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[place] = Array("0123456789{}[]\",:\\".utf8).randomElement(using: &generator) ?? 0
                case 2: bytes.remove(at: place)
                default:
                    let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
                }
            }
            self.use(bytes)
        }
    }

    @Test(
        "members that change places or kinds give an error or a tokenizer that works, never a crash",
        arguments: 0..<4
    )
    func structuralMutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let original = try TokenizerFixtures.file("removed")
        let values: [JSONValue] = [nil, true, 0, -1, 4_194_303, 1e300, "", "x", [], [[]], [:], ["type": "ByteLevel"]]
        let keys = try #require(original.object).keys.filter { $0 != "version" }
        for _ in 0..<60 {
            var path = [try #require(keys.randomElement(using: &generator))]
            var value = original[path[0]] ?? .null
            while Bool.random(using: &generator) {
                if let object = value.object, let key = object.keys.randomElement(using: &generator) {
                    path.append(key)
                    value = object[key] ?? .null
                } else if let array = value.array, !array.isEmpty {
                    let index = Int.random(in: 0..<array.count, using: &generator)
                    path.append(String(index))
                    value = array[index]
                } else {
                    break
                }
            }
            let changed = Self.replacing(
                path[...],
                with: values.randomElement(using: &generator) ?? .null,
                in: original
            )
            self.use(changed.serialized())
        }
    }

    private func use(_ bytes: [UInt8]) {
        // An error is a right answer here: what counts is that nothing traps.
        guard let tokenizer = try? Tokenizer(tokenizerJSON: bytes) else { return }
        let ids = (try? tokenizer.encode("그 the banana <|both|>  x\n\n", addingSpecialTokens: true)) ?? []
        _ = tokenizer.decode(ids + [0, 7, 399, 500], skippingSpecialTokens: true)
        _ = tokenizer.token(for: tokenizer.highestTokenID)
    }
}
