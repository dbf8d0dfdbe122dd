import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

@Suite("Tokenizer, against the reference")
struct TokenizerParityTests {
    @Test(
        "every line has the reference's ids, under every tokenizer that it is stored for",
        arguments: ["", "pipelines/"]
    ) func idsEqual(folder: String) throws {
        var tokenizers: [String: Tokenizer] = [:]
        var compared = 0
        for line in try TokenizerFixtures.lines(folder + "cases.jsonl") {
            let text = try #require(line["t"]?.string)
            let isAddingSpecialTokens = line["x"]?.bool ?? false
            for (name, ids) in try #require(line["i"]?.object) {
                let tokenizer = try tokenizers[name] ?? TokenizerFixtures.tokenizer(folder + name)
                tokenizers[name] = tokenizer
                let expected = try TokenizerFixtures.ids(ids)
                let encoded = try tokenizer.encode(text, addingSpecialTokens: isAddingSpecialTokens)
                #expect(encoded == expected, "\(name): \(text.debugDescription)")
                compared += 1
            }
        }
        #expect(tokenizers.count == (try TokenizerFixtures.names(in: folder).count))
        #expect(compared > 10_000)
    }

    @Test(
        "any ids decode to the reference's text, with and without special tokens, at once and token by token",
        arguments: ["", "pipelines/"]
    ) func textsEqual(folder: String) throws {
        var tokenizers: [String: Tokenizer] = [:]
        for line in try TokenizerFixtures.lines(folder + "decodes.jsonl") {
            let name = try #require(line["n"]?.string)
            let tokenizer = try tokenizers[name] ?? TokenizerFixtures.tokenizer(folder + name)
            tokenizers[name] = tokenizer
            let ids = try TokenizerFixtures.ids(line["i"])
            for (skipping, key) in [(false, "d"), (true, "s")] {
                let expected = try #require(line[key]?.string)
                let decoded = tokenizer.decode(ids, skippingSpecialTokens: skipping)
                #expect(decoded.isSame(as: expected), "\(name): \(ids)")
                var stream = tokenizer.makeDecodeStream(skippingSpecialTokens: skipping)
                let streamed = ids.map { stream.append($0) }.joined() + stream.finish()
                #expect(streamed.isSame(as: expected), "\(name), streamed: \(ids)")
            }
        }
    }

    @Test("special tokens stand where the template puts them, when they are asked for") func specialTokens() throws {
        let tokenizer = try TokenizerFixtures.tokenizer("llama3")
        for pair in try #require(try JSONValue(parsing: TokenizerFixtures.bytes("special.json")).array) {
            let text = try #require(pair.array?.first?.string)
            let expected = try TokenizerFixtures.ids(pair.array?.last)
            #expect(try tokenizer.encode(text, addingSpecialTokens: true) == expected)
            #expect(try tokenizer.encode(text) == Array(expected.dropFirst().dropLast()))
        }
    }

    @Test("a text without added tokens comes back as it was") func roundTrip() throws {
        let tokenizer = try TokenizerFixtures.tokenizer("bloom")
        for line in try TokenizerFixtures.lines("cases.jsonl") {
            let text = try #require(line["t"]?.string)
            #expect(tokenizer.decode(try tokenizer.encode(text), skippingSpecialTokens: false).isSame(as: text))
        }
    }

    @Test("many threads may encode at once") func concurrentUse() async throws {
        let tokenizer = try TokenizerFixtures.tokenizer("axk1")
        let texts = try TokenizerFixtures.lines("cases.jsonl").prefix(400).compactMap { $0["t"]?.string }
        let expected = try texts.map { try tokenizer.encode($0) }
        try await withThrowingTaskGroup(of: [[TokenID]].self) { group in
            for _ in 0..<8 { group.addTask { try texts.map { try tokenizer.encode($0) } } }
            for try await encoded in group { #expect(encoded == expected) }
        }
    }
}
