import Testing

@testable import Tokenization

@Suite("OnigurumaPattern")
struct OnigurumaPatternTests {
    private func matches(_ pattern: String, in text: String) throws -> [String] {
        let regex = try PCRE2Regex(try OnigurumaPattern.translate(pattern))
        let bytes = Array(text.utf8)
        var matches: [Range<Int>] = []
        try regex.appendMatches(in: bytes, 0..<bytes.count, workspace: try PCRE2Workspace(), to: &matches)
        return matches.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    // The matches are what the reference's engine finds.
    @Test(
        "what differs between the engines means what it means in Oniguruma",
        arguments: [
            (#"\s+"#, "a\u{180E}b\u{3000}\u{85}c", ["\u{3000}\u{85}"]), (#"^b$"#, "a\nb\nc", ["b"]),
            (#"a{,2}"#, "aaa", ["aa", "a"]), (#"."#, "\r\n", ["\r"]),
            (#"\p{L}"#, "\u{1C89}\u{31350}1", ["\u{1C89}", "\u{31350}"]),
            (#"\P{L}"#, "\u{31350}1", ["1"]), (#"[^\p{L}]"#, "\u{31350}1", ["1"]), (#"\p{Han}+"#, "漢。字", ["漢", "字"]),
            (#"(?i:'s)"#, "'S'\u{17F}'s", ["'S", "'\u{17F}", "'s"]), (#"[a[bc]d]+"#, "xabcdx", ["abcd"]),
            (#"a++b?+"#, "aaab", ["aaab"]), (#"\w+"#, "a_1Ⓐ½-b", ["a_1Ⓐ½", "b"]), (#"[\S]+"#, "a b", ["a", "b"]),
            (#"x*"#, "axxb", ["", "xx", ""]), (#"(a)(?=b)"#, "abac", ["a"]), (#"[\x{4e00}-\u9fa5]"#, "一a", ["一"]),
            (#"\p{^L}+"#, "a1b", ["1"]), (#"[.,\]\-]+"#, "a.,]-", [".,]-"]),
            (#"[\p{L}\p{M}&&[^\p{Han}]]+"#, "한e\u{301}漢字b。", ["한e\u{301}", "b"]),
            (#"[^\p{L}&&a-z]+"#, "aBc1", ["B", "1"]), (#"[\w&&[^\d]&&[^_b]]+"#, "ab1_c", ["a", "c"]),
            (#"[\P{L}b]+"#, "a1b가-c", ["1b", "-"]), (#"[^[^a]]"#, "ab", ["a"]), (#"[x[^\P{L}]]+"#, "1가x2", ["가x"]),
            (#"(?i:[a-z]+)"#, "\u{17F}\u{212A}ßaZ1", ["\u{17F}\u{212A}", "aZ"]),
            (#"[a&&b]|c"#, "abc", ["c"]), (#"[^a&&b]+"#, "abc", ["abc"]),
        ]
    )
    func translated(pattern: String, text: String, expected: [String]) throws {
        #expect(try self.matches(pattern, in: text) == expected)
    }

    @Test(
        "what cannot be said is refused by name",
        arguments: [
            (#"\h"#, #"`\h`"#), (#"a\b"#, #"`\b`"#), (#"[&&b]"#, "&&"), (#"[[:alpha:]]"#, "POSIX"),
            (#"\p{Greek}"#, "Greek"),
            (#"(?m:a)"#, "(?m:"), (#"(?<n>a)"#, "(?<n"), (#"\1"#, #"`\1`"#), (#"a**"#, "repetition"),
            (#"a{2}+"#, "repetition"),
            (#"a{2}?"#, "`{2}?`"), (#"(a"#, "unmatched"), (#"a)"#, "unmatched"), (#"[a"#, "unmatched"),
            (#"[]"#, "empty"),
            (#"(?i:ss)"#, "`ss`"), (#"(?i:é)"#, "non-ASCII"), (#"a(?i)b"#, "(?i)"), (#"\K"#, #"`\K`"#),
            (#"[z-a]"#, "empty range"),
            (#"{"#, "`{`"), (#"\"#, "trailing"), (#"\x{110000}"#, "`\\x110000`"),
            (#"(*ACCEPT)a"#, "(*AC"), (#"(?<!a+)b"#, "lookbehind"),
        ]
    )
    func refused(pattern: String, reason: String) {
        let error = #expect(throws: TokenizationError.self) { try self.matches(pattern, in: "x") }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test("a pattern that explodes ends in an error, not in a wrong answer", .timeLimit(.minutes(1)))
    func matchLimit() {
        let error = #expect(throws: TokenizationError.self) {
            try self.matches(#"(?:a|aa|aaa)+(?:a|aa)+[^a]"#, in: String(repeating: "a", count: 200))
        }
        #expect(error?.code == .patternLimit)
    }
}
