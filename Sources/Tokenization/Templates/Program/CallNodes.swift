// Calls, filters and tests, and the arguments that they take.

/// Evaluated arguments.
struct TemplateArguments {
    var positional: [TemplateValue] = []
    var named: [(name: String, value: TemplateValue)] = []

    /// How deeply the values are nested that whoever keeps the arguments keeps alive.
    var nesting: Int { self.named.reduce(self.positional.deepestNesting) { max($0, $1.value.nesting) } }

    /// Takes a named argument out.
    mutating func take(_ name: String) -> TemplateValue? {
        guard let position = self.named.firstIndex(where: { $0.name == name }) else { return nil }
        return self.named.remove(at: position).value
    }
}

struct ArgumentNodes: Sendable {
    let positional: [any ExpressionNode]
    let named: [(name: String, value: any ExpressionNode)]
    let spread: (any ExpressionNode)?
    let namedSpread: (any ExpressionNode)?

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateArguments {
        var arguments = TemplateArguments()
        arguments.positional.reserveCapacity(self.positional.count)
        for node in self.positional { arguments.positional.append(try node.evaluate(renderer, frame)) }
        for (name, node) in self.named { arguments.named.append((name, try node.evaluate(renderer, frame))) }
        if let spread = self.spread {
            arguments.positional += try renderer.elements(of: try spread.evaluate(renderer, frame))
        }
        if let spread = self.namedSpread {
            try Self.add(try spread.evaluate(renderer, frame), to: &arguments)
        }
        return arguments
    }

    private static func add(_ value: TemplateValue, to arguments: inout TemplateArguments) throws(TemplateError) {
        guard case .mapping(let mapping) = value else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("argument after ** must be a mapping, not \(value.typeName)")
        }
        for (key, value) in mapping.entries {
            guard let name = key.text else { throw .runtime("keywords must be strings") }
            guard !arguments.named.contains(where: { $0.name == name }) else {
                throw .runtime("got multiple values for keyword argument '\(name)'")
            }
            arguments.named.append((name, value))
        }
    }
}

final class CallNode: ExpressionNode {
    let callee: any ExpressionNode
    let arguments: ArgumentNodes
    /// The method's owner and its name, when a method is called right where it is looked up.
    private let method: AttributeNode?

    init(_ callee: any ExpressionNode, _ arguments: ArgumentNodes) {
        self.callee = callee
        self.arguments = arguments
        self.method = (callee as? AttributeNode).flatMap { $0.name.method == nil ? nil : $0 }
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let callee: TemplateValue
        if let node = self.method, let method = node.name.method {
            let owner = try node.owner.evaluate(renderer, frame)
            if method.isAllowed(on: owner) {
                return try renderer.call(method, of: owner, try self.arguments.evaluate(renderer, frame))
            }
            callee = try renderer.attribute(node.name, of: owner)
        } else {
            callee = try self.callee.evaluate(renderer, frame)
        }
        return try renderer.call(callee, try self.arguments.evaluate(renderer, frame))
    }

    /// The call with `caller` as one more argument.
    func evaluate(
        _ renderer: TemplateRenderer,
        _ frame: TemplateFrame,
        caller: TemplateMacro
    ) throws(TemplateError) -> TemplateValue {
        let callee = try self.callee.evaluate(renderer, frame)
        var arguments = try self.arguments.evaluate(renderer, frame)
        guard !arguments.named.contains(where: { $0.name == "caller" }) else {
            throw .runtime("got multiple values for keyword argument 'caller'")
        }
        arguments.named.append(("caller", .macro(caller)))
        return try renderer.call(callee, arguments)
    }
}

final class FilterNode: ExpressionNode {
    /// Nil in the filter of a block.
    let value: (any ExpressionNode)?
    let filter: TemplateFilter
    let arguments: ArgumentNodes

    init(_ value: (any ExpressionNode)?, _ filter: TemplateFilter, _ arguments: ArgumentNodes) {
        self.value = value
        self.filter = filter
        self.arguments = arguments
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let value = try self.value?.evaluate(renderer, frame) ?? renderer.filteredBlock
        return try renderer.apply(self.filter, to: value, try self.arguments.evaluate(renderer, frame))
    }
}

final class TestNode: ExpressionNode {
    let value: any ExpressionNode
    let test: TemplateTest
    let arguments: ArgumentNodes

    init(_ value: any ExpressionNode, _ test: TemplateTest, _ arguments: ArgumentNodes) {
        self.value = value
        self.test = test
        self.arguments = arguments
    }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        try renderer.enter()
        defer { renderer.leave() }
        let value = try self.value.evaluate(renderer, frame)
        return .bool(try renderer.apply(self.test, to: value, try self.arguments.evaluate(renderer, frame)))
    }
}

/// A filter or test that there is none of, where the reference finds that out only when it gets there.
final class MissingNode: ExpressionNode {
    let message: String

    init(_ message: String) { self.message = message }

    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue {
        throw .runtime(self.message)
    }
}
