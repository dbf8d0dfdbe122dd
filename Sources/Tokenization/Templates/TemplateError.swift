/// Why a chat template could not be read, or gave no text.
public struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Limit: Sendable, Equatable {
        /// Evaluated nodes, loop iterations and elements that a filter looked at.
        case steps
        /// Nesting: of the template's own constructs, of calls, or of the values that it builds.
        case depth
        case outputBytes
        /// All texts, lists and mappings that were made on the way, together.
        case valueBytes
        case duration
    }

    public enum Code: Sendable, Equatable {
        /// The text is not a template.
        case syntax(line: Int)
        /// The template asks for something that this program does not do; the name says what.
        case unsupported(construct: String)
        /// An operation that fails in the template language: an attribute of an undefined value, a text plus a number.
        case runtime
        /// The template itself refused its input, by `raise_exception(message)`.
        case raised(message: String)
        case limit(Limit)
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
