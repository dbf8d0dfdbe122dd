/// How the texts of tokens become one text.
enum Decoder: Sendable {
    /// No decoder: the tokens' texts with spaces between them.
    case spaced
    /// Characters of the byte-level alphabet become bytes again. A token with any other character stands for its own text.
    case byteLevel

    init(_ part: FilePart?) throws(TokenizationError) {
        guard let part else {
            self = .spaced
            return
        }
        let type = try part.string("type")
        guard type == "ByteLevel" else { throw part.unsupported("the decoder `\(type)`") }
        self = .byteLevel
    }

    /// The bytes that one token adds to the text.
    func bytes(of token: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .spaced: Array(token)
        case .byteLevel: ByteAlphabet.bytes(of: token) ?? Array(token)
        }
    }

    /// What stands between two tokens.
    var separator: [UInt8] {
        switch self {
        case .spaced: [UInt8(ascii: " ")]
        case .byteLevel: []
        }
    }
}
