import Foundation
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

    /// Lines as the generators print them with `--check`; tokenizers that are not here stand beside the file.
    static let otherCases = ProcessInfo.processInfo.environment["DURE_TOKENIZER_CASES"]

    @Test("lines from elsewhere have the reference's ids and texts", .enabled(if: otherCases != nil))
    func otherLines() throws {
        let file = URL(fileURLWithPath: try #require(Self.otherCases))
        let folders = [file.deletingLastPathComponent(), TokenizerFixtures.folder]
        var tokenizers: [String: Tokenizer] = [:]
        func tokenizer(_ name: String) throws -> Tokenizer {
            if let tokenizer = tokenizers[name] { return tokenizer }
            let places = folders.flatMap { [$0, $0.appendingPathComponent("pipelines")] }
            let files = places.map { $0.appendingPathComponent(name + ".json") }
            let found = try #require(files.first { FileManager.default.fileExists(atPath: $0.path) }, "\(name)")
            let tokenizer = try Tokenizer(tokenizerJSON: Array(try Data(contentsOf: found)))
            tokenizers[name] = tokenizer
            return tokenizer
        }
        var compared = 0
        for bytes in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
            let line = try JSONValue(parsing: Array(bytes))
            let text = line["t"]?.string ?? ""
            for (name, ids) in line["i"]?.object ?? JSONObject() {
                let encoded = try tokenizer(name).encode(text, addingSpecialTokens: line["x"]?.bool ?? false)
                #expect(encoded == (try TokenizerFixtures.ids(ids)), "\(name): \(text.debugDescription)")
                compared += 1
            }
            guard let name = line["n"]?.string else { continue }
            let ids = try TokenizerFixtures.ids(line["i"])
            for (isSkipping, key) in [(false, "d"), (true, "s")] {
                let decoded = try tokenizer(name).decode(ids, skippingSpecialTokens: isSkipping)
                #expect(decoded.isSame(as: try #require(line[key]?.string)), "\(name): \(ids)")
                compared += 1
            }
        }
        #expect(compared > 0)
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

    @Test("a text comes back as it was from bytes that nothing has changed, at once and token by token")
    func roundTrip() throws {
        // Those that put no space in front and leave nothing out, without tokens that swallow what is around them.
        let tokenizers = try ["axk1", "o200k", "deepseek", "bloom", "gpt4", "llama3", "falcon"].map { name in
            let file = TokenizerFileTests.replacing(["added_tokens"], with: [], in: try TokenizerFixtures.file(name))
            return (name, try Tokenizer(tokenizerJSON: file.serialized()))
        }
        for (index, line) in try TokenizerFixtures.lines("cases.jsonl").enumerated() {
            let text = try #require(line["t"]?.string)
            let (name, tokenizer) = tokenizers[index % tokenizers.count]
            let ids = try tokenizer.encode(text)
            #expect(
                tokenizer.decode(ids, skippingSpecialTokens: false).isSame(as: text),
                "\(name): \(text.debugDescription)"
            )
            var stream = tokenizer.makeDecodeStream(skippingSpecialTokens: false)
            let streamed = ids.map { stream.append($0) }.joined() + stream.finish()
            #expect(streamed.isSame(as: text), "\(name), streamed: \(text.debugDescription)")
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
