import ExpertCache
import Foundation
import ServingCore
import Settings
import TestSupport
import Tokenization

/// Lines of text to tokens and back, on one thread.
struct TokenizerCommand: Command {
    static let help = CommandHelp(
        "tokenizer",
        "Times tokenizers: lines of text to token ids, and back.",
        example: "dure-bench tokenizer",
        moreExamples: ["dure-bench tokenizer --text lines.txt a/tokenizer.json b/tokenizer.json"],
        discussion: """
            Without a text it is made up: lines of Korean and English words, some of them frequent. Without a tokenizer \
            every byte is a token.
            """
    )

    var tokenizers: [String] = []
    var text: String?
    var kilobytes = 1000
    var rounds = 5
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        Argument("FILE", \.tokenizers, isRequired: false, help: "a tokenizer.json")
        Option("text", \.text, .optional(.file), help: "a file of lines, in place of a text that is made up")
        Option("kilobytes", \.kilobytes, .within(1...1_000_000), help: "of the text that is made up")
        Option("rounds", \.rounds, .within(1...1000), help: "times that all is done, of which the median counts")
        Option("seed", \.seed, help: "of the random numbers")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let lines = try self.lines()
        let bytes = lines.reduce(0) { $0 + $1.utf8.count + 1 }
        let report = try Report(
            context.console,
            conditions: [
                ("text", self.text ?? "made up"), ("bytes", String(bytes)), ("lines", String(lines.count)),
                ("threads", "1"), ("seed", String(self.seed)), ("rounds", String(self.rounds)),
            ],
            columns: ["tokenizer", "step", "tokens", "median_seconds", "megabytes_per_second"]
        )
        for (name, tokenizer) in try self.opened() {
            let encoded = try lines.map { try tokenizer.encode($0) }
            let times = try Rounds(
                self.rounds,
                of: [
                    { for line in lines { _ = try tokenizer.encode(line) } },
                    { for ids in encoded { _ = tokenizer.decode(ids, skippingSpecialTokens: false) } },
                ]
            )
            let tokens = encoded.reduce(0) { $0 + $1.count }
            for (index, step) in ["encode", "decode"].enumerated() {
                let seconds = times.median(index)
                try report.row([
                    name, step, String(tokens), seconds.rounded(digits: 4),
                    (Double(bytes) / seconds / 1e6).rounded(digits: 4),
                ])
            }
        }
        return .done
    }

    private func opened() throws -> [(name: String, tokenizer: Tokenizer)] {
        guard !self.tokenizers.isEmpty else { return [("bytes", try ToyTokenizer.make())] }
        return try self.tokenizers.map { file in
            (file, try Tokenizer(tokenizerJSON: Array(try Data(contentsOf: URL(fileURLWithPath: file)))))
        }
    }

    private func lines() throws -> [String] {
        guard let file = self.text else { return self.madeUpLines() }
        let text = String(decoding: Array(try Data(contentsOf: URL(fileURLWithPath: file))), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func madeUpLines() -> [String] {
        var random = SplitMix64(state: self.seed)
        let words = (0..<20_000).map { index in
            let scalars = index.isMultiple(of: 2) ? UInt32(0xAC00)...0xD7A3 : UInt32(0x61)...0x7A
            let count = Int.random(in: index.isMultiple(of: 2) ? 1...4 : 2...10, using: &random)
            let letters = (0..<count).compactMap { _ in Unicode.Scalar(UInt32.random(in: scalars, using: &random)) }
            return String(String.UnicodeScalarView(letters))
        }
        var lines: [String] = []
        var bytes = 0
        while bytes < self.kilobytes * 1000 {
            let line = (0..<Int.random(in: 4...24, using: &random)).map { _ in
                // Half of all words come from the few first.
                let isFrequent = Bool.random(using: &random)
                return words[Int.random(in: 0..<(isFrequent ? 500 : words.count), using: &random)]
            }.joined(separator: " ")
            lines.append(line)
            bytes += line.utf8.count + 1
        }
        return lines
    }
}
