/// Why a text is not the JSON that Dure accepts.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// Not JSON by RFC 8259: a trailing comma, a byte order mark and `NaN` are among what is refused.
        case malformed
        /// The bytes of a string are not UTF-8, or an escape names half a surrogate pair.
        case invalidText
        /// A key stands twice in one object. RFC 8259 leaves the meaning open, so it is refused.
        case duplicateKey
        /// A number outside the range of a 64-bit float.
        case numberOutOfRange
        /// Nested deeper than the limit.
        case tooDeep
        /// More bytes than the limit.
        case tooLarge
    }

    public let code: Code
    public let message: String
    /// Zero-based index of the byte at which the text stops being acceptable.
    public let byteOffset: Int

    public var description: String { "\(self.message) at byte \(self.byteOffset)" }
}

/// The bounds within which a text is parsed.
public struct JSONLimits: Sendable {
    public var bytes: Int
    public var depth: Int

    public init(bytes: Int = 64 << 20, depth: Int = 128) {
        self.bytes = bytes
        self.depth = depth
    }
}
