import OrderedJSON
import ServingCore

/// The tokens that are cut out of a text before the model sees it: control tokens, and words added after training.
///
/// Their flags, the order in which they are tried and the ids that they get are the reference's, including its rule that
/// the file's own ids do not count: a token that the model knows keeps the model's id, any other gets the next free one.
struct AddedTokens: Sendable {
    struct Flags: Sendable, Equatable {
        /// Matches only where no word character touches it.
        var singleWord: Bool
        /// Swallows the whitespace before it.
        var stripsLeft: Bool
        /// Swallows the whitespace after it.
        var stripsRight: Bool
        /// Is looked for in the normalised text, in its own normalised form.
        var normalized: Bool
        /// Is left out of a decoded text on request.
        var special: Bool
    }

    /// A stretch of a text: an added token, or text for the model.
    enum Stretch {
        case token(TokenID)
        case text(Range<Int>)
    }

    private(set) var table = TokenTable()
    private var flags: [TokenID: Flags] = [:]
    private(set) var specialIDs: Set<TokenID> = []
    private var verbatim = LongestMatchTrie()
    private var normalized = LongestMatchTrie()

    init() {}

    /// Cuts out the tokens that are looked for before normalisation, or after it.
    func appendStretches(
        of text: [UInt8],
        _ range: Range<Int>,
        normalized: Bool,
        to stretches: inout [Stretch]
    ) {
        let trie = normalized ? self.normalized : self.verbatim
        var end = range.lowerBound
        var cursor = range.lowerBound
        while let (match, token) = trie.firstMatch(in: text, cursor..<range.upperBound) {
            cursor = match.upperBound
            guard let flags = self.flags[token] else { continue }
            if flags.singleWord, Self.touchesWord(text, match, within: range) { continue }
            var (start, stop) = (match.lowerBound, match.upperBound)
            if flags.stripsLeft { start = Self.startOfWhitespace(text, endingAt: start, notBefore: end) }
            if flags.stripsRight { stop = Self.endOfWhitespace(text, from: stop, upTo: range.upperBound) }
            if end < start { stretches.append(.text(end..<start)) }
            stretches.append(.token(token))
            end = stop
        }
        // The whitespace that one token swallowed may hold another: then `end` lies behind that one.
        if end < range.upperBound { stretches.append(.text(end..<range.upperBound)) }
    }

    private static func touchesWord(_ text: [UInt8], _ match: Range<Int>, within range: Range<Int>) -> Bool {
        if match.lowerBound > range.lowerBound, let before = UTF8Text.scalar(in: text, endingAt: match.lowerBound),
            UTF8Text.isWord(before)
        {
            return true
        }
        if match.upperBound < range.upperBound, let after = UTF8Text.scalar(in: text, at: match.upperBound) {
            return UTF8Text.isWord(after)
        }
        return false
    }

    private static func startOfWhitespace(_ text: [UInt8], endingAt end: Int, notBefore limit: Int) -> Int {
        var start = end
        while start > limit, let scalar = UTF8Text.scalar(in: text, endingAt: start), scalar.properties.isWhitespace {
            start -= UTF8.width(scalar)
        }
        return max(start, limit)
    }

    private static func endOfWhitespace(_ text: [UInt8], from start: Int, upTo limit: Int) -> Int {
        var end = start
        while end < limit, let scalar = UTF8Text.scalar(in: text, at: end), scalar.properties.isWhitespace {
            end += UTF8.width(scalar)
        }
        return end
    }
}

// MARK: - From the file

extension AddedTokens {
    init(_ part: FilePart?, vocabulary: TokenTable, normalizer: Normalizer?) throws(TokenizationError) {
        guard let part else { return }
        let elements = try part.elements()
        guard elements.count <= TokenizerLimits.addedTokens else {
            throw part.unsupported("more than \(TokenizerLimits.addedTokens) added tokens")
        }
        var ids: [[UInt8]: TokenID] = [:]
        var owners: [TokenID: (content: String, flags: Flags)] = [:]
        var highest = -1
        for element in elements {
            let content = try element.string("content")
            _ = try element.required("id").tokenID()
            let flags = Flags(
                singleWord: try element.bool("single_word", or: false),
                stripsLeft: try element.bool("lstrip", or: false),
                stripsRight: try element.bool("rstrip", or: false),
                normalized: try element.bool("normalized", or: true),
                special: try element.bool("special", or: false)
            )
            guard !content.isEmpty else { continue }
            let key = Array(content.utf8)
            let next = max(highest + 1, vocabulary.count)
            let id = ids[key] ?? vocabulary.id(of: key[...]) ?? TokenID(next)
            guard id < TokenizerLimits.tokenIDs else { throw element.malformed("its id is above the limit") }
            ids[key] = id
            owners[id] = (content, flags)
            highest = max(highest, Int(id))
        }
        for (id, owner) in owners.sorted(by: { $0.key < $1.key }) {
            let content = Array(owner.content.utf8)
            guard self.table.insert(content, id: Int(id)) else { continue }
            self.flags[id] = owner.flags
            if owner.flags.special { self.specialIDs.insert(id) }
            if owner.flags.normalized {
                self.normalized.insert(normalizer?.normalize(content) ?? content, id)
            } else {
                self.verbatim.insert(content, id)
            }
        }
    }
}
