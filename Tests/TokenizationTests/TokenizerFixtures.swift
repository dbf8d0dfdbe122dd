import Foundation
import OrderedJSON
import ServingCore
import Testing

@testable import Tokenization

/// The trained tokenizers and the reference's answers in `Tests/Fixtures/tokenizers`.
enum TokenizerFixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/tokenizers")

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appendingPathComponent(name)))
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(tokenizerJSON: self.bytes(name + ".json"))
    }

    /// A tokenizer's file as JSON, for tests that change it.
    static func file(_ name: String) throws -> JSONValue { try JSONValue(parsing: self.bytes(name + ".json")) }

    /// The tokenizers of a folder: those with byte-level pairs, or `pipelines/` with all others.
    static func names(in folder: String = "") throws -> [String] {
        let manifest = try JSONValue(parsing: self.bytes(folder + "manifest.json"))
        return try #require(manifest["tokenizers"]?.array).compactMap(\.string)
    }

    static func lines(_ name: String) throws -> [JSONValue] {
        try self.bytes(name).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    }

    static func ids(_ value: JSONValue?) throws -> [TokenID] {
        try #require(value?.array).map { TokenID(try #require($0.integer)) }
    }
}

/// How often a test with random input runs: little by default, and as often as `DURE_FUZZ_RUNS` says for a long search.
enum FuzzRuns {
    private static let asked = ProcessInfo.processInfo.environment["DURE_FUZZ_RUNS"].flatMap { Int($0) }

    /// One test's share, where `parts` of them, each with another seed, make up the whole.
    static func count(usually: Int, parts: Int) -> Int { self.asked.map { ($0 + parts - 1) / parts } ?? usually }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension String {
    /// Equal byte for byte; `==` would take canonically equivalent texts for equal.
    func isSame(as other: String) -> Bool { self.utf8.elementsEqual(other.utf8) }
}
