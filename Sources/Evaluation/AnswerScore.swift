public import JSONSchemas
public import OrderedJSON

/// What one answer got right.
public struct AnswerScore: Sendable, Equatable {
    /// A field of an answer: its place, with `[]` for any element of an array.
    public struct Field: Sendable, Hashable {
        public var name: String
        public var isRight: Bool

        public init(name: String, isRight: Bool) {
            self.name = name
            self.isRight = isRight
        }
    }

    public var customID: String
    public var tags: [EvaluationItem.Tag]
    /// The job's last message or its prompt, for people.
    public var question: String?
    public var expected: JSONValue
    /// What the model said; nil where the job has no answer.
    public var text: String?
    /// Whether the text is JSON and nothing but JSON.
    public var isJSON: Bool
    /// Whether it says exactly what is expected.
    public var isExact: Bool
    /// Whether it fits its schema; nil where the line names none.
    public var fitsSchema: Bool?
    /// Every place where the answer or what is expected has a value, an array's elements by their position.
    public var fields: [Field]
    /// Why the answer is wrong, for people: one line each.
    public var problems: [String]

    /// Scores an answer.
    ///
    /// - Parameters:
    ///   - text: What the model said; nil where it gave no answer.
    ///   - item: What was asked.
    ///   - schema: The schema that the item names.
    ///   - failure: Why there is no answer.
    public init(of text: String?, item: EvaluationItem, schema: JSONSchema?, failure: String? = nil) {
        self.customID = item.customID
        self.tags = item.tags
        self.question = item.question
        self.expected = item.expected
        self.text = text
        // Losing the error is right: what the text is instead of JSON can be read in it.
        let answer = text.flatMap { try? JSONValue(parsing: $0) }
        self.isJSON = answer != nil
        self.isExact = answer?.isEquivalent(to: item.expected) ?? false
        self.problems = failure.map { [$0] } ?? []
        if text != nil, answer == nil { self.problems.append("the answer is not JSON") }
        if let schema {
            let broken = answer.map(schema.problems(with:)) ?? []
            self.fitsSchema = answer != nil && broken.isEmpty
            self.problems += broken
        }
        self.fields = Self.fields(of: answer, expected: item.expected)
    }

    private static func fields(of answer: JSONValue?, expected: JSONValue) -> [Field] {
        let wanted = Self.leaves(of: expected)
        let found = answer.map(Self.leaves(of:)) ?? []
        let foundValues = Dictionary(found.map { ($0.path, $0.value) }) { first, _ in first }
        let wantedPaths = Set(wanted.map(\.path))
        let asked = wanted.map { leaf in
            Field(name: leaf.name, isRight: foundValues[leaf.path].map(leaf.value.isEquivalent(to:)) ?? false)
        }
        return asked + found.filter { !wantedPaths.contains($0.path) }.map { Field(name: $0.name, isRight: false) }
    }

    private struct Leaf {
        /// With positions, as `items[0].name`; the field's name has none.
        var path: String
        var name: String
        var value: JSONValue
    }

    private static func leaves(of value: JSONValue) -> [Leaf] {
        var leaves: [Leaf] = []
        func visit(_ value: JSONValue, path: String, name: String) {
            switch value {
            case .object(let members) where !members.isEmpty:
                for (key, value) in members {
                    visit(
                        value,
                        path: path.isEmpty ? key : "\(path).\(key)",
                        name: name.isEmpty ? key : "\(name).\(key)"
                    )
                }
            case .array(let elements) where !elements.isEmpty:
                for (index, element) in elements.enumerated() {
                    visit(element, path: "\(path)[\(index)]", name: "\(name)[]")
                }
            default: leaves.append(Leaf(path: path, name: name.isEmpty ? "the answer" : name, value: value))
            }
        }
        visit(value, path: "", name: "")
        return leaves
    }
}
