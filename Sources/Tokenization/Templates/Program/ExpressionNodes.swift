// Literals, names, and what decides which of its parts is evaluated.

final class ConstantNode: ExpressionNode {
    enum Constant: Sendable {
        case text(String)
        case integer(Int)
        case double(Double)
        case bool(Bool)
        case none
    }

    let constant: Constant

    init(_ constant: Constant) { self.constant = constant }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        switch self.constant {
        case .text(let text): .string(text)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .bool(let value): .bool(value)
        case .none: .none
        }
    }
}

final class NameNode: ExpressionNode {
    let name: String
    let reference: VariableReference

    init(_ name: String, _ reference: VariableReference) {
        self.name = name
        self.reference = reference
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        let value = self.reference.hops == 0 ? frame.slots[self.reference.slot] : frame[self.reference]
        return value ?? .undefined(.name(self.name))
    }
}

final class ListNode: ExpressionNode {
    let items: [any ExpressionNode]
    let isTuple: Bool

    init(_ items: [any ExpressionNode], isTuple: Bool) {
        self.items = items
        self.isTuple = isTuple
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        var values: [TemplateValue] = []
        values.reserveCapacity(self.items.count)
        for item in self.items { values.append(try item.evaluate(renderer, frame)) }
        return try self.isTuple ? renderer.tuple(values) : renderer.list(values)
    }
}

final class MappingNode: ExpressionNode {
    let items: [(key: any ExpressionNode, value: any ExpressionNode)]

    init(_ items: [(key: any ExpressionNode, value: any ExpressionNode)]) { self.items = items }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        var builder = TemplateMapping.Builder()
        for item in self.items {
            let key = try item.key.evaluate(renderer, frame)
            try builder.set(key, try item.value.evaluate(renderer, frame))
        }
        return try renderer.mapping(builder)
    }
}

final class NotNode: ExpressionNode {
    let operand: any ExpressionNode

    init(_ operand: any ExpressionNode) { self.operand = operand }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        return .bool(try !renderer.isTrue(try self.operand.evaluate(renderer, frame)))
    }
}

/// `and` and `or`, which give one of their operands.
final class ShortCircuitNode: ExpressionNode {
    let left: any ExpressionNode
    let right: any ExpressionNode
    let isConjunction: Bool

    init(_ left: any ExpressionNode, _ right: any ExpressionNode, isConjunction: Bool) {
        self.left = left
        self.right = right
        self.isConjunction = isConjunction
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let left = try self.left.evaluate(renderer, frame)
        if try renderer.isTrue(left) != self.isConjunction { return left }
        return try self.right.evaluate(renderer, frame)
    }
}

final class ConditionalNode: ExpressionNode {
    let condition: any ExpressionNode
    let then: any ExpressionNode
    let otherwise: (any ExpressionNode)?
    let line: Int

    init(
        condition: any ExpressionNode,
        then: any ExpressionNode,
        otherwise: (any ExpressionNode)?,
        line: Int
    ) {
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
        self.line = line
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        if try renderer.isTrue(try self.condition.evaluate(renderer, frame)) {
            return try self.then.evaluate(renderer, frame)
        }
        if let otherwise = self.otherwise { return try otherwise.evaluate(renderer, frame) }
        return .undefined(
            .hint(
                "the inline if-expression on line \(self.line) evaluated to false and no else section was defined."
            )
        )
    }
}
