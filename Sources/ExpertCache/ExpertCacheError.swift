/// Why an expert's weights could not be had.
public struct ExpertCacheError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// A demand names a layer without routed experts, or an expert that its layer does not have.
        case unknownExpert
    }

    /// What the caller should do with the work that hit this error.
    public enum Disposition: Sendable, Equatable {
        /// Run the sweep again later; nothing is wrong with the request.
        case retry
        /// Stop: trying again gives the same error.
        case fatal
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

    public var disposition: Disposition {
        switch self.code {
        case .unknownExpert: .fatal
        }
    }

    public var description: String { "ExpertCacheError.\(self.code): \(self.message) (\(self.file):\(self.line))" }
}
