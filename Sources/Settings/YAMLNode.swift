/// A value of a YAML document, with its line.
indirect enum YAMLNode: Equatable {
    case scalar(text: String, isPlain: Bool, line: Int)
    case mapping([Member], line: Int)
    case sequence([YAMLNode], line: Int)

    struct Member: Equatable {
        var key: String
        var line: Int
        var value: YAMLNode
    }

    var line: Int {
        switch self {
        case .scalar(_, _, let line), .mapping(_, let line), .sequence(_, let line): line
        }
    }

    /// The document's value; nil if it is empty.
    static func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLError) -> YAMLNode? {
        var events = try YAMLEvent.read(bytes, limits: limits)[...]
        guard !events.isEmpty else { return nil }
        return try self.node(&events)
    }

    /// Takes one value from the front.
    ///
    /// libyaml promises that starts and ends match; the depth is bounded by its limit.
    private static func node(_ events: inout ArraySlice<YAMLEvent>) throws(YAMLError) -> YAMLNode {
        switch events.popFirst() {
        case .scalar(let text, let isPlain, let line): return .scalar(text: text, isPlain: isPlain, line: line)
        case .mappingStart(let line): return .mapping(try self.members(&events), line: line)
        case .sequenceStart(let line):
            var elements: [YAMLNode] = []
            while let next = events.first, next != .sequenceEnd { elements.append(try self.node(&events)) }
            events = events.dropFirst()
            return .sequence(elements, line: line)
        case .mappingEnd, .sequenceEnd, nil: throw YAMLError(line: 1, message: "not YAML: a value is missing")
        }
    }

    private static func members(_ events: inout ArraySlice<YAMLEvent>) throws(YAMLError) -> [Member] {
        var members: [Member] = []
        while let next = events.first, next != .mappingEnd {
            guard case .scalar(let key, _, let line) = next else {
                throw YAMLError(line: members.last?.line ?? 1, message: "expected a text as key")
            }
            events = events.dropFirst()
            if let earlier = members.first(where: { $0.key == key }) {
                throw YAMLError(
                    line: line,
                    message: "\(QuotedText.of(key)) is there twice; the first is in line \(earlier.line)"
                )
            }
            members.append(Member(key: key, line: line, value: try self.node(&events)))
        }
        events = events.dropFirst()
        return members
    }
}
