import Foundation
public import OrderedJSON

/// The two files that a batch's answers go to: those with status 200, and everything else.
///
/// Lines are appended as they come. A file that is there already is gone on with: the answers in it are known by their
/// `id`, and a last line that a crash tore is cut off. So whoever writes answers may begin again from the start and
/// hand over what they have; each answer ends up in the files once.
public final class BatchOutput {
    public enum Placement: Sendable, Equatable {
        case written
        /// An answer with this id is there already.
        case known
    }

    private let output: LineFile
    private let errors: LineFile
    private var known: Set<String> = []
    /// Answers in the files, found and written.
    public private(set) var succeeded = 0
    public private(set) var failed = 0

    public var count: Int { self.succeeded + self.failed }

    /// Opens both files, or creates them.
    ///
    /// - Parameters:
    ///   - output: The path of the file for answers with status 200.
    ///   - errors: The path of the file for all others.
    /// - Throws: ``BatchFileError`` for a file that cannot be opened, or that holds something else than answers.
    public init(output: String, errors: String) throws(BatchFileError) {
        guard output != errors else {
            throw BatchFileError("\(output): answers and errors need a file each, got the same one for both")
        }
        self.output = try LineFile(path: output)
        self.errors = try LineFile(path: errors)
        self.succeeded = try self.learn(self.output)
        self.failed = try self.learn(self.errors)
    }

    /// Whether an answer with this id is in the files.
    public func contains(_ id: String) -> Bool { self.known.contains(id) }

    /// Appends an answer, unless it is there already.
    ///
    /// - Parameters:
    ///   - answer: One line of an OpenAI batch output file.
    ///   - id: Its `id`.
    /// - Returns: Whether it was written.
    /// - Throws: ``BatchFileError`` when the disk does not take it.
    public func append(_ answer: JSONValue, id: String) throws(BatchFileError) -> Placement {
        guard self.known.insert(id).inserted else { return .known }
        if answer["response"]?["status_code"]?.integer == 200 {
            try self.output.append(answer.serialized())
            self.succeeded += 1
        } else {
            try self.errors.append(answer.serialized())
            self.failed += 1
        }
        return .written
    }

    /// Has the disk keep what was written; removes an error file without a line.
    public func finish() throws(BatchFileError) {
        try self.output.synchronize()
        if self.failed == 0 { self.errors.remove() } else { try self.errors.synchronize() }
    }

    private func learn(_ file: LineFile) throws(BatchFileError) -> Int {
        var lines = 0
        try file.forEachLine { (number, line) throws(BatchFileError) in
            // Whatever is wrong with it, it is no answer.
            guard let answer = try? JSONValue(parsing: line), let id = answer["id"]?.string else {
                throw BatchFileError(
                    "\(file.path):\(number): expected a line of a batch output file, got something else"
                )
            }
            self.known.insert(id)
            lines += 1
        }
        return lines
    }
}

/// Why a batch's file could not be read or written.
public struct BatchFileError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
