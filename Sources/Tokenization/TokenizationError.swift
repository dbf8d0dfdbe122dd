/// Why a tokenizer could not be opened, or a text could not be encoded.
public struct TokenizationError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// A file is missing or cannot be read.
        case unreadable
        /// A file is not what its format promises: not JSON, a missing member, an id out of range.
        case malformed
        /// The file asks for something that this program does not do. The message names it and where it stands.
        case unsupported
        /// A text or a file is above a limit.
        case tooLarge
        /// A split pattern needed more steps or memory on this text than its limits allow.
        case patternLimit
        /// A text has a symbol that the vocabulary cannot express.
        case unknownSymbol
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
