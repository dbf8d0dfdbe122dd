/// Makes one token of all.
struct FuseStep: DecodingStep {
    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        output.append(TokenFragment(bytes: fragment.bytes, endsToken: false))
    }

    mutating func finish(to output: inout [TokenFragment]) { output.append(TokenFragment(bytes: [], endsToken: true)) }
}

/// Makes bytes of characters of the byte-level alphabet, and one token of all bytes.
///
/// A token with any other character stands for its own text.
struct ByteLevelStep: DecodingStep {
    private var held: [UInt8] = []
    private var utf8 = LossyUTF8()

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        self.held += fragment.bytes
        guard fragment.endsToken else { return }
        var text: [UInt8] = []
        self.utf8.append(ByteAlphabet.bytes(of: self.held) ?? self.held, to: &text)
        self.held.removeAll(keepingCapacity: true)
        output.append(TokenFragment(bytes: text, endsToken: false))
    }

    mutating func finish(to output: inout [TokenFragment]) {
        var text: [UInt8] = []
        self.utf8.finish(to: &text)
        output.append(TokenFragment(bytes: text, endsToken: true))
    }
}

/// Makes characters of the tokens `<0x00>` to `<0xFF>`.
///
/// A run of them that is not UTF-8 as a whole becomes a U+FFFD for each, so a run is held back until it ends.
struct ByteFallbackStep: DecodingStep {
    private var run: [UInt8] = []
    private var held: [UInt8] = []
    /// The token is longer than a byte's: its rest goes by.
    private var isPassing = false

    private static let byteTokenBytes = 6

    mutating func append(_ fragment: TokenFragment, to output: inout [TokenFragment]) {
        self.held += fragment.bytes
        if fragment.endsToken, !self.isPassing, let byte = Self.byte(of: self.held) {
            self.run.append(byte)
            self.held.removeAll(keepingCapacity: true)
            return
        }
        guard fragment.endsToken || self.held.count > Self.byteTokenBytes else { return }
        self.finish(to: &output)
        output.append(TokenFragment(bytes: self.held, endsToken: fragment.endsToken))
        self.held.removeAll(keepingCapacity: true)
        self.isPassing = !fragment.endsToken
    }

    mutating func finish(to output: inout [TokenFragment]) {
        guard !self.run.isEmpty else { return }
        if String(validating: self.run, as: UTF8.self) != nil {
            output.append(TokenFragment(bytes: self.run, endsToken: true))
        } else {
            for _ in self.run { output.append(TokenFragment(bytes: Array("\u{FFFD}".utf8), endsToken: true)) }
        }
        self.run.removeAll(keepingCapacity: true)
    }

    /// The byte that a token stands for.
    static func byte(of token: some Collection<UInt8>) -> UInt8? {
        let text = Array(token)
        guard text.count == self.byteTokenBytes, text.starts(with: "<0x".utf8), text[5] == UInt8(ascii: ">") else {
            return nil
        }
        return UInt8(String(decoding: text[3..<5], as: UTF8.self), radix: 16)
    }
}
