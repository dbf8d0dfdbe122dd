// Text, printing, assignments and conditions.

final class TextNode: StatementNode {
    let text: String

    init(_ text: String) { self.text = text }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        try renderer.write(self.text)
        return .next
    }
}

final class OutputNode: StatementNode {
    let expression: any ExpressionNode
    let line: Int

    init(_ expression: any ExpressionNode, line: Int) {
        self.expression = expression
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        let value = try self.expression.evaluate(renderer, frame)
        try renderer.write(try renderer.text(of: value))
        return .next
    }
}

/// What an assignment writes to.
indirect enum TargetNode: Sendable {
    case slot(Int)
    case tuple([TargetNode])
    case member(VariableReference, String)

    func assign(_ value: TemplateValue, _ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) {
        switch self {
        case .slot(let slot): frame.slots[slot] = value
        case .member(let reference, let name):
            guard case .namespace(let namespace) = frame[reference] else { throw TemplateError.notANamespace }
            try namespace.set(name, value)
        case .tuple(let targets):
            let values = try renderer.elements(of: value)
            guard values.count == targets.count else {
                let problem = values.count < targets.count ? "not enough" : "too many"
                throw .runtime("\(problem) values to unpack (expected \(targets.count), got \(values.count))")
            }
            for (target, value) in zip(targets, values) { try target.assign(value, renderer, frame) }
        }
    }
}

extension TargetNode {
    /// What was assigned last, as one value.
    func value(in frame: TemplateFrame) -> TemplateValue {
        switch self {
        case .slot(let slot): frame.slots[slot] ?? .none
        case .member: .none
        case .tuple(let targets): .tuple(TemplateTuple(targets.map { $0.value(in: frame) }))
        }
    }
}

extension TemplateError {
    static let notANamespace = TemplateError(.runtime, "cannot assign attribute on non-namespace object")
}

/// Copies variables to where blocks look for them.
struct ContextExports: Sendable {
    let pairs: [(slot: Int, name: Int)]

    func apply(_ frame: TemplateFrame) {
        for (slot, name) in self.pairs { frame.context.values[name] = frame.slots[slot] }
    }
}

final class AssignNode: StatementNode {
    let target: TargetNode
    /// The namespaces that the target writes to, which are checked before the value is computed.
    let namespaces: [VariableReference]
    let value: any ExpressionNode
    let exports: ContextExports
    let line: Int

    init(
        _ target: TargetNode,
        namespaces: [VariableReference],
        value: any ExpressionNode,
        exports: ContextExports,
        line: Int
    ) {
        self.target = target
        self.namespaces = namespaces
        self.value = value
        self.exports = exports
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        for reference in self.namespaces {
            guard case .namespace = frame[reference] else { throw TemplateError.notANamespace }
        }
        let value = try self.value.evaluate(renderer, frame)
        try self.target.assign(value, renderer, frame)
        self.exports.apply(frame)
        return .next
    }
}

/// `{% set x %}…{% endset %}`: what the body prints.
final class AssignBlockNode: StatementNode {
    let target: TargetNode
    let filter: (any ExpressionNode)?
    let scope: ScopedBody
    let exports: ContextExports
    let line: Int

    init(
        _ target: TargetNode,
        filter: (any ExpressionNode)?,
        scope: ScopedBody,
        exports: ContextExports,
        line: Int
    ) {
        self.target = target
        self.filter = filter
        self.scope = scope
        self.exports = exports
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        let (flow, text) = try renderer.capture(self.scope, frame)
        // A body that leaves the loop leaves what it printed as well.
        guard flow == .next else { return flow }
        let value: TemplateValue
        if let filter = self.filter {
            value = try renderer.filtering(text, by: filter, frame)
        } else {
            value = try renderer.string(text)
        }
        try self.target.assign(value, renderer, frame)
        self.exports.apply(frame)
        frame.clear(self.scope.clears)
        return .next
    }
}

final class FilterBlockNode: StatementNode {
    let filter: any ExpressionNode
    let scope: ScopedBody
    let line: Int

    init(_ filter: any ExpressionNode, scope: ScopedBody, line: Int) {
        self.filter = filter
        self.scope = scope
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        let (flow, text) = try renderer.capture(self.scope, frame)
        guard flow == .next else { return flow }
        let value = try renderer.filtering(text, by: self.filter, frame)
        // What the filter gives is output as it is, and the reference joins its output as texts.
        guard let result = value.text else { throw .runtime("expected str instance, \(value.typeName) found") }
        try renderer.write(result)
        frame.clear(self.scope.clears)
        return .next
    }
}

final class ConditionNode: StatementNode {
    final class Branch: Sendable {
        let condition: any ExpressionNode
        let body: [any StatementNode]
        let line: Int

        init(condition: any ExpressionNode, body: [any StatementNode], line: Int) {
            self.condition = condition
            self.body = body
            self.line = line
        }
    }

    let branches: [Branch]
    let otherwise: [any StatementNode]

    init(_ branches: [Branch], otherwise: [any StatementNode]) {
        self.branches = branches
        self.otherwise = otherwise
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        for branch in self.branches {
            renderer.line = branch.line
            if try renderer.isTrue(try branch.condition.evaluate(renderer, frame)) {
                return try renderer.execute(branch.body, frame)
            }
        }
        return self.otherwise.isEmpty ? .next : try renderer.execute(self.otherwise, frame)
    }
}

/// `with`, and blocks that only have variables of their own.
final class ScopeNode: StatementNode {
    let assignments: [(target: TargetNode, value: any ExpressionNode)]
    let scope: ScopedBody
    let line: Int

    init(_ assignments: [(target: TargetNode, value: any ExpressionNode)], scope: ScopedBody, line: Int) {
        self.assignments = assignments
        self.scope = scope
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        frame.enter(self.scope.loads)
        for (target, value) in self.assignments {
            try target.assign(try value.evaluate(renderer, frame), renderer, frame)
        }
        let flow = try renderer.execute(self.scope.body, frame)
        frame.clear(self.scope.clears)
        return flow
    }
}

/// `break` and `continue`.
final class FlowNode: StatementNode {
    let flow: TemplateFlow

    init(_ flow: TemplateFlow) { self.flow = flow }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        self.flow
    }
}

/// A tag that needs another template; there is none.
final class OtherTemplateNode: StatementNode {
    let tag: String
    let line: Int

    init(tag: String, line: Int) {
        self.tag = tag
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        throw TemplateError(
            .unsupported(construct: self.tag),
            "`\(self.tag)` needs another template, and a chat template stands alone"
        )
    }
}
