import OrderedJSON
import ServingCore

/// Byte-pair encoding: a word starts as its characters, and the merges join neighbours until none applies.
struct BytePairModel: Sendable {
    /// What a word's first symbols are.
    enum Symbols: Sendable {
        /// One per Unicode scalar.
        case scalars
        /// One per byte, looked up under the character that stands for it in the byte-level alphabet.
        case bytes
    }

    let vocabulary: TokenTable
    private let merges: PairTable
    /// A word that is a token stays whole, whatever the merges make of it.
    private let ignoresMerges: Bool
    private let unknown: UnknownToken?
    /// The id of each byte's character in the byte-level alphabet, -1 where the vocabulary has none.
    private let byteTokens: [TokenID]

    private enum UnknownToken: Sendable {
        /// Neighbouring unknown symbols become one token.
        case token(TokenID, fused: Bool)
        /// Named by the file but not in the vocabulary: an error as soon as it is needed.
        case missing(String)
    }

    /// Appends the tokens of the word at `range`.
    func encode(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        as symbols: Symbols,
        merger: inout WordMerger,
        to output: inout [TokenID]
    ) throws(TokenizationError) {
        if self.ignoresMerges, let token = self.wholeToken(bytes[range], as: symbols) {
            output.append(token)
            return
        }
        merger.symbols.removeAll(keepingCapacity: true)
        switch symbols {
        case .bytes: try self.startFromBytes(bytes[range], &merger)
        case .scalars: try self.startFromScalars(bytes[range], &merger)
        }
        merger.merge(by: self.merges)
        output.append(contentsOf: merger.symbols)
    }

    private func wholeToken(_ word: ArraySlice<UInt8>, as symbols: Symbols) -> TokenID? {
        guard word.count <= TokenizerLimits.tokenBytes else { return nil }
        guard symbols == .bytes else { return self.vocabulary.id(of: word) }
        var text: [UInt8] = []
        ByteAlphabet.append(word, to: &text)
        return self.vocabulary.id(of: text[...])
    }

    private func startFromBytes(_ word: ArraySlice<UInt8>, _ merger: inout WordMerger) throws(TokenizationError) {
        var followsUnknown = false
        for byte in word {
            let token = self.byteTokens[Int(byte)]
            try self.append(token >= 0 ? token : nil, &followsUnknown, to: &merger.symbols)
        }
    }

    private func startFromScalars(_ word: ArraySlice<UInt8>, _ merger: inout WordMerger) throws(TokenizationError) {
        var followsUnknown = false
        var start = word.startIndex
        while start < word.endIndex {
            var end = start + 1
            while end < word.endIndex, word[end] & 0xC0 == 0x80 { end += 1 }
            try self.append(self.vocabulary.id(of: word[start..<end]), &followsUnknown, to: &merger.symbols)
            start = end
        }
    }

    /// Adds one symbol.
    ///
    /// Without an unknown token a symbol that the vocabulary lacks leaves no trace, as in the reference.
    private func append(
        _ token: TokenID?,
        _ followsUnknown: inout Bool,
        to symbols: inout [TokenID]
    ) throws(TokenizationError) {
        if let token {
            symbols.append(token)
            followsUnknown = false
            return
        }
        switch self.unknown {
        case .token(let token, let fused):
            if !(fused && followsUnknown) { symbols.append(token) }
            followsUnknown = true
        case .missing(let name):
            throw TokenizationError(
                .unknownSymbol,
                "the text needs the unknown token `\(name)`, which is not in the vocabulary"
            )
        case nil: break
        }
    }
}

// MARK: - From the file

extension BytePairModel {
    init(_ part: FilePart) throws(TokenizationError) {
        if let dropout = part.part("dropout"), dropout.value.double != 0 {
            throw dropout.unsupported("merge dropout other than 0")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = part.part(key), try !affix.string().isEmpty {
                throw affix.unsupported("a non-empty `\(key)`")
            }
        }
        if let fallback = part.part("byte_fallback"), try fallback.bool() {
            throw fallback.unsupported("byte fallback")
        }
        self.ignoresMerges = try part.bool("ignore_merges", or: false)
        let vocabulary = try TokenTable(vocabulary: part.required("vocab"))
        self.vocabulary = vocabulary
        self.merges = try PairTable(merges: part.required("merges"), vocabulary: vocabulary)
        let fused = try part.bool("fuse_unk", or: false)
        if let name = try part.part("unk_token")?.string() {
            self.unknown = vocabulary.id(of: name).map { .token($0, fused: fused) } ?? .missing(name)
        } else {
            self.unknown = nil
        }
        self.byteTokens = (UInt8(0)...UInt8(255)).map { byte in
            var text: [UInt8] = []
            ByteAlphabet.append(CollectionOfOne(byte), to: &text)
            return vocabulary.id(of: text[...]) ?? -1
        }
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
    init(merges part: FilePart, vocabulary: TokenTable) throws(TokenizationError) {
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
            joined.append(contentsOf: right)
            guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
                let token = vocabulary.id(of: joined[...])
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
