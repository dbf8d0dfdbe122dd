import OrderedJSON

/// A value inside a tokenizer's file that knows where it stands, so that every refusal can name the place.
struct FilePart {
    let value: JSONValue
    /// Such as `tokenizer.json: pre_tokenizer.pretokenizers[1].pattern`.
    let place: String

    /// The member `key`; nil when it is missing or null.
    func part(_ key: String) -> FilePart? {
        guard let member = self.value[key], !member.isNull else { return nil }
        return FilePart(value: member, place: self.place(of: key))
    }

    func required(_ key: String) throws(TokenizationError) -> FilePart {
        guard let part = self.part(key) else { throw self.malformed("expected a member `\(key)`, got none") }
        return part
    }

    func elements() throws(TokenizationError) -> [FilePart] {
        guard case .array(let array) = self.value else { throw self.mismatch("an array") }
        return array.enumerated().map { FilePart(value: $1, place: "\(self.place)[\($0)]") }
    }

    func object() throws(TokenizationError) -> JSONObject {
        guard case .object(let object) = self.value else { throw self.mismatch("an object") }
        return object
    }

    func string() throws(TokenizationError) -> String {
        guard case .string(let string) = self.value else { throw self.mismatch("a string") }
        return string
    }

    func bool() throws(TokenizationError) -> Bool {
        guard case .bool(let bool) = self.value else { throw self.mismatch("a boolean") }
        return bool
    }

    func string(_ key: String) throws(TokenizationError) -> String { try self.required(key).string() }

    /// The UTF-8 of the member `key`, of a bounded length.
    func bytes(_ key: String, atMost limit: Int) throws(TokenizationError) -> [UInt8] {
        let part = try self.required(key)
        let bytes = Array(try part.string().utf8)
        guard bytes.count <= limit else { throw part.unsupported("a text of more than \(limit) bytes") }
        return bytes
    }

    /// The text of one character that the member `key` is.
    func character(_ key: String) throws(TokenizationError) -> Unicode.Scalar {
        let part = try self.required(key)
        let scalars = try part.string().unicodeScalars
        guard let scalar = scalars.first, scalars.count == 1 else {
            throw part.malformed("expected one character, got \(scalars.count)")
        }
        return scalar
    }

    /// The member `key`, or `missing` when there is none.
    func bool(_ key: String, or missing: Bool) throws(TokenizationError) -> Bool {
        guard let part = self.part(key) else { return missing }
        return try part.bool()
    }

    /// The part as a number of things, where more than a text can have is as good as any.
    func count() throws(TokenizationError) -> Int {
        guard let count = self.value.integer, count >= 0 else {
            throw self.malformed("expected a count, got \(self.value.kind) \(self.excerpt)")
        }
        return Int(count)
    }

    /// The part as a token's id.
    func tokenID() throws(TokenizationError) -> Int {
        let limit = TokenizerLimits.tokenIDs
        guard let id = self.value.integer, 0..<Int64(limit) ~= id else {
            throw self.malformed("expected a token id from 0 to \(limit - 1), got \(self.value.kind) \(self.excerpt)")
        }
        return Int(id)
    }

    /// The error for a member that says more than this program does.
    func unsupported(_ what: String) -> TokenizationError {
        TokenizationError(.unsupported, "\(self.place): \(what) is not supported")
    }

    func malformed(_ message: String) -> TokenizationError {
        TokenizationError(.malformed, "\(self.place): \(message)")
    }

    private func mismatch(_ expected: String) -> TokenizationError {
        self.malformed("expected \(expected), got \(self.value.kind)")
    }

    private var excerpt: String {
        switch self.value {
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        default: ""
        }
    }

    private func place(of key: String) -> String {
        self.place.hasSuffix(":") ? "\(self.place) \(key)" : "\(self.place).\(key)"
    }
}

/// The bounds that keep a hostile file or text from exhausting memory or time.
enum TokenizerLimits {
    /// Ids run from 0 to one less; tables are dense in the id.
    static let tokenIDs = 1 << 22
    /// One token's text.
    static let tokenBytes = 1 << 16
    static let addedTokens = 1 << 16
    /// What a step puts in the place of a match, or in front of a text.
    static let replacementBytes = 1 << 10
    /// What a model puts before or behind a word's symbols.
    static let affixBytes = 64
    /// One file of the tokenizer.
    ///
    /// The largest published ones are near 35 MB.
    static let fileBytes = 256 << 20
    /// One text given to `encode`.
    ///
    /// Byte positions are 32-bit numbers.
    static let textBytes = 256 << 20
    /// One split pattern.
    static let patternScalars = 1 << 14
    /// Steps of a pre-tokenizer or post-processor, nested sequences counted out.
    static let pipelineSteps = 64

    /// What a step throws whose result is longer than a text may be.
    static var tooMuchText: TokenizationError {
        TokenizationError(.tooLarge, "the tokenizer makes more than \(self.textBytes) bytes of the text")
    }
}
