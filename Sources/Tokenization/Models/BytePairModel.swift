import OrderedJSON
import ServingCore

/// Byte-pair encoding: a word starts as its characters, and the merges join neighbours until none applies.
struct BytePairModel: Sendable {
    let vocabulary: TokenTable
    private let merges: PairTable
    /// A word that is a token stays whole, whatever the merges make of it.
    private let ignoresMerges: Bool
    private let unknown: UnknownToken?
    /// Neighbouring unknown symbols become one token.
    private let fusesUnknown: Bool
    /// What every symbol of a word has in front but the first.
    private let continuingPrefix: [UInt8]
    /// What the last symbol of a word has behind.
    private let endSuffix: [UInt8]
    /// The token `<0xNN>` of each byte, -1 where there is none; nil when unknown symbols do not fall back to bytes.
    private let fallbackTokens: [TokenID]?
    /// The id of each byte's character in the byte-level alphabet, -1 where the vocabulary has none.
    private let byteTokens: [TokenID]

    private var hasAffixes: Bool { !self.continuingPrefix.isEmpty || !self.endSuffix.isEmpty }

    /// Whether a word may be given as bytes that stand for characters of the byte-level alphabet.
    var readsBytes: Bool { !self.hasAffixes && self.fallbackTokens == nil }

    /// Appends the tokens of the word at `range`.
    func encode(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        as symbols: WordModel.Symbols,
        merger: inout WordMerger,
        to output: inout [TokenID]
    ) throws(TokenizationError) {
        if self.ignoresMerges, let token = self.wholeToken(bytes[range], as: symbols) {
            output.append(token)
            return
        }
        merger.symbols.removeAll(keepingCapacity: true)
        var unknown: TokenID?
        switch symbols {
        case .bytes:
            for byte in bytes[range] {
                let token = self.byteTokens[Int(byte)]
                try self.append(token >= 0 ? token : nil, &unknown, to: &merger.symbols)
            }
        case .scalars: try self.appendScalars(of: bytes[range], &unknown, to: &merger.symbols)
        }
        if let unknown { merger.symbols.append(unknown) }
        merger.merge(by: self.merges)
        output.append(contentsOf: merger.symbols)
    }

    private func wholeToken(_ word: ArraySlice<UInt8>, as symbols: WordModel.Symbols) -> TokenID? {
        guard word.count <= TokenizerLimits.tokenBytes else { return nil }
        guard symbols == .bytes else { return self.vocabulary.id(of: word) }
        var text: [UInt8] = []
        ByteAlphabet.append(word, to: &text)
        return self.vocabulary.id(of: text[...])
    }

    private func appendScalars(
        of word: ArraySlice<UInt8>,
        _ unknown: inout TokenID?,
        to symbols: inout [TokenID]
    ) throws(TokenizationError) {
        var affixed: [UInt8] = []
        var start = word.startIndex
        while start < word.endIndex {
            var end = start + 1
            while end < word.endIndex, word[end] & 0xC0 == 0x80 { end += 1 }
            var symbol = word[start..<end]
            if self.hasAffixes {
                affixed.removeAll(keepingCapacity: true)
                if start > word.startIndex { affixed += self.continuingPrefix }
                affixed += symbol
                if end == word.endIndex { affixed += self.endSuffix }
                symbol = affixed[...]
            }
            let token = self.vocabulary.id(of: symbol)
            if token == nil, let fallback = self.fallbackTokens, symbol.allSatisfy({ fallback[Int($0)] >= 0 }) {
                for byte in symbol { symbols.append(fallback[Int(byte)]) }
            } else {
                try self.append(token, &unknown, to: &symbols)
            }
            start = end
        }
    }

    /// Adds one symbol, and before it the unknown token that is still to come.
    ///
    /// The reference holds an unknown token back until a known symbol follows, and lets bytes go before it. Without
    /// an unknown token a symbol that the vocabulary lacks leaves no trace.
    private func append(
        _ token: TokenID?,
        _ unknown: inout TokenID?,
        to symbols: inout [TokenID]
    ) throws(TokenizationError) {
        if let token {
            if let pending = unknown { symbols.append(pending) }
            unknown = nil
            symbols.append(token)
        } else if let id = try self.unknown?.id() {
            if let pending = unknown, !self.fusesUnknown { symbols.append(pending) }
            unknown = id
        }
    }
}

// MARK: - From the file

extension BytePairModel {
    init(_ part: FilePart) throws(TokenizationError) {
        if let dropout = part.part("dropout"), dropout.value.double != 0 {
            throw dropout.unsupported("merge dropout other than 0")
        }
        let prefix = try Self.affix(part, "continuing_subword_prefix")
        let vocabulary = try TokenTable(vocabulary: part.required("vocab"))
        self.continuingPrefix = prefix
        self.endSuffix = try Self.affix(part, "end_of_word_suffix")
        self.ignoresMerges = try part.bool("ignore_merges", or: false)
        self.vocabulary = vocabulary
        self.merges = try PairTable(merges: part.required("merges"), vocabulary: vocabulary, prefixBytes: prefix.count)
        self.fusesUnknown = try part.bool("fuse_unk", or: false)
        if let name = try part.part("unk_token")?.string() {
            self.unknown = UnknownToken(name, in: vocabulary)
        } else {
            self.unknown = nil
        }
        self.fallbackTokens = try part.bool("byte_fallback", or: false) ? vocabulary.byteTokens() : nil
        self.byteTokens = (UInt8(0)...UInt8(255)).map { byte in
            var text: [UInt8] = []
            ByteAlphabet.append(CollectionOfOne(byte), to: &text)
            return vocabulary.id(of: text[...]) ?? -1
        }
    }

    private static func affix(_ part: FilePart, _ key: String) throws(TokenizationError) -> [UInt8] {
        guard let affix = part.part(key) else { return [] }
        let bytes = Array(try affix.string().utf8)
        guard bytes.count <= TokenizerLimits.affixBytes else {
            throw affix.unsupported("more than \(TokenizerLimits.affixBytes) bytes")
        }
        return bytes
    }
}

extension TokenTable {
    /// Reads an object that gives every token its id.
    init(vocabulary part: FilePart) throws(TokenizationError) {
        let object = try part.object()
        self.init(capacity: object.count)
        for (token, value) in object {
            let id = try FilePart(value: value, place: part.place + "[\"\(token.prefix(64))\"]").tokenID()
            guard token.utf8.count <= TokenizerLimits.tokenBytes else {
                throw part.malformed(
                    "expected tokens of at most \(TokenizerLimits.tokenBytes) bytes, id \(id) is longer"
                )
            }
            guard self.insert(token.utf8, id: id) else { throw part.malformed("the id \(id) is given to two tokens") }
        }
    }
}

extension PairTable {
    /// Reads merges in either spelling: `"a b"`, or `["a", "b"]`.
    ///
    /// A merge's right side loses the prefix that symbols inside a word have.
    init(merges part: FilePart, vocabulary: TokenTable, prefixBytes: Int) throws(TokenizationError) {
        guard case .array(let list) = part.value else {
            throw part.malformed("expected an array, got \(part.value.kind)")
        }
        guard list.count < Int(UInt32.max) else { throw part.malformed("more merges than ranks") }
        self.init(capacity: list.count)
        var rank: UInt32 = 0
        var joined: [UInt8] = []
        for (index, value) in list.enumerated() {
            if case .string(let text) = value, text.utf8.starts(with: "#version".utf8) { continue }
            guard let (left, right) = Self.sides(of: value) else {
                throw part.malformed("expected element \(index) to be two tokens, got \(value.kind)")
            }
            joined.removeAll(keepingCapacity: true)
            joined.append(contentsOf: left)
            joined.append(contentsOf: right.dropFirst(prefixBytes))
            guard right.count >= prefixBytes, let leftID = vocabulary.id(of: left),
                let rightID = vocabulary.id(of: right), let token = vocabulary.id(of: joined[...])
            else { throw part.malformed("element \(index) has a side or a result that is not in the vocabulary") }
            self.set(leftID, rightID, Merge(rank: rank, token: token))
            rank += 1
        }
    }

    private static func sides(of value: JSONValue) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        switch value {
        case .string(let text):
            let sides = Array(text.utf8).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            return sides.count == 2 ? (sides[0], sides[1]) : nil
        case .array(let sides):
            guard sides.count == 2, case .string(let left) = sides[0], case .string(let right) = sides[1] else {
                return nil
            }
            return (Array(left.utf8)[...], Array(right.utf8)[...])
        default: return nil
        }
    }
}
