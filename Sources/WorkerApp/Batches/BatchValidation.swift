public import JobContract
import OrderedJSON

/// Reads a batch file as a worker would, before any of it is sent.
public struct BatchValidation: Sendable {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// From 1.
        public var line: Int
        public var message: String

        public var description: String { "line \(self.line): \(self.message)" }
    }

    /// Lines that are not empty.
    public private(set) var lines = 0
    public private(set) var bytes = 0
    /// The first problems, as many as ``problemLimit``.
    public private(set) var problems: [Problem] = []
    public private(set) var problemCount = 0

    public static let problemLimit = 20

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - path: An OpenAI batch input file.
    ///   - limits: Those of the workers that will read it, as far as they are known here.
    /// - Throws: ``BatchFileError`` when it cannot be read.
    public init(of path: String, limits: JobLimits = JobLimits()) throws(BatchFileError) {
        // Which models are served, and which topics may be named, the workers know.
        let decoder = JobDecoder(policy: JobPolicy(servedModels: ["*"], replyTopics: ["*"]), limits: limits)
        let reader = try LineReader(path: path)
        var firstLines: [String: Int] = [:]
        while let line = try reader.next() {
            guard !line.isBlank else { continue }
            self.lines += 1
            self.bytes += line.bytes.count
            let source = JobSource(topic: "file", partition: 0, offset: Int64(line.number - 1))
            switch decoder.decode(source: source, value: line.bytes) {
            case .deadLetter(_, let message): self.note(line.number, message)
            case .refused(let refusal): self.note(line.number, refusal.error.message)
            case .job(let job):
                if let first = firstLines.updateValue(line.number, forKey: job.customID) {
                    self.note(line.number, "custom_id `\(job.customID.prefix(64))` stands in line \(first) too")
                }
            }
        }
        if self.lines == 0 { self.note(1, "the file has no lines") }
    }

    private mutating func note(_ line: Int, _ message: String) {
        self.problemCount += 1
        if self.problems.count < Self.problemLimit { self.problems.append(Problem(line: line, message: message)) }
    }
}

extension LineReader.Line {
    /// Whether there is nothing on it; such lines are no jobs.
    var isBlank: Bool { self.bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
}
