import Foundation
import Testing

@testable import Tokenization

@Suite("Tokenizers, with words that are very long")
struct LongWordTests {
    /// Every way to make tokens, and the patterns that look ahead or behind.
    private static func names() throws -> [String] {
        ["axk1", "o200k", "deepseek", "gpt4", "llama3", "qwen"]
            + (try TokenizerFixtures.names(in: "pipelines/").map { "pipelines/" + $0 })
    }

    @Test(
        "a word of eight times the length takes some eight times as long, whatever the model",
        .enabled(if: ThreadTime.seconds != nil, "the system tells no thread's processor time"),
        arguments: ["a", "가", "\u{301}\u{323}", " \n", "<0x41>"]
    ) func longWord(unit: String) throws {
        let (short, long) = (1 << 14, 1 << 17)
        for name in try Self.names() {
            let tokenizer = try TokenizerFixtures.tokenizer(name)
            // What is made once, such as the memory for patterns, is not counted.
            _ = try Self.seconds(unit, bytes: 64, tokenizer)
            let once = try min(Self.seconds(unit, bytes: short, tokenizer), Self.seconds(unit, bytes: short, tokenizer))
            let eightfold = try Self.seconds(unit, bytes: long, tokenizer)
            // If time grew with the square of the length it would be 64 times as much. The clock may be a tick late.
            #expect(eightfold < 24 * once + 0.03, "\(name): \(once) s, then \(eightfold) s")
        }
    }

    private static func seconds(_ unit: String, bytes: Int, _ tokenizer: Tokenizer) throws -> Double {
        let word = String(repeating: unit, count: bytes / unit.utf8.count)
        let start = try #require(ThreadTime.seconds)
        let ids = try tokenizer.encode(word)
        _ = tokenizer.decode(ids, skippingSpecialTokens: false)
        return try #require(ThreadTime.seconds) - start
    }
}

/// The time that the processor gave to the thread that asks: what other tests and programs do does not count.
enum ThreadTime {
    static var seconds: Double? {
        // Where the file is missing there is no such time to tell.
        let text = try? String(contentsOfFile: "/proc/thread-self/schedstat", encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { Double($0) }.map { $0 / 1e9 }
    }
}
