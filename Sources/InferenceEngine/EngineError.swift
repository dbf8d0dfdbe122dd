/// Why the engine does not take a request, or cannot be made.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        case invalidConfiguration
        /// A parameter is out of its range.
        case invalidRequest
        /// Prompt and completion cannot fit, however long the request waits.
        case tooLong
        /// The engine holds a request with this id.
        case duplicateID
        /// As many requests wait as may.
        case queueFull
        /// The engine was stopped.
        case stopped
    }

    /// What the caller should do with the work that hit this error.
    public enum Disposition: Sendable, Equatable {
        /// Answer with an error: the same request meets it again.
        case reject
        /// Run it again later, here or elsewhere.
        case retry
        /// Stop: the engine cannot work like this.
        case fatal
    }

    public let code: Code
    /// What was expected and what was found.
    public let message: String
    /// The field of the request that is at fault, by its name in OpenAI's and vLLM's APIs; nil where none alone is.
    public let parameter: String?
    public let file: StaticString
    public let line: UInt

    public init(
        _ code: Code,
        _ message: String,
        parameter: String? = nil,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.file = file
        self.line = line
    }

    public var disposition: Disposition {
        switch self.code {
        case .invalidConfiguration: .fatal
        case .invalidRequest, .tooLong, .duplicateID: .reject
        case .queueFull, .stopped: .retry
        }
    }

    public var description: String { "EngineError.\(self.code): \(self.message) (\(self.file):\(self.line))" }
}
