extension TemplateCompiler {
    mutating func expression(
        _ expression: ExpressionSyntax,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        switch expression {
        case .text(let text): return ConstantNode(.text(text))
        case .integer(let value): return ConstantNode(.integer(value))
        case .double(let value): return ConstantNode(.double(value))
        case .bool(let value): return ConstantNode(.bool(value))
        case .none: return ConstantNode(.none)
        case .name(let name): return NameNode(name, try self.reference(name, place))
        case .tuple(let items): return ListNode(try self.expressions(items, place), isTuple: true)
        case .list(let items): return ListNode(try self.expressions(items, place), isTuple: false)
        case .mapping(let items): return try self.mapping(items, place)
        case .unary(let operation, let operand): return try self.unary(operation, operand, place)
        case .binary(let operation, let left, let right):
            return BinaryNode(operation, try self.expression(left, place), try self.expression(right, place))
        case .both(let left, let right):
            let node = try self.expression(left, place)
            return ShortCircuitNode(node, try self.expression(right, place), isConjunction: true)
        case .either(let left, let right):
            let node = try self.expression(left, place)
            return ShortCircuitNode(node, try self.expression(right, place), isConjunction: false)
        case .comparison(let first, let operations): return try self.comparison(first, operations, place)
        case .concatenation(let parts): return ConcatenationNode(try self.expressions(parts, place))
        case .conditional(let condition, let then, let otherwise, let line):
            return try self.conditional(condition, then, otherwise, line, place.conditional())
        case .attribute(let owner, let name):
            return AttributeNode(try self.expression(owner, place), AttributeName(name))
        case .element(let owner, let key): return try self.element(owner, key, place)
        case .slice: throw .syntax("a slice can only stand alone in brackets", line: self.line)
        case .call(let callee, let arguments):
            return CallNode(try self.expression(callee, place), try self.arguments(arguments, place))
        case .filter(let value, let name, let arguments, let line):
            return try self.filter(value, name, arguments, line, place)
        case .test(let value, let name, let arguments, let line):
            return try self.test(value, name, arguments, line, place)
        }
    }

    private mutating func expressions(
        _ items: [ExpressionSyntax],
        _ place: Place
    ) throws(TemplateError) -> [any ExpressionNode] {
        var nodes: [any ExpressionNode] = []
        for item in items { nodes.append(try self.expression(item, place)) }
        return nodes
    }

    private mutating func optional(
        _ expression: ExpressionSyntax?,
        _ place: Place
    ) throws(TemplateError) -> (any ExpressionNode)? {
        guard let expression else { return nil }
        return try self.expression(expression, place)
    }

    private mutating func mapping(
        _ items: [(key: ExpressionSyntax, value: ExpressionSyntax)],
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        var nodes: [(key: any ExpressionNode, value: any ExpressionNode)] = []
        for item in items {
            nodes.append((try self.expression(item.key, place), try self.expression(item.value, place)))
        }
        return MappingNode(nodes)
    }

    private mutating func unary(
        _ operation: UnaryOperator,
        _ operand: ExpressionSyntax,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        let node = try self.expression(operand, place)
        return switch operation {
        case .not: NotNode(node)
        case .minus: SignNode(node, isNegative: true)
        case .plus: SignNode(node, isNegative: false)
        }
    }

    private mutating func comparison(
        _ first: ExpressionSyntax,
        _ operations: [(comparison: ComparisonOperator, operand: ExpressionSyntax)],
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        let node = try self.expression(first, place)
        var nodes: [(comparison: ComparisonOperator, operand: any ExpressionNode)] = []
        for (comparison, operand) in operations { nodes.append((comparison, try self.expression(operand, place))) }
        return ComparisonNode(node, nodes)
    }

    private mutating func conditional(
        _ condition: ExpressionSyntax,
        _ then: ExpressionSyntax,
        _ otherwise: ExpressionSyntax?,
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        ConditionalNode(
            condition: try self.expression(condition, place),
            then: try self.expression(then, place),
            otherwise: try self.optional(otherwise, place),
            line: line
        )
    }

    private mutating func element(
        _ owner: ExpressionSyntax,
        _ key: ExpressionSyntax,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        let node = try self.expression(owner, place)
        guard case .slice(let start, let stop, let step) = key else {
            return ElementNode(node, try self.expression(key, place))
        }
        return SliceNode(
            node,
            start: try self.optional(start, place),
            stop: try self.optional(stop, place),
            step: try self.optional(step, place)
        )
    }

    mutating func arguments(_ syntax: ArgumentsSyntax, _ place: Place) throws(TemplateError) -> ArgumentNodes {
        var named: [(name: String, value: any ExpressionNode)] = []
        let positional = try self.expressions(syntax.positional, place)
        for (name, value) in syntax.named { named.append((name, try self.expression(value, place))) }
        return ArgumentNodes(
            positional: positional,
            named: named,
            spread: try self.optional(syntax.spread, place),
            namedSpread: try self.optional(syntax.namedSpread, place)
        )
    }

    // MARK: Filters and tests

    private mutating func filter(
        _ value: ExpressionSyntax?,
        _ name: String,
        _ arguments: ArgumentsSyntax,
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        let node = try self.optional(value, place)
        let argumentNodes = try self.arguments(arguments, place)
        if let filter = TemplateFilter(name) {
            guard filter.isSupported || place.isConditional else { throw .unsupported("the filter `\(name)`") }
            return FilterNode(node, filter, argumentNodes)
        }
        let message = "No filter named '\(name)'."
        guard place.isConditional else { throw .unknown("the filter `\(name)`", message, line) }
        return MissingNode(message)
    }

    private mutating func test(
        _ value: ExpressionSyntax,
        _ name: String,
        _ arguments: ArgumentsSyntax,
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any ExpressionNode {
        let node = try self.expression(value, place)
        let argumentNodes = try self.arguments(arguments, place)
        if let test = TemplateTest(name) { return TestNode(node, test, argumentNodes) }
        let message = "No test named '\(name)'."
        guard place.isConditional else { throw .unknown("the test `\(name)`", message, line) }
        return MissingNode(message)
    }
}

extension TemplateError {
    fileprivate static func unknown(_ construct: String, _ message: String, _ line: Int) -> TemplateError {
        TemplateError(.unsupported(construct: construct), "line \(line): \(message)")
    }
}
