final class SignNode: ExpressionNode {
    let operand: any ExpressionNode
    let isNegative: Bool

    init(_ operand: any ExpressionNode, isNegative: Bool) {
        self.operand = operand
        self.isNegative = isNegative
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        return try renderer.signed(try self.operand.evaluate(renderer, frame), isNegative: self.isNegative)
    }
}

final class BinaryNode: ExpressionNode {
    let operation: BinaryOperator
    let left: any ExpressionNode
    let right: any ExpressionNode

    init(_ operation: BinaryOperator, _ left: any ExpressionNode, _ right: any ExpressionNode) {
        self.operation = operation
        self.left = left
        self.right = right
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let left = try self.left.evaluate(renderer, frame)
        return try renderer.apply(self.operation, left, try self.right.evaluate(renderer, frame))
    }
}

/// One comparison, or several that hang together: `a < b < c`.
final class ComparisonNode: ExpressionNode {
    let first: any ExpressionNode
    let operations: [(comparison: ComparisonOperator, operand: any ExpressionNode)]

    init(
        _ first: any ExpressionNode,
        _ operations: [(comparison: ComparisonOperator, operand: any ExpressionNode)]
    ) {
        self.first = first
        self.operations = operations
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        var left = try self.first.evaluate(renderer, frame)
        for (comparison, operand) in self.operations {
            let right = try operand.evaluate(renderer, frame)
            guard try renderer.compare(left, comparison, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }
}

/// `a ~ b`: everything as text.
final class ConcatenationNode: ExpressionNode {
    let parts: [any ExpressionNode]

    init(_ parts: [any ExpressionNode]) { self.parts = parts }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        // All parts are evaluated before any of them is printed.
        var values: [TemplateValue] = []
        values.reserveCapacity(self.parts.count)
        for part in self.parts { values.append(try part.evaluate(renderer, frame)) }
        var text = ""
        for value in values { text += try renderer.text(of: value) }
        return try renderer.string(text)
    }
}

final class AttributeNode: ExpressionNode {
    let owner: any ExpressionNode
    let name: AttributeName

    init(_ owner: any ExpressionNode, _ name: AttributeName) {
        self.owner = owner
        self.name = name
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        return try renderer.attribute(self.name, of: try self.owner.evaluate(renderer, frame))
    }
}

final class ElementNode: ExpressionNode {
    let owner: any ExpressionNode
    let key: any ExpressionNode
    /// The key when it is a text that the template spells out.
    let name: AttributeName?

    init(_ owner: any ExpressionNode, _ key: any ExpressionNode) {
        self.owner = owner
        self.key = key
        if let constant = key as? ConstantNode, case .text(let text) = constant.constant {
            self.name = AttributeName(text)
        } else {
            self.name = nil
        }
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let owner = try self.owner.evaluate(renderer, frame)
        if let name = self.name { return try renderer.element(name, of: owner) }
        return try renderer.element(try self.key.evaluate(renderer, frame), of: owner)
    }
}

final class SliceNode: ExpressionNode {
    let owner: any ExpressionNode
    let start: (any ExpressionNode)?
    let stop: (any ExpressionNode)?
    let step: (any ExpressionNode)?

    init(
        _ owner: any ExpressionNode,
        start: (any ExpressionNode)?,
        stop: (any ExpressionNode)?,
        step: (any ExpressionNode)?
    ) {
        self.owner = owner
        self.start = start
        self.stop = stop
        self.step = step
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let owner = try self.owner.evaluate(renderer, frame)
        let start = try self.start?.evaluate(renderer, frame) ?? .none
        let stop = try self.stop?.evaluate(renderer, frame) ?? .none
        let step = try self.step?.evaluate(renderer, frame) ?? .none
        return try renderer.slice(owner, start: start, stop: stop, step: step)
    }
}
