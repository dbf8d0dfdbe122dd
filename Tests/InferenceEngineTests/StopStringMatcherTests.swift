import TestSupport
import Testing

@testable import InferenceEngine

@Suite("StopStringMatcher")
struct StopStringMatcherTests {
    private func text(_ matcher: StopStringMatcher) -> String { String(decoding: matcher.text, as: UTF8.self) }

    @Test("finds a stop string that is spread over pieces, and cuts before it")
    func acrossPieces() {
        var matcher = StopStringMatcher(stops: ["</s>", "두레"], keepsStop: false)
        #expect(matcher.append("one <", mayStop: true) == nil)
        #expect(matcher.append("/", mayStop: true) == nil)
        #expect(matcher.append("s> two", mayStop: true) == "</s>")
        #expect(self.text(matcher) == "one ")
        matcher = StopStringMatcher(stops: ["</s>", "두레"], keepsStop: false)
        #expect(matcher.append("우리 두", mayStop: true) == nil)
        #expect(matcher.append("레는", mayStop: true) == "두레")
        #expect(self.text(matcher) == "우리 ")
    }

    @Test("keeps the stop string if asked, and nothing behind it")
    func keepsStop() {
        var matcher = StopStringMatcher(stops: ["ab"], keepsStop: true)
        #expect(matcher.append("xxabyy", mayStop: true) == "ab")
        #expect(self.text(matcher) == "xxab")
    }

    @Test("the stop string that is complete first counts, of several the longest")
    func firstComplete() {
        var matcher = StopStringMatcher(stops: ["bcdef", "cd", "bcd"], keepsStop: false)
        #expect(matcher.append("abcdef", mayStop: true) == "bcd")
        #expect(self.text(matcher) == "a")
    }

    @Test("bytes are compared, not characters: a composed letter is not its parts")
    func bytes() {
        var matcher = StopStringMatcher(stops: ["e\u{301}"], keepsStop: false)
        #expect(matcher.append("caf\u{e9}", mayStop: true) == nil)
        #expect(matcher.append(" e", mayStop: true) == nil)
        #expect(matcher.append("\u{301}!", mayStop: true) == "e\u{301}")
    }

    @Test("a stop string that ended where it does not count stays, one that began there may still end")
    func mayStop() {
        var matcher = StopStringMatcher(stops: ["ab"], keepsStop: false)
        #expect(matcher.append("ab a", mayStop: false) == nil)
        #expect(matcher.append("x a", mayStop: true) == nil)
        #expect(matcher.append("b", mayStop: true) == "ab")
        #expect(self.text(matcher) == "ab ax ")
    }

    @Test("releases no text that a stop string may take back, and all other text at once")
    func release() {
        var matcher = StopStringMatcher(stops: ["stop", "top of"], keepsStop: false)
        _ = matcher.append("a s", mayStop: true)
        #expect(matcher.release(isEnd: false) == "a ")
        _ = matcher.append("to", mayStop: true)
        #expect(matcher.release(isEnd: false) == "")
        _ = matcher.append("ne", mayStop: true)
        #expect(matcher.release(isEnd: false) == "stone")
        _ = matcher.append(" st", mayStop: true)
        #expect(matcher.release(isEnd: false) == " ")
        #expect(matcher.release(isEnd: true) == "st")
    }

    @Test("how the text is cut does not matter", arguments: 1...30)
    func anyCut(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        for _ in 0..<50 {
            let letters: [Character] = ["a", "b", "두", "레", "é"]
            func word(_ lengths: ClosedRange<Int>) -> String {
                String(
                    (0..<Int.random(in: lengths, using: &random)).map { _ in
                        letters[Int.random(in: 0..<5, using: &random)]
                    }
                )
            }
            let text = word(0...60)
            let stops = (0..<Int.random(in: 0...3, using: &random)).map { _ in word(1...4) }
            let keepsStop = random.chance(0.3)
            var whole = StopStringMatcher(stops: stops, keepsStop: keepsStop)
            let expected = whole.append(text, mayStop: true)

            var pieces = StopStringMatcher(stops: stops, keepsStop: keepsStop)
            var found: String?
            var released = ""
            var rest = text[...]
            while !rest.isEmpty, found == nil {
                let piece = rest.prefix(Int.random(in: 1...5, using: &random))
                rest = rest.dropFirst(piece.count)
                found = pieces.append(String(piece), mayStop: true)
                released += pieces.release(isEnd: found != nil || rest.isEmpty)
            }
            #expect(found == expected, "\(text) \(stops)")
            #expect(pieces.text == whole.text, "\(text) \(stops)")
            #expect(Array(released.utf8) == whole.text, "\(text) \(stops)")
        }
    }
}
