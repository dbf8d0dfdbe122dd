// Truth, equality, order and membership, with Python's rules.

extension TemplateRenderer {
    func isTrue(_ value: TemplateValue) throws(TemplateError) -> Bool {
        switch value {
        case .undefined, .none: return false
        case .bool(let value): return value
        case .integer(let value): return value != 0
        case .double(let value): return value != 0
        case .string(let text), .markup(let text): return !text.isEmpty
        case .list(let list): return !list.elements.isEmpty
        case .tuple(let tuple): return !tuple.elements.isEmpty
        case .mapping(let mapping): return !mapping.entries.isEmpty
        case .view(let view): return view.count > 0
        case .range(let range): return range.count > 0
        case .loop(let loop): return try loop.count(self) > 0
        default: return true
        }
    }

    func compare(
        _ left: TemplateValue,
        _ comparison: ComparisonOperator,
        _ right: TemplateValue
    ) throws(TemplateError) -> Bool {
        switch comparison {
        case .equal: try self.isEqual(left, right)
        case .notEqual: try !self.isEqual(left, right)
        case .less: try self.isOrdered(left, right, comparison)
        case .lessOrEqual: try self.isOrdered(left, right, comparison)
        case .greater: try self.isOrdered(left, right, comparison)
        case .greaterOrEqual: try self.isOrdered(left, right, comparison)
        case .contained: try self.contains(right, left)
        case .notContained: try !self.contains(right, left)
        }
    }

    // MARK: Equality

    func isEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try self.charge(reading: left)
            return left.equalsExactly(right)
        case (.undefined, .undefined), (.none, .none): return true
        case (.list(let left), .list(let right)): return try self.areEqual(left.elements, right.elements)
        case (.tuple(let left), .tuple(let right)): return try self.areEqual(left.elements, right.elements)
        case (.mapping(let left), .mapping(let right)): return try self.areEqual(left, right)
        case (.view(let left), .view(let right)): return try self.areEqual(left, right)
        case (.range(let left), .range(let right)):
            return left.count == right.count
                && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
        case (.method(let left), .method(let right)):
            return left.method == right.method && TemplateRenderer.areSame(left.receiver, right.receiver)
        default: break
        }
        if let left = TemplateNumber(left), let right = TemplateNumber(right) { return left == right }
        if let left = left.text, let right = right.text { return left.equalsExactly(right) }
        return Self.areSame(left, right)
    }

    private func areEqual(_ left: [TemplateValue], _ right: [TemplateValue]) throws(TemplateError) -> Bool {
        guard left.count == right.count else { return false }
        for (left, right) in zip(left, right) {
            try self.charge(steps: 1)
            guard try self.isSameOrEqual(left, right) else { return false }
        }
        return true
    }

    private func areEqual(_ left: TemplateMapping, _ right: TemplateMapping) throws(TemplateError) -> Bool {
        guard left.entries.count == right.entries.count else { return false }
        for (key, value) in left.entries {
            try self.charge(steps: 1)
            guard let key = TemplateKey(key), let other = right.value(for: key) else { return false }
            guard try self.isSameOrEqual(value, other) else { return false }
        }
        return true
    }

    /// Views of keys and of members are sets; views of values are only equal to themselves.
    private func areEqual(_ left: TemplateMappingView, _ right: TemplateMappingView) throws(TemplateError) -> Bool {
        guard left !== right else { return true }
        guard left.part != .values, right.part != .values, left.count == right.count else { return false }
        for position in 0..<left.count where try !self.contains(.view(right), left[position]) { return false }
        return true
    }

    /// How containers compare their elements.
    private func isSameOrEqual(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
        if Self.areSame(left, right) { return true }
        return try self.isEqual(left, right)
    }

    /// Python's `is`.
    static func areSame(_ left: TemplateValue, _ right: TemplateValue) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.equalsExactly(right)
        case (.undefined(let left), .undefined(let right)): left === right
        case (.list(let left), .list(let right)): left === right
        case (.tuple(let left), .tuple(let right)): left === right
        case (.mapping(let left), .mapping(let right)): left === right
        case (.view(let left), .view(let right)): left === right
        case (.range(let left), .range(let right)): left === right
        case (.iterator(let left), .iterator(let right)): left === right
        case (.namespace(let left), .namespace(let right)): left === right
        case (.loop(let left), .loop(let right)): left === right
        case (.macro(let left), .macro(let right)): left === right
        case (.function(let left), .function(let right)): left == right
        case (.cycler(let left), .cycler(let right)): left === right
        case (.joiner(let left), .joiner(let right)): left === right
        case (.blocks(let left), .blocks(let right)): left === right
        default: false
        }
    }

    // MARK: Order

    func isOrdered(
        _ left: TemplateValue,
        _ right: TemplateValue,
        _ comparison: ComparisonOperator
    ) throws(TemplateError) -> Bool {
        if let left = TemplateNumber(left), let right = TemplateNumber(right) { return left.compare(right, comparison) }
        if let left = left.text, let right = right.text {
            try self.charge(reading: left)
            return switch comparison {
            case .less: left.precedesExactly(right)
            case .greater: right.precedesExactly(left)
            case .lessOrEqual: !right.precedesExactly(left)
            default: !left.precedesExactly(right)
            }
        }
        switch (left, right) {
        case (.undefined(let undefined), _), (_, .undefined(let undefined)): throw undefined.error
        case (.list(let left), .list(let right)):
            return try self.areOrdered(left.elements, right.elements, comparison)
        case (.tuple(let left), .tuple(let right)):
            return try self.areOrdered(left.elements, right.elements, comparison)
        default:
            throw .runtime(
                "'\(comparison.rawValue)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'"
            )
        }
    }

    /// Sequences are ordered by the first elements that differ, else by their length.
    private func areOrdered(
        _ left: [TemplateValue],
        _ right: [TemplateValue],
        _ comparison: ComparisonOperator
    ) throws(TemplateError) -> Bool {
        for (left, right) in zip(left, right) {
            try self.charge(steps: 1)
            if try !self.isEqual(left, right) { return try self.isOrdered(left, right, comparison) }
        }
        return TemplateNumber.integer(left.count).compare(.integer(right.count), comparison)
    }

    // MARK: Membership

    func contains(_ container: TemplateValue, _ value: TemplateValue) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text), .markup(let text):
            guard let part = value.text else {
                throw .runtime("'in <string>' requires string as left operand, not \(value.typeName)")
            }
            try self.charge(steps: text.utf8.count >> 6)
            return TextSearch.contains(part, in: text)
        case .mapping(let mapping):
            if case .string(let text) = value { return mapping.value(forText: text) != nil }
            guard let key = TemplateKey(value) else { throw .runtime("unhashable type: '\(value.typeName)'") }
            return mapping.value(for: key) != nil
        case .range(let range):
            switch TemplateNumber(value) {
            case .integer(let value): return range.contains(value)
            case .double(let value): return Int(exactly: value).map(range.contains) ?? false
            case nil: return false
            }
        case .view(let view) where view.part == .keys: return try self.contains(.mapping(view.mapping), value)
        case .undefined, .list, .tuple, .view, .iterator:
            let iterator = try self.iterator(over: container)
            while let element = try iterator.next(self) {
                try self.charge(steps: 1)
                if try self.isSameOrEqual(element, value) { return true }
            }
            return false
        default: throw .runtime("argument of type '\(container.typeName)' is not iterable")
        }
    }
}

extension String {
    /// Whether it comes first in the order of code points.
    func precedesExactly(_ other: String) -> Bool {
        let (left, right) = (self.utf8Span.span, other.utf8Span.span)
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index]
        }
        return left.count < right.count
    }
}

/// A value that takes part in arithmetic; truth values count as 0 and 1.
enum TemplateNumber: Equatable {
    case integer(Int)
    case double(Double)

    init?(_ value: TemplateValue) {
        switch value {
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .double(value)
        case .bool(let value): self = .integer(value ? 1 : 0)
        default: return nil
        }
    }

    var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        }
    }

    static func == (lhs: Self, rhs: Self) -> Bool { lhs.compare(rhs, .equal) }

    /// Compares by value, also an integer with a number that no 64-bit float can tell from its neighbours.
    func compare(_ other: TemplateNumber, _ comparison: ComparisonOperator) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): return Self.holds(left, comparison, right)
        case (.double(let left), .double(let right)): return Self.holds(left, comparison, right)
        case (.double(let left), .integer(let right)): return Self.order(left, right, comparison)
        case (.integer(let left), .double(let right)): return Self.order(right, left, comparison.reversed)
        }
    }

    private static func order(_ left: Double, _ right: Int, _ comparison: ComparisonOperator) -> Bool {
        guard !left.isNaN else { return comparison == .notEqual }
        // Beyond the integers every float differs from all of them.
        if left >= 0x1p63 { return self.holds(1, comparison, 0) }
        if left < -0x1p63 { return self.holds(-1, comparison, 0) }
        let whole = Int(left.rounded(.towardZero))
        if whole != right { return self.holds(whole, comparison, right) }
        return self.holds(left - left.rounded(.towardZero), comparison, 0)
    }

    private static func holds<Number: Comparable>(
        _ left: Number,
        _ comparison: ComparisonOperator,
        _ right: Number
    ) -> Bool {
        switch comparison {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .contained, .notContained: false
        }
    }
}

extension ComparisonOperator {
    /// The operator that holds when the operands change places.
    fileprivate var reversed: ComparisonOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
