import ServingCore

/// What one thread needs while it encodes: scratch memory, and the words that it met before.
final class Encoder: @unchecked Sendable {
    // `@unchecked`: the tokenizer's pool hands an encoder to one call at a time.

    let workspace: PCRE2Workspace
    private var scratch = WordModel.Workspace()
    private var words = WordCache()

    init() throws(TokenizationError) { self.workspace = try PCRE2Workspace() }

    /// Appends the tokens of every piece.
    func encode(
        _ text: PreTokenizedText,
        by model: WordModel,
        as symbols: WordModel.Symbols,
        to tokens: inout [TokenID]
    ) throws(TokenizationError) {
        for piece in text.pieces {
            guard piece.count <= WordCache.wordBytes else {
                try model.encode(text.bytes, piece, as: symbols, &self.scratch, to: &tokens)
                continue
            }
            let word = text.bytes[piece]
            let hash = ByteHash.hash(word)
            if self.words.append(word, hash: hash, to: &tokens) { continue }
            let first = tokens.count
            try model.encode(text.bytes, piece, as: symbols, &self.scratch, to: &tokens)
            self.words.insert(word, hash: hash, tokens: tokens[first...])
        }
    }
}
