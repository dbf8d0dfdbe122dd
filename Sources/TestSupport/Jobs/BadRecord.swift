public import JobContract
public import OrderedJSON
public import Worker

/// A record that is not a plain good job, and the one answer that it gets.
public struct BadRecord: Sendable, CustomStringConvertible {
    public enum Answer: Sendable, Equatable {
        /// A result with this status, whose error names this field and code.
        case refused(Int, param: String, code: String)
        /// A result without a response, whose error has this code.
        case ended(code: String)
        case deadLetter(DeadLetterReason)
        /// A completion: it looks odd, and is a good job.
        case served
    }

    /// What is wrong with it, in a few words.
    public let what: String
    public var key: [UInt8]? = Array("key".utf8)
    public var value: [UInt8]?
    public var headers: [RecordHeader] = []
    public let answer: Answer
    /// Whether the schema refuses the value too.
    ///
    /// It does not know a worker's limits, its models and vocabulary, nor what relates two fields to each other.
    public var isSchemaVisible = true

    public var description: String { self.what }

    /// Its headers as decoding takes them.
    public var fields: [HeaderField] { self.headers.map { (name: $0.name, value: $0.value) } }

    public func record(_ source: TopicPartition, offset: Int64) -> ConsumedRecord {
        ConsumedRecord(
            source: source,
            offset: offset,
            timestampMs: 1_780_000_000_000,
            key: self.key,
            value: self.value,
            headers: self.headers
        )
    }

    /// What is wrong with `result`, the value of a result record, as this record's answer; nil when nothing is.
    public func problem(withResult result: JSONValue) -> String? {
        let response = result["response"] ?? .null
        let error = response["body"]?["error"] ?? .null
        switch self.answer {
        case .deadLetter(let reason): return "expected a dead letter (\(reason.rawValue)), got a result"
        case .served: return response["status_code"] == 200 ? nil : "expected status 200, got \(result.text())"
        case .ended(let code):
            guard response == .null, result["error"]?["code"] == .string(code) else {
                return "expected no response and the error \(code), got \(result.text())"
            }
            return nil
        case .refused(let status, let param, let code):
            guard response["status_code"]?.integer == Int64(status), error["param"] == .string(param),
                error["code"] == .string(code), result["error"] == .null
            else { return "expected \(status), \(param), \(code), got \(result.text())" }
            // The message names the field, so that it can be understood without the other members.
            guard let message = error["message"]?.string, message.contains(param) else {
                return "the message does not name \(param): \(error.text())"
            }
            return nil
        }
    }
}

extension BadRecord.Answer {
    /// The answer in the words of the documentation.
    public var documentation: String {
        switch self {
        case .refused(let status, let param, let code): "result \(status), `\(code)`, names `\(param)`"
        case .ended(let code): "result without a response, error `\(code)`"
        case .deadLetter(let reason): "dead letter, `\(reason.rawValue)`"
        case .served: "result 200"
        }
    }
}
