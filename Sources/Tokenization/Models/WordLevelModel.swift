import ServingCore

/// A vocabulary of whole words.
struct WordLevelModel: Sendable {
    let vocabulary: TokenTable
    private let unknown: UnknownToken

    init(_ part: FilePart) throws(TokenizationError) {
        self.vocabulary = try TokenTable(vocabulary: part.required("vocab"))
        self.unknown = UnknownToken(try part.string("unk_token"), in: self.vocabulary)
    }

    func encode(_ text: [UInt8], _ range: Range<Int>, to output: inout [TokenID]) throws(TokenizationError) {
        // No token is longer than the limit, so nothing that is needs to be hashed.
        if range.count <= TokenizerLimits.tokenBytes, let token = self.vocabulary.id(of: text[range]) {
            output.append(token)
        } else {
            output.append(try self.unknown.id())
        }
    }
}
