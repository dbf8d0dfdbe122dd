/// A pattern of the file, a text or a regular expression: where it matches.
struct TextPattern: Sendable {
    private enum Kind: Sendable {
        case literal(LiteralPattern)
        case regex(PCRE2Regex)
    }

    private let kind: Kind

    /// The pattern, where it is a text.
    var literal: LiteralPattern? { if case .literal(let literal) = self.kind { literal } else { nil } }

    /// Appends the matches within `range` of `text`, left to right.
    ///
    /// Throws `patternLimit`.
    func appendMatches(
        in text: [UInt8],
        _ range: Range<Int>,
        _ workspace: PCRE2Workspace,
        to matches: inout [Range<Int>]
    ) throws(TokenizationError) {
        switch self.kind {
        case .literal(let literal): literal.appendMatches(in: text, range, to: &matches)
        case .regex(let regex): try regex.appendMatches(in: text, range, workspace: workspace, to: &matches)
        }
    }

    /// `text` with `content` in the place of every match.
    ///
    /// Throws `patternLimit`, or `tooLarge` when the result is.
    func replacing(
        _ text: [UInt8],
        with content: [UInt8],
        _ workspace: PCRE2Workspace
    ) throws(TokenizationError) -> [UInt8] {
        var matches: [Range<Int>] = []
        try self.appendMatches(in: text, 0..<text.count, workspace, to: &matches)
        return try Self.replacing(matches, in: text, with: content)
    }

    /// `text` with `content` in the place of some matches.
    ///
    /// Throws `tooLarge` when the result is.
    static func replacing(
        _ matches: [Range<Int>],
        in text: [UInt8],
        with content: [UInt8]
    ) throws(TokenizationError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var end = 0
        for match in matches {
            output += text[end..<match.lowerBound]
            output += content
            end = match.upperBound
            guard output.count <= TokenizerLimits.textBytes else { throw TokenizerLimits.tooMuchText }
        }
        output += text[end...]
        return output
    }
}

// MARK: - From the file

extension TextPattern {
    /// Reads `{"String": …}` or `{"Regex": …}`.
    init(_ part: FilePart) throws(TokenizationError) {
        if let text = part.part("String") {
            let scalars = try text.string().unicodeScalars.count
            guard scalars <= TokenizerLimits.patternScalars, let literal = LiteralPattern(try text.string()) else {
                throw text.unsupported("a pattern of \(scalars) characters")
            }
            self.kind = .literal(literal)
            return
        }
        let regex = try part.required("Regex")
        do { self.kind = .regex(try PCRE2Regex(try OnigurumaPattern.translate(try regex.string()))) } catch {
            let isPlaced = error.code == .malformed
            throw TokenizationError(error.code, isPlaced ? error.message : "\(regex.place): \(error.message)")
        }
    }

    init(regex: String) throws(TokenizationError) {
        self.kind = .regex(try PCRE2Regex(try OnigurumaPattern.translate(regex)))
    }
}
