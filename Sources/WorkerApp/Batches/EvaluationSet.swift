public import Evaluation
public import Foundation
import JSONSchemas
public import OrderedJSON

/// An evaluation set's file: its lines, and the schemas that they name.
public struct EvaluationSet: Sendable {
    public let items: [EvaluationItem]
    private let schemas: [String: JSONSchema]

    /// Reads a set.
    ///
    /// - Parameters:
    ///   - path: The file; lines name their schemas by paths from its folder.
    ///   - limit: The most lines to take; nil takes all.
    /// - Throws: ``EvaluationError``, which names file and line, for what is no set; ``BatchFileError`` where a file
    ///   cannot be read.
    public init(path: String, limit: Int? = nil) throws {
        let reader = try LineReader(path: path)
        var items: [EvaluationItem] = []
        var schemas: [String: JSONSchema] = [:]
        var firstLines: [String: Int] = [:]
        while items.count < limit ?? .max, let line = try reader.next() {
            guard !line.isBlank else { continue }
            do {
                let item = try EvaluationItem(line.bytes)
                if let first = firstLines.updateValue(line.number, forKey: item.customID) {
                    throw EvaluationError("custom_id `\(item.customID.prefix(64))` stands in line \(first) too")
                }
                if let name = item.schema, schemas[name] == nil { schemas[name] = try Self.schema(name, besides: path) }
                items.append(item)
            } catch {
                throw EvaluationError("\(path):\(line.number): \(error)")
            }
        }
        guard !items.isEmpty else { throw EvaluationError("\(path): the file has no lines") }
        self.items = items
        self.schemas = schemas
    }

    /// The jobs alone, as a batch file.
    public var jobs: Data {
        self.items.reduce(into: Data()) { bytes, item in
            bytes.append(contentsOf: item.job.serialized())
            bytes.append(UInt8(ascii: "\n"))
        }
    }

    /// Scores the answers to the set's lines, in their order; a line without an answer is wrong.
    ///
    /// - Parameter answers: By the lines' custom ids; others are not looked at.
    /// - Returns: A score for each line.
    public func scores(of answers: EvaluationAnswers) -> [AnswerScore] {
        self.items.map { item in
            let answer = answers.answer(to: item.customID)
            let schema = item.schema.flatMap { self.schemas[$0] }
            return AnswerScore(of: answer.text, item: item, schema: schema, failure: answer.failure)
        }
    }

    private static func schema(_ name: String, besides path: String) throws -> JSONSchema {
        let folder = URL(filePath: path).deletingLastPathComponent()
        return try JSONSchema.load(URL(filePath: name, relativeTo: folder).path)
    }
}

/// Answers by the custom ids of their jobs, from the lines of batch output files.
public struct EvaluationAnswers: Sendable {
    private var lines: [String: JSONValue] = [:]

    public init() {}

    /// Adds the lines of a file.
    ///
    /// - Throws: ``BatchFileError`` for a file that cannot be read or holds something else than answers.
    public mutating func add(fileAt path: String) throws(BatchFileError) {
        let reader = try LineReader(path: path)
        while let line = try reader.next() {
            guard !line.isBlank else { continue }
            // Whatever is wrong with it, it is no answer.
            guard let answer = try? JSONValue(parsing: line.bytes), answer.object != nil else {
                throw BatchFileError(
                    "\(path):\(line.number): expected a line of a batch output file, got something else"
                )
            }
            self.add(answer)
        }
    }

    /// Adds one line; of a job without a custom id nobody can ask for the answer.
    public mutating func add(_ line: JSONValue) {
        if let customID = line["custom_id"]?.string { self.lines[customID] = line }
    }

    /// What was answered to a job, or why nothing was.
    func answer(to customID: String) -> (text: String?, failure: String?) {
        guard let line = self.lines[customID] else { return (nil, "there is no answer") }
        guard line["response"]?["status_code"]?.integer == 200, let body = line["response"]?["body"] else {
            let error = line["response"]?["body"]?["error"]?["message"] ?? line["error"]?["message"]
            return (nil, error?.string ?? "the job failed")
        }
        let choice = body["choices"]?.array?.first
        let isCut = choice?["finish_reason"]?.string == "length"
        let text = choice?["message"]?["content"]?.string ?? choice?["text"]?.string
        return (text ?? "", isCut ? "the answer was cut at the token limit" : nil)
    }
}
