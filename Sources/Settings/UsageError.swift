/// What a command throws when what it was asked makes no sense, such as two options that exclude each other.
///
/// The program prints the message with a pointer to the command's help and ends with ``ExitStatus/usage``.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// One problem per element; never empty.
    public var messages: [String]

    public init(_ message: String) { self.messages = [message] }

    public init(_ messages: [String]) {
        precondition(!messages.isEmpty, "a usage error without a message")
        self.messages = messages
    }

    public var description: String { self.messages.joined(separator: "\n") }
}
