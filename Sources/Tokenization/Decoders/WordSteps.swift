/// Makes spaces of SentencePiece's visible spaces, and nothing of those in the first token.
struct MetaspaceStep: DecodingStep {
    private let metaspace: Metaspace
    private var isFirst = true

    init(_ metaspace: Metaspace) { self.metaspace = metaspace }

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        var text: [UInt8] = []
        let dropsSpaces = self.isFirst && self.metaspace.prefix != .never
        UTF8Text.forEachScalar(in: fragment.bytes, 0..<fragment.bytes.count) { scalar, _ in
            if scalar != self.metaspace.replacement {
                UTF8Text.append(scalar, to: &text)
            } else if !dropsSpaces {
                text.append(UInt8(ascii: " "))
            }
        }
        if fragment.endsToken { self.isFirst = false }
        output.append(TokenFragment(bytes: text, endsToken: fragment.endsToken))
    }

    /// Nothing is held back.
    mutating func finish(to output: inout [TokenFragment]) {}
}

/// Joins tokens that start with a prefix to the one before, and puts spaces between all others.
struct WordPieceStep: TokenwiseDecodingStep {
    private let prefix: [UInt8]
    private let tidiesSpaces: Bool
    private var isFirst = true
    var held: [UInt8] = []

    init(prefix: [UInt8], tidiesSpaces: Bool) {
        self.prefix = prefix
        self.tidiesSpaces = tidiesSpaces
    }

    mutating func text(of token: [UInt8]) -> [UInt8] {
        var text = token
        if !self.isFirst {
            if token.starts(with: self.prefix) {
                text.removeFirst(self.prefix.count)
            } else {
                text.insert(UInt8(ascii: " "), at: 0)
            }
        }
        self.isFirst = false
        return self.tidiesSpaces ? Self.tidied(text) : text
    }

    /// What English spelling has no space before, one rule after the other.
    private static let rules: [(LiteralPattern, [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].compactMap { rule in LiteralPattern(rule.0).map { ($0, Array(rule.1.utf8)) } }

    /// What follows the space that every rule starts with.
    private static let ruleStarts = Set(WordPieceStep.rules.map { $0.0.bytes[1] })

    private static func tidied(_ text: [UInt8]) -> [UInt8] {
        // Most tokens have no space, or one before a letter that no rule starts with.
        let mayMatch = text.indices.dropLast().contains { index in
            text[index] == UInt8(ascii: " ") && Self.ruleStarts.contains(text[index + 1])
        }
        guard mayMatch else { return text }
        return self.rules.reduce(text) { text, rule in
            var step = ReplaceLiteralStep(rule.0, with: rule.1)
            var output: [TokenFragment] = []
            step.append(TokenFragment(bytes: text, endsToken: true), to: &output)
            return output.first?.bytes ?? text
        }
    }
}

/// Makes a space of the suffix that ends a word, and nothing of it in the last token.
struct WordEndStep: DecodingStep {
    private let suffix: LiteralPattern
    private var held: [UInt8] = []
    /// The token before, where it has a suffix: it may be the last.
    private var waiting: [UInt8]?

    init(_ suffix: LiteralPattern) { self.suffix = suffix }

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        self.held += fragment.bytes
        guard fragment.endsToken else { return }
        if let token = self.waiting { output.append(self.replacing(token, with: [UInt8(ascii: " ")])) }
        self.waiting = self.held
        self.held.removeAll(keepingCapacity: true)
        if let token = self.waiting, !self.hasSuffix(token) {
            output.append(TokenFragment(bytes: token, endsToken: true))
            self.waiting = nil
        }
    }

    mutating func finish(to output: inout [TokenFragment]) {
        if let token = self.waiting { output.append(self.replacing(token, with: [])) }
        self.waiting = nil
    }

    private func hasSuffix(_ token: [UInt8]) -> Bool {
        var matches: [Range<Int>] = []
        self.suffix.appendMatches(in: token, 0..<token.count, to: &matches)
        return !matches.isEmpty
    }

    private func replacing(_ token: [UInt8], with content: [UInt8]) -> TokenFragment {
        var step = ReplaceLiteralStep(self.suffix, with: content)
        var output: [TokenFragment] = []
        step.append(TokenFragment(bytes: token, endsToken: true), to: &output)
        return output.first ?? TokenFragment(bytes: token, endsToken: true)
    }
}
