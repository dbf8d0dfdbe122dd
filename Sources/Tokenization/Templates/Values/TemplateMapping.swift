/// A Python dict: members in the order in which they were added, found by Python's equality of keys.
final class TemplateMapping {
    typealias Entry = (key: TemplateValue, value: TemplateValue)

    let entries: [Entry]
    let nesting: Int
    /// Where each key stands; built when a mapping of more than a few members is first searched.
    private var positions: [TemplateKey: Int]?
    private static let scanLimit = 12

    fileprivate init(_ entries: [Entry], positions: [TemplateKey: Int]?) {
        self.entries = entries
        self.positions = positions
        self.nesting = 1 + entries.reduce(0) { max($0, $1.key.nesting, $1.value.nesting) }
    }

    /// A mapping of its own with the same members.
    init(copying other: TemplateMapping) {
        self.entries = other.entries
        self.positions = other.positions
        self.nesting = other.nesting
    }

    static func empty() -> TemplateMapping { TemplateMapping([], positions: nil) }

    var keys: [TemplateValue] { self.entries.map(\.key) }

    func value(forText key: String) -> TemplateValue? {
        if self.entries.count <= Self.scanLimit {
            for entry in self.entries {
                if case .string(let text) = entry.key, text.equalsExactly(key) { return entry.value }
                if case .markup(let text) = entry.key, text.equalsExactly(key) { return entry.value }
            }
            return nil
        }
        return self.value(for: .text(key))
    }

    func value(for key: TemplateKey) -> TemplateValue? {
        if let position = self.indexed()[key] { return self.entries[position].value }
        return nil
    }

    private func indexed() -> [TemplateKey: Int] {
        if let positions = self.positions { return positions }
        var positions: [TemplateKey: Int] = [:]
        positions.reserveCapacity(self.entries.count)
        for (position, entry) in self.entries.enumerated() {
            if let key = TemplateKey(entry.key) { positions[key] = position }
        }
        self.positions = positions
        return positions
    }

    /// Collects the members of a mapping; one that comes again replaces the value and keeps its place.
    struct Builder {
        private var entries: [Entry] = []
        private var positions: [TemplateKey: Int] = [:]

        mutating func reserveCapacity(_ count: Int) { self.entries.reserveCapacity(count) }

        /// Adds a member whose key was not added before; not to be mixed with `set`.
        mutating func addNew(_ key: String, _ value: TemplateValue) { self.entries.append((.string(key), value)) }

        mutating func set(_ key: TemplateValue, _ value: TemplateValue) throws(TemplateError) {
            guard let hashed = TemplateKey(key) else {
                throw .runtime("unhashable type: '\(key.typeName)'")
            }
            if let position = self.positions[hashed] {
                self.entries[position].value = value
            } else {
                self.positions[hashed] = self.entries.count
                self.entries.append((key, value))
            }
        }

        var count: Int { self.entries.count }

        func mapping() -> TemplateMapping {
            TemplateMapping(self.entries, positions: self.positions.isEmpty ? nil : self.positions)
        }
    }
}

/// A value as the key of a mapping: `1`, `1.0` and `True` are one key, and texts are told apart by their bytes.
enum TemplateKey: Hashable {
    case text(String)
    case integer(Int)
    case double(Double)
    case none
    case undefined
    case tuple([TemplateKey])
    case object(ObjectIdentifier)
    case function(TemplateFunction)

    /// Nil for what can't be a key.
    init?(_ value: TemplateValue) {
        switch value {
        case .string(let text), .markup(let text): self = .text(text)
        case .integer(let value): self = .integer(value)
        case .bool(let value): self = .integer(value ? 1 : 0)
        case .double(let value): self = if let whole = Int(exactly: value) { .integer(whole) } else { .double(value) }
        case .none: self = .none
        case .undefined: self = .undefined
        case .tuple(let tuple):
            var keys: [TemplateKey] = []
            for element in tuple.elements {
                guard let key = TemplateKey(element) else { return nil }
                keys.append(key)
            }
            self = .tuple(keys)
        case .list, .mapping, .view: return nil
        case .range(let range): self = .tuple([range.start, range.stop, range.step].map(TemplateKey.integer))
        case .iterator(let object): self = .object(ObjectIdentifier(object))
        case .namespace(let object): self = .object(ObjectIdentifier(object))
        case .loop(let object): self = .object(ObjectIdentifier(object))
        case .macro(let object): self = .object(ObjectIdentifier(object))
        case .method(let object): self = .object(ObjectIdentifier(object))
        case .cycler(let object): self = .object(ObjectIdentifier(object))
        case .joiner(let object): self = .object(ObjectIdentifier(object))
        case .blocks(let object): self = .object(ObjectIdentifier(object))
        case .function(let function): self = .function(function)
        }
    }

    static func == (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.text(let lhs), .text(let rhs)): lhs.equalsExactly(rhs)
        case (.integer(let lhs), .integer(let rhs)): lhs == rhs
        case (.double(let lhs), .double(let rhs)): lhs == rhs
        case (.none, .none), (.undefined, .undefined): true
        case (.tuple(let lhs), .tuple(let rhs)): lhs == rhs
        case (.object(let lhs), .object(let rhs)): lhs == rhs
        case (.function(let lhs), .function(let rhs)): lhs == rhs
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .text(let text): text.hashBytes(into: &hasher)
        case .integer(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .none: hasher.combine(0 as UInt8)
        case .undefined: hasher.combine(1 as UInt8)
        case .tuple(let keys): hasher.combine(keys)
        case .object(let identifier): hasher.combine(identifier)
        case .function(let function): hasher.combine(function)
        }
    }
}

extension String {
    /// Equal byte for byte; `==` would take canonically equivalent texts for equal.
    func equalsExactly(_ other: String) -> Bool {
        let (left, right) = (self.utf8Span.span, other.utf8Span.span)
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    fileprivate func hashBytes(into hasher: inout Hasher) {
        let bytes = self.utf8Span.span
        var word: UInt64 = 0
        for index in bytes.indices {
            word = word << 8 | UInt64(bytes[index])
            if index & 7 == 7 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
        hasher.combine(bytes.count)
    }
}

/// What `keys`, `values` and `items` give: a window on a mapping.
final class TemplateMappingView {
    enum Part: String {
        case keys = "dict_keys"
        case values = "dict_values"
        case items = "dict_items"
    }

    let mapping: TemplateMapping
    let part: Part

    init(_ mapping: TemplateMapping, _ part: Part) {
        self.mapping = mapping
        self.part = part
    }

    var count: Int { self.mapping.entries.count }

    subscript(position: Int) -> TemplateValue {
        let entry = self.mapping.entries[position]
        return switch self.part {
        case .keys: entry.key
        case .values: entry.value
        case .items: .tuple(TemplateTuple([entry.key, entry.value]))
        }
    }
}
