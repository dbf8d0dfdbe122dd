public import OrderedJSON

/// One line of an evaluation set: a job, the JSON that its answer must say, and what the line is counted under.
///
/// A line is one of an OpenAI batch file with up to three more members: `expected`, any JSON value; `schema`, the path of a
/// JSON Schema; `tags`, an object of strings, numbers or booleans.
public struct EvaluationItem: Sendable, Equatable {
    public struct Tag: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var customID: String
    /// The line without what an evaluation adds to it.
    public var job: JSONValue
    public var expected: JSONValue
    /// As the line says it: relative to the set's folder.
    public var schema: String?
    public var tags: [Tag]

    /// The most tags of a line; their values are shown in tables.
    static let tagLimit = 32
    static let tagValueLength = 100

    /// Reads a line.
    ///
    /// - Parameter line: Its bytes.
    /// - Throws: ``EvaluationError`` for a line that is none of a set.
    public init(_ line: [UInt8]) throws(EvaluationError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw EvaluationError("\(error)")
        }
        guard var members = value.object else { throw EvaluationError("expected a JSON object, got \(value.kind)") }
        guard let customID = members["custom_id"]?.string, !customID.isEmpty else {
            throw EvaluationError("`custom_id`: expected a string that is not empty")
        }
        guard let expected = members["expected"] else {
            throw EvaluationError("`expected`: a line of an evaluation set says which JSON is the right answer")
        }
        self.customID = customID
        self.expected = expected
        self.schema = try Self.schema(members["schema"])
        self.tags = try Self.tags(members["tags"])
        for name in ["expected", "schema", "tags"] { members[name] = nil }
        self.job = .object(members)
    }

    /// What the job asks, in its last message or its prompt; nil where that is no text.
    public var question: String? {
        let body = self.job["body"]
        return body?["messages"]?.array?.last?["content"]?.string ?? body?["prompt"]?.string
    }

    private static func schema(_ value: JSONValue?) throws(EvaluationError) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let path = value.string, !path.isEmpty else {
            throw EvaluationError("`schema`: expected the path of a JSON Schema, got \(value.text().prefix(100))")
        }
        return path
    }

    private static func tags(_ value: JSONValue?) throws(EvaluationError) -> [Tag] {
        guard let value, !value.isNull else { return [] }
        guard let members = value.object, members.count <= Self.tagLimit else {
            throw EvaluationError("`tags`: expected an object with at most \(Self.tagLimit) members")
        }
        var tags: [Tag] = []
        for (name, value) in members {
            let text: String
            switch value {
            case .string(let string): text = string
            case .bool, .integer, .double: text = value.text()
            default:
                throw EvaluationError("`tags.\(name)`: expected a string, a number or a boolean, got \(value.kind)")
            }
            guard text.count <= Self.tagValueLength else {
                throw EvaluationError("`tags.\(name)`: expected at most \(Self.tagValueLength) characters")
            }
            tags.append(Tag(name: name, value: text))
        }
        return tags
    }
}

/// Why something is no evaluation set, or cannot be scored.
public struct EvaluationError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
