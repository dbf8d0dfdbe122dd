/// A token that is cut out of a text before the model sees it.
public struct AddedToken: Sendable, Equatable {
    public var content: String
    /// Matches only where no word character touches it.
    public var singleWord = false
    /// Swallows the whitespace before it.
    public var stripsLeft = false
    /// Swallows the whitespace after it.
    public var stripsRight = false
    /// Is looked for in the normalised text, in its own normalised form.
    public var normalized = true
    /// Is left out of a decoded text on request.
    public var special = false

    public init(content: String) { self.content = content }

    /// A control token, as a configuration that names only its text means it.
    static func special(_ content: String) -> AddedToken {
        var token = AddedToken(content: content)
        token.special = true
        token.normalized = false
        return token
    }

    init(_ part: FilePart) throws(TokenizationError) {
        self.content = try part.string("content")
        self.singleWord = try part.bool("single_word", or: false)
        self.stripsLeft = try part.bool("lstrip", or: false)
        self.stripsRight = try part.bool("rstrip", or: false)
        self.special = try part.bool("special", or: false)
        self.normalized = try part.bool("normalized", or: !self.special)
        guard self.content.utf8.count <= TokenizerLimits.tokenBytes else {
            throw part.malformed("expected a token of at most \(TokenizerLimits.tokenBytes) bytes")
        }
    }
}
