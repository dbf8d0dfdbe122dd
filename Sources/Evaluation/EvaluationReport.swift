public import OrderedJSON

/// Scores added up: over all, by the values of tags, by field.
public struct EvaluationReport: Sendable, Equatable {
    /// How many of how many.
    public struct Share: Sendable, Equatable {
        public var right = 0
        public var count = 0

        public init() {}

        /// From 0 to 1; nil of nothing.
        public var ratio: Double? { self.count > 0 ? Double(self.right) / Double(self.count) : nil }

        mutating func add(_ isRight: Bool) {
            self.count += 1
            self.right += isRight ? 1 : 0
        }
    }

    public struct Counts: Sendable, Equatable {
        /// The parsed JSON is exactly what is expected.
        public var exact = Share()
        public var json = Share()
        /// Over the lines that name a schema.
        public var schema = Share()

        mutating func add(_ score: AnswerScore) {
            self.exact.add(score.isExact)
            self.json.add(score.isJSON)
            if let fits = score.fitsSchema { self.schema.add(fits) }
        }
    }

    /// The lines that agree in one or more tags.
    public struct Group: Sendable, Equatable {
        public var name: String
        public var counts: Counts
    }

    public private(set) var all = Counts()
    public private(set) var fields: [(name: String, share: Share)] = []
    /// The scores that are not exact, in the set's order.
    public private(set) var wrong: [AnswerScore] = []
    private var groups: [[String]: [String: Counts]] = [:]
    private let grouping: [[String]]

    /// - Parameter grouping: What is counted apart: a tag's name, or several for each combination of their values.
    public init(grouping: [[String]]) { self.grouping = grouping }

    public mutating func add(_ score: AnswerScore) {
        self.all.add(score)
        if !score.isExact { self.wrong.append(score) }
        for names in self.grouping {
            let values = names.compactMap { name in score.tags.first { $0.name == name }?.value }
            guard values.count == names.count else { continue }
            self.groups[names, default: [:]][values.joined(separator: " / "), default: Counts()].add(score)
        }
        for field in score.fields {
            let index = self.fields.firstIndex { $0.name == field.name } ?? self.fields.endIndex
            if index == self.fields.endIndex { self.fields.append((field.name, Share())) }
            self.fields[index].share.add(field.isRight)
        }
    }

    /// The groups of one grouping, by name.
    public func groups(by names: [String]) -> [Group] {
        (self.groups[names] ?? [:]).map { Group(name: $0.key, counts: $0.value) }.sorted { $0.name < $1.name }
    }

    /// The names of all tags of a set, in the order of their first lines.
    public static func tagNames(of items: some Sequence<EvaluationItem>) -> [String] {
        var names: [String] = []
        for item in items { for tag in item.tags where !names.contains(tag.name) { names.append(tag.name) } }
        return names
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.all == other.all && one.groups == other.groups && one.wrong == other.wrong && one.grouping == other.grouping
            && one.fields.elementsEqual(other.fields, by: ==)
    }
}

extension EvaluationReport {
    /// The report for programs, without the wrong answers.
    public var json: JSONValue {
        let groups = self.grouping.map { names in
            (
                names.joined(separator: "/"),
                JSONValue.object(JSONObject(self.groups(by: names).map { ($0.name, $0.counts.object) }))
            )
        }
        return [
            "all": self.all.object, "by": .object(JSONObject(groups)),
            "fields": .object(JSONObject(self.fields.map { ($0.name, $0.share.object) })),
        ]
    }
}

extension EvaluationReport.Counts {
    fileprivate var object: JSONValue {
        ["exact": self.exact.object, "json": self.json.object, "schema": self.schema.object]
    }
}

extension EvaluationReport.Share {
    fileprivate var object: JSONValue {
        [
            "right": .integer(Int64(self.right)), "count": .integer(Int64(self.count)),
            "ratio": self.ratio.map { .double($0) } ?? .null,
        ]
    }
}
