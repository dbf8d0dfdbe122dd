/// Named facts beside a log message, in the order in which they were given.
///
/// Setting a key that is already there replaces its value and keeps its place.
public struct LogMetadata: Sendable, Equatable, ExpressibleByDictionaryLiteral, Sequence {
    /// One fact: a number stays a number in JSON lines.
    public enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int64)
        case number(Double)
        case flag(Bool)
    }

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var value: Value
    }

    private var entries: [Entry] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, Value)...) {
        for (key, value) in elements { self[key] = value }
    }

    public var isEmpty: Bool { self.entries.isEmpty }
    public var count: Int { self.entries.count }

    public subscript(key: String) -> Value? {
        get { self.entries.first { $0.key == key }?.value }
        set {
            let index = self.entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): self.entries[index].value = value
            case (let index?, nil): self.entries.remove(at: index)
            case (nil, let value?): self.entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These facts and `other`'s; where both have a key, `other`'s value is taken.
    public func merging(_ other: LogMetadata) -> LogMetadata {
        var result = self
        for entry in other { result[entry.key] = entry.value }
        return result
    }

    public func makeIterator() -> IndexingIterator<[Entry]> { self.entries.makeIterator() }
}

extension LogMetadata.Value: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .flag(value) }

    /// A whole number of any width; one beyond 64 signed bits becomes text rather than a wrong number.
    public static func integer(_ value: some BinaryInteger) -> Self {
        Int64(exactly: value).map { .integer($0) } ?? .text(String(value))
    }
}
