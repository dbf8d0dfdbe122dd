/// Why an expert's weights could not be had.
public struct ExpertCacheError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// A demand names a layer without routed experts, or an expert that its layer does not have.
        case unknownExpert
        /// The arena cannot be made or attached to: the message names what is there and what was expected.
        case arenaUnusable
        /// The file system of the arena, or the host, has not enough memory for it.
        case arenaTooLarge
        /// Somebody kept the arena for longer than this worker would wait.
        case arenaBusy
        /// Workers are at work in an arena that was to be removed.
        case arenaInUse
        /// A word of the arena is none that a worker writes: nothing in it can be trusted any more.
        case arenaCorrupt
        /// What was read is not the record that was packed.
        case checksumMismatch
        /// A file cannot be opened or read.
        case unreadable
        /// A file with routing cannot be written.
        case unwritable
        /// Reading an expert, or waiting for who reads it, took longer than anything should.
        case timedOut
        /// The cache cannot be as small as it was told to be: the message has the figures.
        case budgetTooSmall
        /// Bytes that should be a routing trace are not one.
        case malformedTrace
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
        case .unknownExpert, .arenaUnusable, .arenaTooLarge, .arenaInUse, .arenaCorrupt: .fatal
        case .unwritable, .malformedTrace, .budgetTooSmall: .fatal
        case .arenaBusy, .checksumMismatch, .unreadable, .timedOut: .retry
        }
    }

    public var description: String { "ExpertCacheError.\(self.code): \(self.message) (\(self.file):\(self.line))" }
}
