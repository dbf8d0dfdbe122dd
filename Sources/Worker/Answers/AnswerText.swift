import OrderedJSON

/// The parts of what a model wrote in answer to a chat: its thought, its words and its calls of functions.
struct AnswerText: Equatable {
    struct Call: Equatable {
        var name: String
        /// JSON text.
        var arguments: String
    }

    var content: String?
    var reasoning: String?
    var calls: [Call] = []

    /// Takes a completion apart.
    ///
    /// - Parameters:
    ///   - text: The completion, without its prompt.
    ///   - startsInThought: Whether the prompt has begun a thought that the completion goes on with.
    ///   - hasThoughts: Whether the model has the markers of a thought.
    ///   - readsCalls: Whether the request has brought tools.
    init(_ text: String, startsInThought: Bool, hasThoughts: Bool, readsCalls: Bool) {
        var rest = text[...]
        if hasThoughts { (self.reasoning, rest) = Self.thought(of: rest, startsInside: startsInThought) }
        if readsCalls, let calls = Self.calls(in: rest) {
            self.calls = calls.calls
            rest = calls.before.trimmingEnd()
        }
        // Nothing but a thought, or nothing but calls, leaves no content; an empty completion is an empty content.
        self.content = rest.isEmpty && (self.reasoning != nil || !self.calls.isEmpty) ? nil : String(rest)
    }

    // MARK: Thinking

    /// The thought at the front of `text`, without its markers and the space around it, and what follows it.
    ///
    /// A thought that is not closed is all there is. Without one at the front nothing is cut, whatever stands later.
    private static func thought(of text: Substring, startsInside: Bool) -> (String?, Substring) {
        var inside = text
        if let opened = text.trimmingStart().removingPrefix(AnswerMarkers.thinkOpen) {
            inside = opened
        } else if !startsInside {
            return (nil, text)
        }
        let close = inside.firstRange(of: AnswerMarkers.thinkClose)
        let thought = inside[..<(close?.lowerBound ?? inside.endIndex)].trimmingStart().trimmingEnd()
        let rest = close.map { inside[$0.upperBound...].trimmingStart() } ?? ""
        return (thought.isEmpty && close != nil ? nil : String(thought), rest)
    }

    // MARK: Calls

    /// The calls in `text`, as Hermes-style models write them, and the text before the first.
    ///
    /// Nil without any, and if one is not what it must be: then the text is shown as it is, and nothing is lost.
    private static func calls(in text: Substring) -> (before: Substring, calls: [Call])? {
        guard let first = text.firstRange(of: AnswerMarkers.toolCallOpen) else { return nil }
        var calls: [Call] = []
        var rest = text[first.lowerBound...]
        while let open = rest.firstRange(of: AnswerMarkers.toolCallOpen) {
            let inside = rest[open.upperBound...]
            // A stop condition may have ended the completion at the closing marker.
            let close = inside.firstRange(of: AnswerMarkers.toolCallClose)
            guard let call = Self.call(String(inside[..<(close?.lowerBound ?? inside.endIndex)])) else { return nil }
            calls.append(call)
            rest = close.map { inside[$0.upperBound...] } ?? ""
        }
        return (text[..<first.lowerBound], calls)
    }

    private static func call(_ text: String) -> Call? {
        // Losing the error is right: a call that is not JSON is shown as the text it is.
        guard let value = try? JSONValue(parsing: text, limits: JSONLimits(depth: 64)),
            case .string(let name)? = value["name"], !name.isEmpty
        else { return nil }
        switch value["arguments"] ?? value["parameters"] {
        case .object(let arguments)?: return Call(name: name, arguments: JSONValue.object(arguments).text(Self.spaced))
        case .string(let arguments)?: return Call(name: name, arguments: arguments)
        case nil, .null?: return Call(name: name, arguments: "{}")
        default: return nil
        }
    }

    /// As Python writes JSON, which is what clients have seen so far.
    private static let spaced = JSONStyle(space: " ")
}

extension Substring {
    fileprivate func trimmingStart() -> Substring { self.drop { $0.isWhitespace } }

    fileprivate func trimmingEnd() -> Substring {
        var end = self.endIndex
        while end > self.startIndex, self[self.index(before: end)].isWhitespace { end = self.index(before: end) }
        return self[..<end]
    }

    fileprivate func removingPrefix(_ prefix: String) -> Substring? {
        self.hasPrefix(prefix) ? self.dropFirst(prefix.count) : nil
    }
}
