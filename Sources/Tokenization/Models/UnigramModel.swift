import OrderedJSON
import ServingCore

/// Unigram: the pieces of a word whose scores have the greatest sum.
struct UnigramModel: Sendable {
    let vocabulary: TokenTable
    private let pieces: ByteTrie
    /// By id.
    private let scores: [Double]
    /// The token of a character that is no piece.
    private let unknown: TokenID?
    private let unknownScore: Double
    /// The token `<0xNN>` of each byte, -1 where there is none; nil when unknown text does not fall back to bytes.
    private let byteTokens: [TokenID]?

    /// Appends the tokens of the word at `range`.
    func encode(
        _ text: [UInt8],
        _ range: Range<Int>,
        path: inout BestPath,
        to output: inout [TokenID]
    ) throws(TokenizationError) {
        try self.findBestPath(text, range, &path)
        path.collectPieces()
        var unknown: Range<Int>?
        for piece in path.pieces {
            let start = range.lowerBound + piece.start
            let end = range.lowerBound + piece.end
            if piece.token == self.unknown {
                unknown = (unknown?.lowerBound ?? start)..<end
                continue
            }
            if let stretch = unknown { try self.appendUnknown(text[stretch], to: &output) }
            unknown = nil
            output.append(piece.token)
        }
        if let stretch = unknown { try self.appendUnknown(text[stretch], to: &output) }
        path.shrink()
    }

    /// Follows from every character all pieces that stand there: time grows with the length of the longest piece.
    private func findBestPath(_ text: [UInt8], _ range: Range<Int>, _ path: inout BestPath) throws(TokenizationError) {
        path.reset(byteCount: range.count)
        var start = 0
        while start < range.count {
            let base = path.score(at: start)
            let characterEnd = start + UTF8Text.width(ofLead: text[range.lowerBound + start])
            var isPiece = false
            var node = ByteTrie.root
            var end = start
            while end < range.count, let child = self.pieces.child(of: node, text[range.lowerBound + end]) {
                node = child
                end += 1
                let token = self.pieces.token(at: node)
                guard token >= 0 else { continue }
                path.offer(token, from: start, to: end, score: self.scores[Int(token)] + base)
                if end == characterEnd { isPiece = true }
            }
            if !isPiece, path.accepts(score: self.unknownScore + base, to: characterEnd) {
                guard let unknown = self.unknown else {
                    throw TokenizationError(.unknownSymbol, "the text needs an unknown token, and the model has none")
                }
                path.offer(unknown, from: start, to: characterEnd, score: self.unknownScore + base)
            }
            start = characterEnd
        }
    }

    /// A stretch of unknown characters: one token, or the tokens of its bytes.
    private func appendUnknown(_ stretch: ArraySlice<UInt8>, to output: inout [TokenID]) throws(TokenizationError) {
        if stretch.count <= TokenizerLimits.tokenBytes, let token = self.vocabulary.id(of: stretch) {
            output.append(token)
        } else if let byteTokens = self.byteTokens, stretch.allSatisfy({ byteTokens[Int($0)] >= 0 }) {
            for byte in stretch { output.append(byteTokens[Int(byte)]) }
        } else if let unknown = self.unknown {
            output.append(unknown)
        }
    }
}

// MARK: - From the file

extension UnigramModel {
    /// An unknown character costs so much more than the worst piece.
    private static let unknownPenalty = 10.0

    init(_ part: FilePart) throws(TokenizationError) {
        let list = try part.required("vocab")
        guard case .array(let entries) = list.value else {
            throw list.malformed("expected an array, got \(list.value.kind)")
        }
        guard entries.count <= TokenizerLimits.tokenIDs else { throw list.malformed("more pieces than ids") }
        var vocabulary = TokenTable(capacity: entries.count)
        var pieces = ByteTrie()
        var scores: [Double] = []
        for (id, entry) in entries.enumerated() {
            guard let (text, score) = Self.piece(entry) else {
                throw list.malformed("expected element \(id) to be a short text and its score")
            }
            vocabulary.insertAgain(text.utf8, id: id)
            if !text.isEmpty { pieces.insert(text.utf8, TokenID(id)) }
            scores.append(score)
        }
        self.unknown = try part.part("unk_id")?.tokenID().asTokenID
        if let unknown = self.unknown, unknown >= entries.count {
            throw part.malformed("expected an `unk_id` below \(entries.count), got \(unknown)")
        }
        let isFallingBack = try part.bool("byte_fallback", or: false)
        self.byteTokens = isFallingBack ? vocabulary.byteTokens() : nil
        self.unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
        self.vocabulary = vocabulary
        self.pieces = pieces
        self.scores = scores
    }

    private static func piece(_ entry: JSONValue) -> (text: String, score: Double)? {
        guard case .array(let pair) = entry, pair.count == 2, case .string(let text) = pair[0],
            let score = pair[1].double, text.utf8.count <= TokenizerLimits.tokenBytes
        else { return nil }
        return (text, score)
    }
}

extension Int { fileprivate var asTokenID: TokenID { TokenID(self) } }
