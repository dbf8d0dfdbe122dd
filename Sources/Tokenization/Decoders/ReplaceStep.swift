/// Replaces a text within each token.
struct ReplaceLiteralStep: DecodingStep {
    private let pattern: LiteralPattern
    private let content: [UInt8]
    /// How many bytes of the pattern the token ends with so far; they are held back.
    private var matched = 0

    init(_ pattern: LiteralPattern, with content: [UInt8]) {
        self.pattern = pattern
        self.content = content
    }

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        var text: [UInt8] = []
        for byte in fragment.bytes {
            let before = self.matched
            self.matched = self.pattern.advance(before, byte)
            // Of what was held and the byte, all but the new match's start is certain.
            let certain = before + 1 - self.matched
            if certain > 0 {
                text += self.pattern.bytes[..<min(certain, before)]
                if certain > before { text.append(byte) }
            }
            if self.matched == self.pattern.bytes.count {
                text += self.content
                self.matched = 0
            }
        }
        if fragment.endsToken {
            text += self.pattern.bytes[..<self.matched]
            self.matched = 0
        }
        output.append(TokenFragment(bytes: text, endsToken: fragment.endsToken))
    }

    /// Nothing is held at the end of a token.
    mutating func finish(to output: inout [TokenFragment]) {}
}

/// Replaces what a regular expression finds within each token, which is held back until it ends.
struct ReplacePatternStep: TokenwiseDecodingStep {
    private let pattern: TextPattern
    private let content: [UInt8]
    var held: [UInt8] = []

    init(_ pattern: TextPattern, with content: [UInt8]) {
        self.pattern = pattern
        self.content = content
    }

    mutating func text(of token: [UInt8]) -> [UInt8] {
        // A pattern that gives up on a token leaves it as it is: an answer is not lost for want of its last polish.
        (try? self.pattern.replacing(token, with: self.content, PCRE2Workspace())) ?? token
    }
}

/// Takes a character away from the start and the end of each token, up to so many times.
struct StripStep: DecodingStep {
    private let character: Unicode.Scalar
    private let startCount: Int
    private let endCount: Int
    /// How many were taken from the token's start; nil once something else stood there.
    private var taken: Int? = 0
    /// How many the token ends with so far; they are held back.
    private var held = 0

    init(_ character: Unicode.Scalar, startCount: Int, endCount: Int) {
        self.character = character
        self.startCount = startCount
        self.endCount = endCount
    }

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        var text: [UInt8] = []
        UTF8Text.forEachScalar(in: fragment.bytes, 0..<fragment.bytes.count) { scalar, _ in
            if scalar == self.character, let taken = self.taken, taken < self.startCount {
                self.taken = taken + 1
                return
            }
            self.taken = nil
            if scalar == self.character, self.held < self.endCount {
                self.held += 1
                return
            }
            // One more than may be taken away, or something else: then the oldest, or all of them, stay.
            if scalar != self.character {
                for _ in 0..<self.held { UTF8Text.append(self.character, to: &text) }
                self.held = 0
            }
            UTF8Text.append(scalar, to: &text)
        }
        if fragment.endsToken {
            self.taken = 0
            self.held = 0
        }
        output.append(TokenFragment(bytes: text, endsToken: fragment.endsToken))
    }

    /// Nothing is held at the end of a token.
    mutating func finish(to output: inout [TokenFragment]) {}
}
