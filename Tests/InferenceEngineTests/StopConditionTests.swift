import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Stop conditions")
struct StopConditionTests {
    /// The result of a model that generates `script`.
    private func run(
        _ script: [TokenID],
        decoder: ByteTextDecoder = ByteTextDecoder(),
        context: Int = 256,
        onText: (@Sendable (String) -> Void)? = nil,
        _ set: (inout GenerationRequest) -> Void
    ) throws -> GenerationResult {
        let model = HashModel(contextLength: context)
        model.follow(script, promptCount: 3)
        let harness = try LoopHarness(model, decoder: decoder, endOfSequence: [60, 61])
        try harness.submit(.of(1, set), onText: onText)
        #expect(harness.drain())
        return try #require(harness.results[1])
    }

    @Test("an end-of-sequence token ends the sequence, and is a token but no text", arguments: [60, 61] as [TokenID])
    func endOfSequence(end: TokenID) throws {
        let result = try self.run([0, 1, end, 2]) { _ in }
        #expect(result.finishReason == .stop(.endOfSequence))
        #expect(result.tokens == [0, 1, end])
        #expect(result.text == "ab")
        #expect(result.usage.completionTokens == 3)
    }

    @Test("an ignored end-of-sequence token is a token like any other")
    func ignoredEndOfSequence() throws {
        let result = try self.run([0, 60, 61, 1, 2, 2, 2, 2]) { $0.sampling.ignoreEndOfSequence = true }
        #expect(result.finishReason == .length)
        #expect(result.tokens == [0, 60, 61, 1, 2, 2, 2, 2])
    }

    @Test("a stop token ends the sequence and is named; its text is kept only if asked for")
    func stopToken() throws {
        let result = try self.run([0, 1, 2, 3]) { $0.sampling.stopTokenIDs = [2, 9] }
        #expect(result.finishReason == .stop(.token(2)))
        #expect(result.tokens == [0, 1, 2])
        #expect(result.text == "ab")
        let kept = try self.run([0, 1, 2, 3]) {
            $0.sampling.stopTokenIDs = [2]
            $0.sampling.includeStopString = true
        }
        #expect(kept.text == "abc")
    }

    @Test("a stop string counts across token borders, also inside a character's bytes")
    func stopString() throws {
        // 두 is tokens 8, 9, 10, and 레 11, 12, 13.
        let script: [TokenID] = [0, 8, 9, 10, 11, 12, 13, 1]
        let result = try self.run(script) { $0.sampling.stop = ["x", "두레"] }
        #expect(result.finishReason == .stop(.string("두레")))
        #expect(result.text == "a")
        #expect(result.tokens == Array(script.prefix(7)))
        let kept = try self.run(script) {
            $0.sampling.stop = ["레"]
            $0.sampling.includeStopString = true
        }
        #expect(kept.text == "a두레")
    }

    @Test("text that only begins a stop string is there at the end")
    func unfinishedStopString() throws {
        let result = try self.run([0, 1, 2, 3, 0, 0, 0, 1]) { $0.sampling.stop = ["abb"] }
        #expect(result.finishReason == .length)
        #expect(result.text == "abcdaaab")
    }

    @Test("a stop string beats the length when one token brings both")
    func stopAtLength() throws {
        let result = try self.run([0, 0, 1]) {
            $0.sampling.maxTokens = 3
            $0.sampling.stop = ["b"]
        }
        #expect(result.finishReason == .stop(.string("b")))
        #expect(result.text == "aa")
    }

    @Test("before min_tokens no stop string counts, and no end token comes")
    func minTokens() throws {
        // The end token would be the model's first choice: only another will do.
        let result = try self.run([0, 1, 60, 0, 1, 60]) {
            $0.sampling.temperature = 0
            $0.sampling.minTokens = 3
            $0.sampling.stop = ["ab"]
        }
        #expect(result.tokens.count == 5)
        #expect(result.tokens[2] != 60)
        #expect(result.finishReason == .stop(.string("ab")))
        #expect(result.text.hasPrefix("ab"))
    }

    @Test("a stop string that min_tokens' last token ends does not count, one that the next token ends does")
    func minTokensBorder() throws {
        let script: [TokenID] = [0, 1, 1, 2]
        let set: (Int) -> (inout GenerationRequest) -> Void = { minTokens in
            {
                $0.sampling.minTokens = minTokens
                $0.sampling.maxTokens = 4
                $0.sampling.stop = ["ab"]
            }
        }
        #expect(try self.run(script, set(1)).text == "")
        #expect(try self.run(script, set(2)).text == "abbc")
    }

    @Test("a sequence ends where the context does")
    func contextLength() throws {
        let result = try self.run([], context: 10) {
            $0.sampling.maxTokens = nil
            $0.sampling.ignoreEndOfSequence = true
        }
        #expect(result.finishReason == .length)
        #expect(result.tokens.count == 7)
    }

    @Test("a character that never becomes whole is replaced at the end")
    func brokenCharacter() throws {
        let result = try self.run([0, 8, 9, 60]) { _ in }
        #expect(result.text == "a\u{FFFD}")
    }

    @Test("special tokens are text only if asked for")
    func specialTokens() throws {
        let decoder = ByteTextDecoder(["a", "<x>"].map { Array($0.utf8) }, special: [1])
        #expect(try self.run([0, 1, 0, 60], decoder: decoder) { _ in }.text == "aa")
        #expect(
            try self.run([0, 1, 0, 60], decoder: decoder) { $0.sampling.skipSpecialTokens = false }.text == "a<x>a"
        )
    }

    @Test("tokens inside the thought count as reasoning, those that open and close it do not")
    func reasoning() throws {
        let script: [TokenID] = [30, 1, 2, 31, 3, 4, 60]
        let span = ReasoningSpan(open: 30, close: 31, startsInside: false)
        #expect(try self.run(script) { $0.reasoning = span }.usage.reasoningTokens == 2)
        #expect(try self.run(script) { _ in }.usage.reasoningTokens == 0)
        let inside = ReasoningSpan(open: 30, close: 31, startsInside: true)
        #expect(try self.run([5, 6, 7, 31, 1, 60]) { $0.reasoning = inside }.usage.reasoningTokens == 3)
    }

    @Test("the pieces of text that are told early add up to the text")
    func pieces() throws {
        let pieces = GuardedState<[String]>([])
        let script: [TokenID] = [0, 8, 9, 10, 1, 2, 3, 60]
        let result = try self.run(script, onText: { text in pieces.change { $0.append(text) } }) {
            $0.sampling.stop = ["두bx"]
        }
        #expect(pieces.withLock { $0 } == ["a", "두bc", "d"])
        #expect(result.text == "a두bcd")
    }
}
