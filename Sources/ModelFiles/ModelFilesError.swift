/// Why a model's files cannot be opened or written.
public struct ModelFilesError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// A file is missing, is not a regular file, or the system refused to read it.
        case unreadable
        /// A file's bytes are not what its format demands.
        case malformed
        /// The files are well-formed but ask for something that Dure does not do.
        case unsupported
        /// The tensors are not the ones that the configuration calls for.
        case mismatch
        /// A file could not be written.
        case unwritable
    }

    /// What the caller should do with the work that hit this error.
    public enum Disposition: Sendable, Equatable {
        /// Run it again later: the disk or the share may be back.
        case retry
        /// Stop: the same files give the same error.
        case fatal
    }

    public let code: Code
    /// What was looked at, such as a path.
    public let subject: String
    /// Everything that is wrong, each with what was expected and what was found.
    public let problems: [String]
    public let file: StaticString
    public let line: UInt

    public init(
        _ code: Code,
        _ subject: String,
        _ problems: [String],
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.code = code
        self.subject = subject
        self.problems = problems
        self.file = file
        self.line = line
    }

    init(
        _ code: Code,
        _ subject: String,
        _ problems: ProblemList,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        self.init(code, subject, problems.lines, file: file, line: line)
    }

    public var disposition: Disposition {
        switch self.code {
        case .unreadable, .unwritable: .retry
        case .malformed, .unsupported, .mismatch: .fatal
        }
    }

    /// The problems alone, one per line where there are several.
    public var message: String {
        self.problems.count == 1
            ? "\(self.subject): \(self.problems[0])"
            : "\(self.subject):" + self.problems.map { "\n  " + $0 }.joined()
    }

    public var description: String { "ModelFilesError.\(self.code): \(self.message) (\(self.file):\(self.line))" }
}

/// Problems found so far, of which only the first `limit` are kept: a wrong directory can hold thousands.
struct ProblemList {
    static let limit = 40

    private var kept: [String] = []
    private var count = 0

    var isEmpty: Bool { self.count == 0 }

    var lines: [String] {
        self.count > self.kept.count ? self.kept + ["and \(self.count - self.kept.count) more"] : self.kept
    }

    mutating func add(_ problem: @autoclosure () -> String) {
        self.count += 1
        if self.kept.count < Self.limit { self.kept.append(problem()) }
    }

    mutating func add(contentsOf other: ProblemList) {
        self.kept += other.kept.prefix(Self.limit - self.kept.count)
        self.count += other.count
    }

    mutating func add(_ error: ModelFilesError) {
        for problem in error.problems { self.add("\(error.subject): \(problem)") }
    }
}
