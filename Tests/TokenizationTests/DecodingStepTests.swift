import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("DecodingStep")
struct DecodingStepTests {
    /// What a decoder makes of tokens, and what it has shown after each of them.
    private func decode(_ decoder: JSONValue, _ tokens: [String]) throws -> (text: String, shown: [String]) {
        var chain = try #require(try Decoder(FilePart(value: decoder, place: "decoder")).chain)
        var output: [UInt8] = []
        var shown: [String] = []
        for token in tokens {
            chain.append(Array(token.utf8)[...], to: &output)
            shown.append(String(decoding: output, as: UTF8.self))
        }
        chain.finish(to: &output)
        return (String(decoding: output, as: UTF8.self), shown)
    }

    private static func sequence(_ steps: [JSONValue]) -> JSONValue { ["type": "Sequence", "decoders": .array(steps)] }

    private static let fuse: JSONValue = ["type": "Fuse"]

    @Test("a run of byte tokens is shown when it ends, whole or as one U+FFFD for each") func byteFallback() throws {
        let tokens = ["<0xE5>", "<0x8f>", "<0xAB>", "x", "<0xE5>", "<0x8F>", "<0x41", "<0x+A>"]
        let (text, shown) = try self.decode(["type": "ByteFallback"], tokens)
        #expect(text == "叫x\u{FFFD}\u{FFFD}<0x41\n")
        #expect(shown[2] == "" && shown[3] == "叫x" && shown[5] == "叫x" && shown[7] == "叫x\u{FFFD}\u{FFFD}<0x41")
    }

    @Test("characters are taken away from the ends of each token, or of all as one") func strip() throws {
        let strip: JSONValue = ["type": "Strip", "content": "x", "start": 1, "stop": 2]
        #expect(try self.decode(strip, ["xxaxxx", "x", "b", "xx", "xcx"]).text == "xaxbc")
        let (text, shown) = try self.decode(Self.sequence([Self.fuse, strip]), ["x", "xa", "x", "x", "x", "b", "xx"])
        #expect(text == "xaxxxb")
        #expect(shown == ["", "xa", "xa", "xa", "xax", "xaxxxb", "xaxxxb"])
    }

    @Test("a text is replaced also where it spreads over fused tokens, and its start is held back")
    func replaceLiteral() throws {
        let replace: JSONValue = ["type": "Replace", "pattern": ["String": "aab"], "content": "-"]
        #expect(try self.decode(replace, ["a", "aab", "aaab", "aa"]).text == "a-a-aa")
        let (text, shown) = try self.decode(Self.sequence([Self.fuse, replace]), ["a", "a", "a", "b", "aa", "c", "a"])
        #expect(text == "a-aaca")
        #expect(shown == ["", "", "a", "a-", "a-", "a-aac", "a-aac"])
    }

    @Test("a regular expression is applied to each token") func replacePattern() throws {
        let replace: JSONValue = ["type": "Replace", "pattern": ["Regex": "[0-9]+"], "content": "#"]
        #expect(try self.decode(replace, ["12a3", "4"]).text == "#a##")
        #expect(try self.decode(Self.sequence([Self.fuse, replace]), ["12a3", "4"]).text == "#a#")
    }

    @Test("a word's end becomes a space, but for the last word's") func wordEnd() throws {
        let (text, shown) = try self.decode(
            ["type": "BPEDecoder", "suffix": "</w>"],
            ["a", "b</w>", "c</w>d", "e</w>"]
        )
        #expect(text == "ab c de")
        #expect(shown == ["a", "a", "ab ", "ab c d"])
    }

    @Test("pieces are joined to words, and spaces before punctuation are tidied within a token") func wordPiece() throws
    {
        let tokens = ["##a", "b", ".", "##c", "do", "not", "n't", "x ' y"]
        let tidy: JSONValue = ["type": "WordPiece", "prefix": "##", "cleanup": true]
        #expect(try self.decode(tidy, tokens).text == "##a b.c do notn't x'y")
        let plain: JSONValue = ["type": "WordPiece", "prefix": "##", "cleanup": false]
        #expect(try self.decode(plain, tokens).text == "##a b .c do not n't x ' y")
    }

    @Test("visible spaces become spaces, and nothing in the first token unless none was put there") func metaspace()
        throws
    {
        let tokens = ["▁a▁b", "▁c"]
        #expect(try self.decode(["type": "Metaspace", "replacement": "▁"], tokens).text == "ab c")
        let never: JSONValue = ["type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"]
        #expect(try self.decode(never, tokens).text == " a b c")
    }

    @Test("the bytes that a token adds in the middle of a text") func bytesWithin() throws {
        func bytes(_ decoder: JSONValue, _ token: String) throws -> String {
            let decoder = try Decoder(FilePart(value: decoder, place: "decoder"))
            return String(decoding: decoder.bytesWithin(Array(token.utf8)[...]), as: UTF8.self)
        }
        let wordPiece: JSONValue = ["type": "WordPiece", "prefix": "##", "cleanup": true]
        #expect(try bytes(wordPiece, "a") == " a" && bytes(wordPiece, "##a") == "a")
        #expect(try bytes(["type": "Metaspace", "replacement": "▁"], "▁a") == " a")
        #expect(try bytes(["type": "BPEDecoder", "suffix": "</w>"], "a</w>") == "a ")
        #expect(try bytes(["type": "ByteFallback"], "<0x41>") == "A")
    }
}
