import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("Tokenizers, with files and texts that nobody meant")
struct TokenizerFuzzTests {
    /// Tokenizers that together have every part that a file can have, but for the largest.
    private static let files = [
        "removed", "removed_inverted", "pipelines/words", "pipelines/bert_cased", "pipelines/clip_bytes",
        "pipelines/custom", "pipelines/byte_words", "pipelines/bytes", "pipelines/llama", "pipelines/herbert",
    ]

    @Test("changed bytes give an error or a tokenizer that works, never a crash", arguments: Self.files) func mutations(
        file: String
    ) throws {
        var generator = SeededGenerator(seed: UInt64(file.utf8.count))
        let original = try TokenizerFixtures.bytes(file + ".json")
        for _ in 0..<30 {
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
            self.use(bytes, &generator)
        }
    }

    @Test(
        "members that change places or kinds give an error or a tokenizer that works, never a crash",
        arguments: Self.files
    ) func structuralMutations(file: String) throws {
        var generator = SeededGenerator(seed: UInt64(file.utf8.count))
        let original = try TokenizerFixtures.file(file)
        for _ in 0..<40 {
            let path = try Self.randomPath(in: original, &generator)
            let value = Self.values.randomElement(using: &generator) ?? .null
            let changed = TokenizerFileTests.replacing(path[...], with: value, in: original)
            self.use(changed.serialized(), &generator)
        }
    }

    private static let values: [JSONValue] = [
        nil, true, 0, -1, 4_194_303, 1e300, "", "x", "▁", [], [[]], [:], ["type": "ByteLevel"], ["type": "Fuse"],
        ["type": "NFKD"], ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"],
        ["type": "Replace", "pattern": ["Regex": "a*|\\s"], "content": "aa"], ["type": "ByteFallback"],
        ["type": "Strip", "content": " ", "start": 2, "stop": 9_000_000_000_000], ["type": "Whitespace"],
        ["type": "Strip", "strip_left": true, "strip_right": true], ["type": "UnicodeScripts"],
        ["type": "BPEDecoder", "suffix": "a"], ["type": "WordPiece", "prefix": "", "cleanup": true],
    ]

    private static func randomPath(in file: JSONValue, _ generator: inout SeededGenerator) throws -> [String] {
        let keys = try #require(file.object).keys.filter { $0 != "version" }
        var path = [try #require(keys.randomElement(using: &generator))]
        var value = file[path[0]] ?? .null
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
        return path
    }

    private func use(_ bytes: [UInt8], _ generator: inout SeededGenerator) {
        // An error is a right answer here: what counts is that nothing traps.
        guard let tokenizer = try? Tokenizer(tokenizerJSON: bytes) else { return }
        let text = "그 the banana <|both|>  x\n\n" + Self.randomText(&generator)
        let ids = (try? tokenizer.encode(text, addingSpecialTokens: true)) ?? []
        _ = tokenizer.decode(ids + [0, 7, 399, 500], skippingSpecialTokens: true)
        _ = tokenizer.token(for: tokenizer.highestTokenID)
        _ = tokenizer.bytes(of: 7)
    }

    private static func randomText(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<40, using: &generator) {
            let limit = [0x80, 0x300, 0x3000, 0x10000, 0x110000].randomElement(using: &generator) ?? 0x80
            text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<UInt32(limit), using: &generator)) ?? " ")
        }
        return text
    }

    @Test("any text is encoded, and any ids are shown in whole characters that add up", arguments: 0..<4) func anyText(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let folders = try ["", "pipelines/"].flatMap { folder in
            try TokenizerFixtures.names(in: folder).map { folder + $0 }
        }
        let tokenizers = try folders.map { (name: $0, tokenizer: try TokenizerFixtures.tokenizer($0)) }
        for run in 0..<FuzzRuns.count(usually: 60, parts: 4) {
            let (name, tokenizer) = tokenizers[run % tokenizers.count]
            var ids = try tokenizer.encode(Self.randomText(&generator), addingSpecialTokens: true)
            ids += (0..<20).map { _ in TokenID.random(in: -1...tokenizer.highestTokenID + 1, using: &generator) }
            for isSkipping in [true, false] {
                self.expectWholeCharacters(ids, tokenizer, isSkipping: isSkipping, "\(name), run \(run), seed \(seed)")
            }
        }
    }

    private func expectWholeCharacters(
        _ ids: [TokenID],
        _ tokenizer: Tokenizer,
        isSkipping: Bool,
        _ place: @autoclosure () -> String
    ) {
        var stream = tokenizer.makeDecodeStream(skippingSpecialTokens: isSkipping)
        var shown: [UInt8] = []
        for id in ids {
            stream.append(id, to: &shown)
            if shown.last ?? 0 >= 0x80 { #expect(String(validating: shown, as: UTF8.self) != nil, "\(place())") }
        }
        stream.finish(to: &shown)
        let whole = tokenizer.decode(ids, skippingSpecialTokens: isSkipping)
        #expect(whole.utf8.elementsEqual(shown), "\(place()): \(ids)")
    }

    @Test("files of random parts give an error or a tokenizer that works, whatever the text", arguments: 0..<4)
    func randomFiles(seed: UInt64) throws {
        var files = RandomTokenizerFile(seed: seed)
        var opened = 0
        let runs = FuzzRuns.count(usually: 250, parts: 4)
        for run in 0..<runs {
            let bytes = files.next()
            guard let tokenizer = try? Tokenizer(tokenizerJSON: bytes) else { continue }
            opened += 1
            // A text that such a tokenizer cannot express, or a pattern that gives up, is an error.
            var ids = (try? tokenizer.encode(files.text(), addingSpecialTokens: true)) ?? []
            ids += (0..<6).map { _ in TokenID.random(in: -1...tokenizer.highestTokenID + 1, using: &files.generator) }
            let place = "run \(run), seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
            self.expectWholeCharacters(ids, tokenizer, isSkipping: run.isMultiple(of: 2), place)
            for id in ids.suffix(3) { _ = tokenizer.bytes(of: id) }
        }
        #expect(opened > runs / 4)
    }
}
