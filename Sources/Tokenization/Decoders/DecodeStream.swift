public import ServingCore

/// Decodes tokens one by one.
///
/// The returned texts, in order, are the text of ``Tokenizer/decode(_:skippingSpecialTokens:)``.
///
/// No returned text ends within a character: its first bytes are held back until the rest arrives or cannot arrive any
/// more. So is what a decoder's steps may still change, such as the end of a text that could be stripped.
public struct DecodeStream: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private var isAtStart = true
    /// Where every token adds bytes of its own: characters that are not whole yet.
    private var utf8 = LossyUTF8()
    /// Where tokens depend on one another: the decoder's steps, and what they hold.
    private var chain: DecodingChain?

    init(tokenizer: Tokenizer, skipsSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        self.skipsSpecialTokens = skipsSpecialTokens
        self.chain = tokenizer.decoder.chain
    }

    /// The text that `token` completes; often empty.
    ///
    /// An id that the tokenizer does not have adds nothing.
    public mutating func append(_ token: TokenID) -> String {
        var output: [UInt8] = []
        self.append(token, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// What is left, such as U+FFFD for a character that was begun and never completed.
    ///
    /// Starts the stream over.
    public mutating func finish() -> String {
        var output: [UInt8] = []
        self.finish(to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    mutating func append(_ token: TokenID, to output: inout [UInt8]) {
        if self.skipsSpecialTokens, self.tokenizer.isSpecial(token) { return }
        guard let bytes = self.tokenizer.decodedBytes(of: token) else { return }
        guard self.chain == nil else {
            self.chain?.append(bytes, to: &output)
            return
        }
        if !self.isAtStart { self.utf8.append(self.tokenizer.decoder.separator, to: &output) }
        self.isAtStart = false
        self.utf8.append(bytes, to: &output)
    }

    mutating func finish(to output: inout [UInt8]) {
        self.chain?.finish(to: &output)
        self.chain = self.tokenizer.decoder.chain
        self.utf8.finish(to: &output)
        self.isAtStart = true
    }
}
