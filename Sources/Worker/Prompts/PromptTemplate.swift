public import OrderedJSON

/// Renders a conversation to the text that a model continues.
public protocol PromptTemplate: Sendable {
    /// The prompt for `context`, whose members are the template's variables.
    func render(_ context: JSONObject) throws(PromptTemplateError) -> String
}

/// Why a template made no prompt of a conversation.
public struct PromptTemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The template itself refuses the conversation.
        case raised
        /// It went over a limit of steps, depth or output.
        case limit
        /// It cannot be carried out with these values.
        case failed
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
