import ServingCore

/// WordPiece: of a word's rest always the longest piece that the vocabulary has, or one unknown token for the word.
struct WordPieceModel: Sendable {
    let vocabulary: TokenTable
    private let unknown: UnknownToken
    private let pieces: ByteTrie
    /// Where the pieces stand that go on a word, after their prefix; nil when there are none.
    private let continuation: Int?
    /// Words of more characters are unknown.
    private let characterLimit: Int

    init(_ part: FilePart) throws(TokenizationError) {
        self.vocabulary = try TokenTable(vocabulary: part.required("vocab"))
        self.unknown = UnknownToken(try part.string("unk_token"), in: self.vocabulary)
        self.characterLimit = try part.required("max_input_chars_per_word").count()
        var pieces = ByteTrie()
        for id in 0..<self.vocabulary.endOfIDs {
            if let text = self.vocabulary.text(of: id), !text.isEmpty { pieces.insert(text, TokenID(id)) }
        }
        self.pieces = pieces
        self.continuation = pieces.node(after: try part.string("continuing_subword_prefix").utf8)
    }

    func encode(_ text: [UInt8], _ range: Range<Int>, to output: inout [TokenID]) throws(TokenizationError) {
        let firstToken = output.count
        if self.isShort(text[range]) {
            var start = range.lowerBound
            var node: Int? = ByteTrie.root
            while start < range.upperBound, let from = node,
                let (end, token) = self.pieces.longestMatch(in: text, start..<range.upperBound, from: from)
            {
                output.append(token)
                start = end
                node = self.continuation
            }
            if start == range.upperBound { return }
        }
        output.removeLast(output.count - firstToken)
        output.append(try self.unknown.id())
    }

    private func isShort(_ word: ArraySlice<UInt8>) -> Bool {
        // Most words are: then nothing is counted.
        if word.count <= self.characterLimit { return true }
        var characters = 0
        for byte in word where byte & 0xC0 != 0x80 {
            characters += 1
            if characters > self.characterLimit { return false }
        }
        return true
    }
}
