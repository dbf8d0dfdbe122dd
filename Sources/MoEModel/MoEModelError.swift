/// Why a model cannot be set up, or refused a sweep.
public struct MoEModelError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The configuration asks for something impossible, such as a KV cache smaller than one block.
        case configuration
        /// A sweep names a token, a position or a KV block that does not exist.
        case invalidSweep
        /// The system has no memory for a sweep of this size; a smaller one may do.
        case outOfMemory
    }

    public let code: Code
    public let message: String
    public let file: StaticString
    public let line: UInt

    public init(_ code: Code, _ message: String, file: StaticString = #fileID, line: UInt = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    public var description: String { "MoEModelError.\(self.code): \(self.message) (\(self.file):\(self.line))" }
}
