/// The tests that there are.
enum TemplateTest: String, CaseIterable, Sendable {
    case boolean
    case callable
    case defined
    case divisibleby
    case eq
    case escaped
    case even
    case `false`
    case filter
    case float
    case ge
    case gt
    case `in`
    case integer
    case iterable
    case le
    case lower
    case lt
    case mapping
    case ne
    case none
    case number
    case odd
    case sameas
    case sequence
    case string
    case test
    case `true`
    case undefined
    case upper

    init?(_ name: String) {
        switch name {
        case "==", "equalto": self = .eq
        case "!=": self = .ne
        case ">", "greaterthan": self = .gt
        case ">=": self = .ge
        case "<", "lessthan": self = .lt
        case "<=": self = .le
        default:
            guard let test = TemplateTest(rawValue: name) else { return nil }
            self = test
        }
    }

    fileprivate var comparison: ComparisonOperator? {
        switch self {
        case .eq: .equal
        case .ne: .notEqual
        case .gt: .greater
        case .ge: .greaterOrEqual
        case .lt: .less
        case .le: .lessOrEqual
        default: nil
        }
    }
}

extension TemplateRenderer {
    func apply(
        _ test: TemplateTest,
        to value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> Bool {
        if let comparison = test.comparison {
            return try self.compare(value, comparison, try arguments.unnamed(test.rawValue, 1...1)[0])
        }
        switch test {
        case .in:
            return try self.contains(try arguments.bound("in", ["seq"], required: 1)[0] ?? .none, value)
        case .sameas:
            return Self.areSame(value, try arguments.bound("sameas", ["other"], required: 1)[0] ?? .none)
        case .divisibleby:
            let divisor = try arguments.bound("divisibleby", ["num"], required: 1)[0] ?? .none
            return try self.isEqual(try self.apply(.remainder, value, divisor), .integer(0))
        default: break
        }
        if !arguments.isEmpty { _ = try arguments.bound(test.rawValue, []) }
        switch test {
        case .odd: return try self.isEqual(try self.apply(.remainder, value, .integer(2)), .integer(1))
        case .even: return try self.isEqual(try self.apply(.remainder, value, .integer(2)), .integer(0))
        case .lower, .upper:
            let text = try self.text(of: value)
            try self.charge(steps: text.utf8.count >> 5)
            return test == .lower ? TextCase.isLower(text) : TextCase.isUpper(text)
        case .filter, .test:
            guard TemplateKey(value) != nil else { throw .runtime("unhashable type: '\(value.typeName)'") }
            guard let name = value.text else { return false }
            return test == .filter ? TemplateFilter(name) != nil : TemplateTest(name) != nil
        default: return self.isOfKind(test, value)
        }
    }

    private func isOfKind(_ test: TemplateTest, _ value: TemplateValue) -> Bool {
        switch (test, value) {
        case (.defined, _): !value.isUndefined
        case (.undefined, _): value.isUndefined
        case (.none, .none): true
        case (.boolean, .bool): true
        case (.true, .bool(let value)): value
        case (.false, .bool(let value)): !value
        case (.integer, .integer): true
        case (.float, .double): true
        case (.number, .integer), (.number, .double), (.number, .bool): true
        case (.string, _): value.text != nil
        case (.escaped, .markup): true
        case (.mapping, .mapping): true
        case (.iterable, _): self.isIterable(value)
        case (.sequence, .list), (.sequence, .tuple), (.sequence, .mapping), (.sequence, .range), (.sequence, .string),
            (.sequence, .markup), (.sequence, .undefined):
            true
        case (.callable, .macro), (.callable, .function), (.callable, .method), (.callable, .loop),
            (.callable, .joiner), (.callable, .undefined):
            true
        case (.callable, .blocks(let blocks)): blocks.index != nil
        default: false
        }
    }
}
