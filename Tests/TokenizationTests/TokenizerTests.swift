import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("Tokenizer")
struct TokenizerTests {
    @Test("tokens and ids lead to each other, and ids that do not exist lead nowhere") func vocabulary() throws {
        let tokenizer = try TokenizerFixtures.tokenizer("axk1")
        let end = try #require(tokenizer.tokenID(of: "<|im_end|>"))
        #expect(tokenizer.token(for: end) == "<|im_end|>")
        #expect(tokenizer.isSpecial(end))
        let think = try #require(tokenizer.tokenID(of: "<think>"))
        #expect(!tokenizer.isSpecial(think))
        #expect(tokenizer.vocabularySize == Int(tokenizer.highestTokenID) + 1)
        for id in [-1, tokenizer.highestTokenID + 1, TokenID.max, TokenID.min] {
            #expect(tokenizer.token(for: id) == nil)
            #expect(!tokenizer.isSpecial(id))
            #expect(tokenizer.decode([id], skippingSpecialTokens: false) == "")
        }
        #expect(tokenizer.tokenID(of: "no such token") == nil)
    }

    @Test("canonically equivalent texts are different tokens") func exactComparison() throws {
        var table = TokenTable()
        var inserted = [table.insert("e\u{301}".utf8, id: 3), table.insert("\u{E9}".utf8, id: 1)]
        #expect(inserted == [true, true])
        #expect(table.id(of: "\u{E9}") == 1)
        #expect(table.id(of: "e\u{301}") == 3)
        inserted = [table.insert("\u{E9}".utf8, id: 2), table.insert("x".utf8, id: 3)]
        #expect(inserted == [false, false])
        #expect(table.endOfIDs == 4 && table.text(of: 0) == nil)
    }

    @Test("a stream never shows part of a character") func streamHoldsBack() throws {
        let tokenizer = try TokenizerFixtures.tokenizer("bloom")
        let bytes = Array("한🫨".utf8).map { byte -> TokenID in
            var text: [UInt8] = []
            ByteAlphabet.append([byte], to: &text)
            return tokenizer.tokenID(of: String(decoding: text, as: UTF8.self)) ?? -1
        }
        var stream = tokenizer.makeDecodeStream(skippingSpecialTokens: false)
        var shown = bytes.map { stream.append($0) } + [stream.finish()]
        #expect(shown == ["", "", "한", "", "", "", "🫨", ""])
        shown = bytes.prefix(5).map { stream.append($0) } + [stream.finish(), stream.finish()]
        #expect(shown == ["", "", "한", "", "", "\u{FFFD}", ""])
    }

    @Test(
        "a word of a megabyte takes no longer than its length warrants",
        .timeLimit(.minutes(1)),
        arguments: ["a", "ab", "가", " ", "\n ", "'s", "<|im_start|", "\u{301}\u{323}"]
    ) func longWord(unit: String) throws {
        let text = String(repeating: unit, count: (1 << 20) / unit.utf8.count)
        let tokenizer = try TokenizerFixtures.tokenizer("axk1")
        let ids = try tokenizer.encode(text)
        #expect(tokenizer.decode(ids, skippingSpecialTokens: false).isSame(as: text))
    }
}

@Suite("AddedTokens")
struct AddedTokensTests {
    @Test("a token of whitespace that another has swallowed is there no more") func swallowedToken() throws {
        var file = try #require(try TokenizerFixtures.file("bloom").object)
        let end = try TokenizerFixtures.tokenizer("bloom").vocabularySize
        file["added_tokens"] = [
            ["id": .integer(Int64(end)), "content": "<r>", "rstrip": true, "normalized": false],
            [
                "id": .integer(Int64(end + 1)), "content": "\u{3000}", "lstrip": true, "rstrip": true,
                "normalized": false,
            ],
        ]
        let tokenizer = try Tokenizer(tokenizerJSON: JSONValue.object(file).serialized())
        let (strip, space) = (TokenID(end), TokenID(end + 1))
        let letter = try tokenizer.encode("x")
        #expect(try tokenizer.encode("<r>  \u{3000}\u{3000} x") == [strip] + letter)
        #expect(try tokenizer.encode("x \u{3000} x") == letter + [space] + letter)
    }

    @Test("the longest of several tokens that start at the leftmost place is found") func leftmostLongest() {
        var trie = LongestMatchTrie()
        for (token, text) in ["ab", "abcd", "bcd", "", "b", "ab"].enumerated() {
            trie.insert(text.utf8, TokenID(token))
        }
        func found(_ text: String) -> TokenID? { trie.firstMatch(in: Array(text.utf8), 0..<text.utf8.count)?.1 }
        #expect(found("xabcd") == 1 && found("xabcx") == 0 && found("xbcd") == 2 && found("xbc") == 4)
        #expect(found("xa") == nil && found("") == nil)
    }
}

@Suite("WordMerger")
struct WordMergerTests {
    @Test("the heap of long words gives the same symbols as the rescan of short ones", arguments: 0..<20)
    func bothForms(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = PairTable(capacity: 400)
        for rank in UInt32(0)..<300 {
            let left = TokenID.random(in: 0..<40, using: &generator)
            let right = TokenID.random(in: 0..<40, using: &generator)
            table.set(left, right, .init(rank: rank, token: 40 + TokenID(rank)))
        }
        for _ in 0..<20 {
            // Long enough for the heap; the naive merge below is the definition.
            let word = (0..<Int.random(in: 0..<200, using: &generator)).map { _ in
                TokenID.random(in: 0..<40, using: &generator)
            }
            var merger = WordMerger()
            merger.symbols = word
            merger.merge(by: table)
            #expect(merger.symbols == Self.naivelyMerged(word, by: table))
        }
    }

    private static func naivelyMerged(_ word: [TokenID], by table: PairTable) -> [TokenID] {
        var word = word
        while true {
            var best: (rank: UInt32, index: Int, token: TokenID)?
            for index in word.indices.dropLast() {
                if let merge = table[word[index], word[index + 1]], merge.rank < best?.rank ?? .max {
                    best = (merge.rank, index, merge.token)
                }
            }
            guard let best else { return word }
            word.replaceSubrange(best.index...best.index + 1, with: [best.token])
        }
    }
}

@Suite("LossyUTF8")
struct LossyUTF8Tests {
    @Test("any bytes, in any portions, become the text that the standard library makes of the whole", arguments: 0..<40)
    func anyPortions(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let interesting: [UInt8] = [
            0x41, 0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xA0, 0xED, 0x9F, 0xEC, 0xF0, 0x90, 0xF4, 0x8F, 0xF5, 0xFF,
        ]
        let bytes = (0..<200).compactMap { _ in interesting.randomElement(using: &generator) }
        var text = LossyUTF8()
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...5, using: &generator))
            text.append(rest.prefix(count), to: &output)
            rest = rest.dropFirst(count)
            #expect(String(validating: output, as: UTF8.self) != nil)
        }
        text.finish(to: &output)
        #expect(output == Array(String(decoding: bytes, as: UTF8.self).utf8))
    }
}
