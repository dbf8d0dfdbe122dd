// Values that are neither numbers, texts nor containers.

/// A value whose attributes a template can set.
final class TemplateNamespace {
    private(set) var keys: [String] = []
    private var values: [TemplateValue] = []

    func value(_ name: String) -> TemplateValue? {
        self.keys.firstIndex { $0.equalsExactly(name) }.map { self.values[$0] }
    }

    /// Sets an attribute; names that start with `_` are not for templates.
    func set(_ name: String, _ value: TemplateValue) throws(TemplateError) {
        guard !name.hasPrefix("_") else {
            throw .runtime(
                "Chat templates cannot store underscore-prefixed attributes on a namespace, but got '\(name)'."
            )
        }
        if let position = self.keys.firstIndex(where: { $0.equalsExactly(name) }) {
            self.values[position] = value
        } else {
            self.keys.append(name)
            self.values.append(value)
        }
    }

    /// Forgets everything, so that what refers to itself can go.
    func removeAll() {
        self.keys.removeAll()
        self.values.removeAll()
    }
}

/// The names that every template finds beside its context.
enum TemplateFunction: String, CaseIterable, Hashable, Sendable {
    case range
    case dict
    case lipsum
    case cycler
    case joiner
    case namespace
    case raiseException = "raise_exception"
    case strftimeNow = "strftime_now"
}

/// A method together with the value that it belongs to.
final class TemplateBoundMethod {
    let receiver: TemplateValue
    let method: TemplateMethod
    let nesting: Int

    init(_ receiver: TemplateValue, _ method: TemplateMethod) {
        self.receiver = receiver
        self.method = method
        self.nesting = receiver.nesting + 1
    }
}

final class TemplateMacro {
    let function: FunctionProgram
    /// Where it was defined, whose variables it sees.
    let frame: TemplateFrame

    init(_ function: FunctionProgram, frame: TemplateFrame) {
        self.function = function
        self.frame = frame
    }
}

final class TemplateCycler {
    let items: TemplateTuple
    var position = 0

    init(_ items: TemplateTuple) { self.items = items }

    var current: TemplateValue { self.items.elements[self.position] }

    func next() -> TemplateValue {
        defer { self.position = (self.position + 1) % self.items.elements.count }
        return self.current
    }
}

final class TemplateJoiner {
    let separator: TemplateValue
    var isUsed = false

    init(separator: TemplateValue) { self.separator = separator }
}

/// `self`, through which a template prints its own blocks again; with an index, one of the blocks.
final class TemplateBlocks {
    let index: Int?

    init(index: Int? = nil) { self.index = index }
}

/// `loop`: where a loop is.
final class TemplateLoop {
    let iterator: TemplateIterator
    /// The number of elements where that is known without reading them.
    private var knownCount: Int?
    let depth0: Int
    /// The loop's own body, for a loop that calls itself.
    let recursion: (program: LoopNode, frame: TemplateFrame)?
    private(set) var index0 = -1
    /// Elements that were read early; those before `aheadStart` are used up.
    private var ahead: [TemplateValue] = []
    private var aheadStart = 0
    private(set) var current: TemplateValue?
    private(set) var previous: TemplateValue?
    var lastChanged: [TemplateValue]?

    init(
        _ iterator: TemplateIterator,
        count: Int?,
        depth0: Int = 0,
        recursion: (program: LoopNode, frame: TemplateFrame)? = nil
    ) {
        self.iterator = iterator
        self.knownCount = count
        self.depth0 = depth0
        self.recursion = recursion
    }

    /// Moves to the next element, and gives it.
    func advance(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        guard let next = try self.peek(renderer) else { return nil }
        self.aheadStart += 1
        self.index0 += 1
        self.previous = self.current
        self.current = next
        return next
    }

    /// The element behind the current one, which is read early.
    func peek(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue? {
        if self.aheadStart == self.ahead.count {
            guard let next = try self.iterator.next(renderer) else { return nil }
            self.ahead.removeAll(keepingCapacity: true)
            self.aheadStart = 0
            self.ahead.append(next)
        }
        return self.ahead[self.aheadStart]
    }

    /// The number of elements; those that are not known yet are all read now.
    func count(_ renderer: TemplateRenderer) throws(TemplateError) -> Int {
        if let count = self.knownCount { return count }
        while let next = try self.iterator.next(renderer) { self.ahead.append(next) }
        let count = self.index0 + 1 + self.ahead.count - self.aheadStart
        self.knownCount = count
        return count
    }
}
