import OrderedJSON
import ServingCore

/// The tokens that are cut out of a text before the model sees it: control tokens, and words added after training.
///
/// Their flags, the order in which they are tried and the ids that they get are the reference's, including its rule that
/// the file's own ids do not count: a token that the model knows keeps the model's id, any other gets the next free one.
struct AddedTokens: Sendable {
    /// A stretch of a text: an added token, or text for the model.
    enum Stretch {
        case token(TokenID)
        case text(Range<Int>)
    }

    private(set) var table = TokenTable()
    private var tokens: [TokenID: AddedToken] = [:]
    /// The texts of special tokens, as the file writes them.
    private var specialTexts: Set<[UInt8]> = []
    /// What tokens that are looked for in the normalised text are there.
    private var normalizedTexts: [TokenID: [UInt8]] = [:]
    /// The ids that decoding can leave out.
    private(set) var specialIDs: Set<TokenID> = []
    private var verbatim = LongestMatchTrie()
    private var normalized = LongestMatchTrie()

    init() {}

    /// The text of a token, in a decoded text: normalised where the token is looked for so, as in the reference.
    func text(of id: Int) -> ArraySlice<UInt8>? {
        self.normalizedTexts[TokenID(id)].map { $0[...] } ?? self.table.text(of: id)
    }

    /// Cuts out the tokens that are looked for before normalisation, or after it.
    func appendStretches(of text: [UInt8], _ range: Range<Int>, normalized: Bool, to stretches: inout [Stretch]) {
        let trie = normalized ? self.normalized : self.verbatim
        var end = range.lowerBound
        var cursor = range.lowerBound
        while let (match, token) = trie.firstMatch(in: text, cursor..<range.upperBound) {
            cursor = match.upperBound
            guard let flags = self.tokens[token] else { continue }
            if flags.singleWord, Self.touchesWord(text, match, within: range) { continue }
            var (start, stop) = (match.lowerBound, match.upperBound)
            if flags.stripsLeft { start = Self.startOfWhitespace(text, endingAt: start, notBefore: end) }
            if flags.stripsRight { stop = Self.endOfWhitespace(text, from: stop, upTo: range.upperBound) }
            if end < start { stretches.append(.text(end..<start)) }
            // Another token may have swallowed all of this one already.
            if start < stop { stretches.append(.token(token)) }
            end = stop
        }
        // The whitespace that one token swallowed may hold another: then `end` lies behind that one.
        if end < range.upperBound { stretches.append(.text(end..<range.upperBound)) }
    }

    private static func touchesWord(_ text: [UInt8], _ match: Range<Int>, within range: Range<Int>) -> Bool {
        if match.lowerBound > range.lowerBound, let before = UTF8Text.scalar(in: text, endingAt: match.lowerBound),
            ScalarClass.word.contains(before)
        {
            return true
        }
        if match.upperBound < range.upperBound, let after = UTF8Text.scalar(in: text, at: match.upperBound) {
            return ScalarClass.word.contains(after)
        }
        return false
    }

    private static func startOfWhitespace(_ text: [UInt8], endingAt end: Int, notBefore limit: Int) -> Int {
        var start = end
        while start > limit, let scalar = UTF8Text.scalar(in: text, endingAt: start),
            ScalarClass.whitespace.contains(scalar)
        { start -= UTF8.width(scalar) }
        return max(start, limit)
    }

    private static func endOfWhitespace(_ text: [UInt8], from start: Int, upTo limit: Int) -> Int {
        var end = start
        while end < limit, let scalar = UTF8Text.scalar(in: text, at: end), ScalarClass.whitespace.contains(scalar) {
            end += UTF8.width(scalar)
        }
        return end
    }
}

// MARK: - From the file

extension AddedTokens {
    /// Adds the file's tokens, and then those of the configuration beside it: the later flags of a token count.
    init(
        _ part: FilePart?,
        configuration: TokenizerConfiguration?,
        vocabulary: TokenTable,
        normalizer: Normalizer?
    ) throws(TokenizationError) {
        var tokens: [AddedToken] = []
        for element in try part?.elements() ?? [] {
            _ = try element.required("id").tokenID()
            tokens.append(try AddedToken(element))
        }
        tokens += configuration?.addedTokens.map(\.token) ?? []
        // A token that only has a part to play is added when nothing else brought it.
        let known = Set(tokens.map { Array($0.content.utf8) })
        tokens += TokenRole.allCases.compactMap { configuration?.roles[$0] }
            .filter { !known.contains(Array($0.content.utf8)) }
        guard tokens.count <= TokenizerLimits.addedTokens else {
            throw TokenizationError(.unsupported, "more than \(TokenizerLimits.addedTokens) added tokens")
        }
        try self.add(tokens, vocabulary: vocabulary)
        let workspace = try PCRE2Workspace()
        for (id, token) in self.tokens.sorted(by: { $0.key < $1.key }) {
            let content = Array(token.content.utf8)
            if token.normalized {
                let text = try normalizer?.normalize(content, workspace).bytes ?? content
                self.normalizedTexts[id] = text
                self.normalized.insert(text, id)
                // The reference knows special tokens by their texts, and misses those that normalising changes.
                if self.specialTexts.contains(text) { self.specialIDs.insert(id) }
            } else {
                self.verbatim.insert(content, id)
                if self.specialTexts.contains(content) { self.specialIDs.insert(id) }
            }
        }
    }

    /// Gives each token its id.
    private mutating func add(_ tokens: [AddedToken], vocabulary: TokenTable) throws(TokenizationError) {
        var highest = -1
        for token in tokens where !token.content.isEmpty {
            let content = Array(token.content.utf8)
            let next = max(highest + 1, vocabulary.count)
            let id = self.table.id(of: content[...]) ?? vocabulary.id(of: content[...]) ?? TokenID(next)
            guard id < TokenizerLimits.tokenIDs else {
                throw TokenizationError(
                    .malformed,
                    "the added token `\(token.content.prefix(64))` gets the id \(id), above the limit"
                )
            }
            highest = max(highest, Int(id))
            // A token that was special once stays so, and the later of two tokens with one id takes its place.
            if token.special { self.specialTexts.insert(content) }
            _ = self.table.insert(content, id: Int(id))
            self.tokens[id] = token
        }
    }
}
