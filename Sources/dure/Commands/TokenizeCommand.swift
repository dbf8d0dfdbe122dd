import OrderedJSON
import ServingCore
import Settings
import Tokenization
import WorkerApp

/// Text to token ids and back, line by line.
struct TokenizeCommand: Command {
    static let help = CommandHelp(
        "tokenize",
        "Turns each line of standard input into a line of token ids, and back.",
        example: "echo 'Hello, 세계' | dure tokenize --model DIR",
        moreExamples: [
            "dure tokenize --model DIR 'Hello, 세계' --json", "echo '15496 11' | dure tokenize --model DIR --decode",
        ],
        discussion: """
            The ids of a line are separated by spaces. Control tokens such as <|im_start|> are recognised in a text; the \
            ones that the tokenizer puts around a text by itself are added with --special only.
            """
    )

    var texts: [String] = []
    var model = ""
    var tokenizer: String?
    var isDecoding = false
    var addsSpecialTokens = false
    var isJSON = false

    static var parameters: [Parameter<Self>] {
        Argument(
            "TEXT",
            \.texts,
            isRequired: false,
            help: "lines to take instead of standard input; - is standard input"
        )
        Option("tokenizer", \.tokenizer, .optional(.file), help: "a tokenizer.json, instead of a model directory")
        Option("decode", \.isDecoding, help: "turn ids into text")
        Option("special", \.addsSpecialTokens, help: "add the special tokens that the tokenizer puts around a text")
        Option(
            "json",
            \.isJSON,
            help: "print an object per line: its tokens, how the vocabulary spells them, and the text"
        )
        ModelLocation.settings.at(\.model)
    }

    private static let lineBytes = 64 << 20

    func run(_ context: CommandContext) throws -> ExitStatus {
        let tokenizer = try self.openTokenizer(context.console)
        if !self.texts.isEmpty, self.texts != ["-"] {
            for text in self.texts { try context.console.print(try self.answer(text, tokenizer)) }
            return .done
        }
        var lines = context.console.input.lines(limitBytes: Self.lineBytes)
        var number = 0
        while let line = try lines.next() {
            number += 1
            guard let text = String(validating: line, as: UTF8.self) else {
                throw CommandError("line \(number): expected UTF-8")
            }
            do {
                try context.console.print(try self.answer(text, tokenizer))
            } catch let error as TokenizationError {
                throw CommandError("line \(number): \(error)")
            } catch let error as CommandError {
                throw CommandError("line \(number): \(error)")
            }
        }
        return .done
    }

    private func openTokenizer(_ console: Console) throws -> Tokenizer {
        switch (self.tokenizer, self.model) {
        case (let file?, _):
            return try Tokenizer(tokenizerJSON: try console.bytes(of: file, limitBytes: 512 << 20))
        case (nil, ""): throw UsageError("expected --model DIR or --tokenizer FILE")
        case (nil, let directory): return try Tokenizer.load(directory: directory)
        }
    }

    private func answer(_ line: String, _ tokenizer: Tokenizer) throws -> String {
        let tokens =
            self.isDecoding
            ? try Self.tokens(of: line) : try tokenizer.encode(line, addingSpecialTokens: self.addsSpecialTokens)
        let text = self.isDecoding ? tokenizer.decode(tokens, skippingSpecialTokens: false) : line
        guard self.isJSON else { return self.isDecoding ? text : tokens.map(String.init).joined(separator: " ") }
        let pieces = tokens.map { JSONValue.string(tokenizer.token(for: $0) ?? "") }
        let answer: JSONValue = [
            "tokens": .array(tokens.map { .integer(Int64($0)) }), "pieces": .array(pieces), "text": .string(text),
        ]
        return answer.text(JSONStyle(space: " "))
    }

    private static func tokens(of line: String) throws -> [TokenID] {
        try line.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map { word in
            guard let token = TokenID(word), token >= 0 else {
                throw CommandError("expected token ids separated by spaces, got \"\(word.prefix(40))\"")
            }
            return token
        }
    }
}
