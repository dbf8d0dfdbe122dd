/// How a value is written and read: what help, messages, completion and the documentation say of it.
///
/// A type's own format is its ``SettingValue/format``; a declaration may name another, such as `.bytes`, `.directory` or
/// `.count(of: "jobs", 1...4096)`.
public struct ValueFormat<Value: Sendable>: Sendable {
    /// What stands for the value in a usage line: `N`, `FILE`, `HOST:PORT`, `a|b|c`.
    public var placeholder: String
    /// What a value must be, after "expected": "a whole number from 1 to 64".
    public var expected: String
    /// The same without examples, for where a range gives them.
    var kind: String
    /// The unit, where the text of a value does not carry it: `tokens`, `jobs`.
    public var unit: String?
    /// All values there are, where there are few.
    public var choices: [String] = []
    /// What to offer where a path is completed.
    public var paths: PathKind?
    public var arity: ValueArity = .one
    let read: @Sendable ([String]) -> Reading
    let texts: @Sendable (Value) -> [String]

    enum Reading {
        case value(Value)
        case malformed(index: Int)
    }

    /// A format of one text.
    ///
    /// - Parameters:
    ///   - placeholder: What stands for the value in a usage line.
    ///   - expected: What it must be, after "expected".
    ///   - example: Values that help to see how it is written: `250ms, 10s or 2m`.
    ///   - parse: Reads it; nil if it is not as expected.
    ///   - text: Writes it so that `parse` reads it again.
    public init(
        placeholder: String,
        expected: String,
        example: String? = nil,
        parse: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String
    ) {
        self.placeholder = placeholder
        self.expected = expected + (example.map { " such as \($0)" } ?? "")
        self.kind = expected
        // What was said last counts.
        self.read = { texts in
            texts.last.flatMap(parse).map(Reading.value) ?? .malformed(index: texts.count - 1)
        }
        self.texts = { [text($0)] }
    }

    init(
        placeholder: String,
        expected: String,
        arity: ValueArity,
        read: @escaping @Sendable ([String]) -> Reading,
        texts: @escaping @Sendable (Value) -> [String]
    ) {
        self.placeholder = placeholder
        self.expected = expected
        self.kind = expected
        self.arity = arity
        self.read = read
        self.texts = texts
    }

    /// The same format with a further condition, which `expected` states.
    public func restricted(
        to isAllowed: @escaping @Sendable (Value) -> Bool,
        expected: String
    ) -> ValueFormat {
        let read = self.read
        var format = ValueFormat(
            placeholder: self.placeholder,
            expected: expected,
            arity: self.arity,
            read: { texts in
                guard case .value(let value) = read(texts) else { return read(texts) }
                return isAllowed(value) ? .value(value) : .malformed(index: texts.count - 1)
            },
            texts: self.texts
        )
        format.unit = self.unit
        format.choices = self.choices
        format.paths = self.paths
        return format
    }

    /// The same format under another placeholder.
    public func named(_ placeholder: String) -> ValueFormat {
        var format = self
        format.placeholder = placeholder
        return format
    }
}

/// How many texts make a value, and how it is written.
public enum ValueArity: Sendable, Equatable {
    case one
    /// `--x` and `--no-x`.
    case flag
    /// May be given several times; in a variable separated by commas. A stronger source replaces the whole list.
    case list
    /// `KEY=VALUE`, may be given several times; one variable per key. A stronger source replaces single keys.
    case map
}

/// What a path leads to.
public enum PathKind: Sendable, Equatable {
    case file
    case directory
}

// MARK: Ranges

extension ValueFormat where Value: Comparable {
    public func within(_ range: ClosedRange<Value>) -> ValueFormat {
        let limits = "from \(self.texts(range.lowerBound)[0]) to \(self.texts(range.upperBound)[0])"
        return self.restricted(to: range.contains, expected: "\(self.kind) \(limits)")
    }

    public func within(_ range: PartialRangeFrom<Value>) -> ValueFormat {
        let limit = "of at least \(self.texts(range.lowerBound)[0])"
        return self.restricted(to: range.contains, expected: "\(self.kind) \(limit)")
    }
}

extension ValueFormat where Value: SettingValue & Comparable {
    public static func within(_ range: ClosedRange<Value>) -> ValueFormat { Value.format.within(range) }
    public static func within(_ range: PartialRangeFrom<Value>) -> ValueFormat { Value.format.within(range) }
}

// MARK: Optional values, lists and maps

extension ValueFormat {
    /// Nothing by default, and then as `format`.
    public static func optional<Wrapped>(_ format: ValueFormat<Wrapped>) -> ValueFormat where Value == Wrapped? {
        var optional = ValueFormat(
            placeholder: format.placeholder,
            expected: format.expected,
            arity: format.arity,
            read: { texts in
                switch format.read(texts) {
                case .value(let value): .value(value)
                case .malformed(let index): .malformed(index: index)
                }
            },
            texts: { $0.map(format.texts) ?? [] }
        )
        optional.unit = format.unit
        optional.choices = format.choices
        optional.paths = format.paths
        return optional
    }

    /// A value, or the word `none`, for something that is on by default and can be turned off.
    public static func orNone<Wrapped>(_ format: ValueFormat<Wrapped>) -> ValueFormat where Value == Wrapped? {
        let none = "none"
        let optional = ValueFormat.optional(format)
        var format = ValueFormat(
            placeholder: format.placeholder,
            expected: "\(format.expected), or \(none)",
            arity: format.arity,
            read: { $0.last == none ? .value(nil) : optional.read($0) },
            texts: { $0 == nil ? [none] : optional.texts($0) }
        )
        format.unit = optional.unit
        format.choices = optional.choices.isEmpty ? [] : optional.choices + [none]
        format.paths = optional.paths
        return format
    }

    /// Any number of values, each as `format`.
    public static func list<Element>(_ format: ValueFormat<Element>) -> ValueFormat where Value == [Element] {
        var list = ValueFormat(
            placeholder: format.placeholder,
            expected: format.expected,
            arity: .list,
            read: { texts in
                var values: [Element] = []
                for (index, text) in texts.enumerated() {
                    guard case .value(let value) = format.read([text]) else { return .malformed(index: index) }
                    values.append(value)
                }
                return .value(values)
            },
            texts: { $0.flatMap(format.texts) }
        )
        list.unit = format.unit
        list.choices = format.choices
        list.paths = format.paths
        return list
    }
}

extension ValueFormat where Value == [String: String] {
    public static var map: ValueFormat {
        ValueFormat(
            placeholder: "KEY=VALUE",
            expected: "KEY=VALUE",
            arity: .map,
            read: { texts in
                var map: [String: String] = [:]
                for (index, text) in texts.enumerated() {
                    guard let (key, value) = MapEntry.split(text) else { return .malformed(index: index) }
                    map[key] = value
                }
                return .value(map)
            },
            texts: { map in map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } }
        )
    }
}

/// One `KEY=VALUE`.
enum MapEntry {
    /// The parts around the first `=`; nil without one or without a key.
    static func split(_ text: String) -> (key: String, value: String)? {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
