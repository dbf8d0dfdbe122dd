/// Turns the syntax tree into a program: gives every name its slot, and every filter and test its function.
///
/// What the reference refuses when it compiles is refused here, too, and nothing else. This file has functions and
/// names; `+Statements` and `+Expressions` have the rest.
struct TemplateCompiler {
    /// Where a statement or expression stands.
    struct Place {
        let scope: TemplateScope
        /// In the template itself or an `if` of it, whose variables blocks can see.
        var isTopLevel = false
        /// In an `if`, where an unknown filter only matters once it is used.
        var isConditional = false
        /// In a loop of the same function.
        var isInLoop = false

        /// A scope inside this one, in the same function.
        func inner() -> Place {
            Place(
                scope: TemplateScope(parent: self.scope, function: self.scope.function),
                isInLoop: self.isInLoop
            )
        }

        /// A function inside this place.
        func innerFunction() -> Place {
            Place(
                scope: TemplateScope(parent: self.scope, function: FunctionLayout(parent: self.scope.function))
            )
        }

        func conditional() -> Place {
            var place = self
            place.isConditional = true
            return place
        }
    }

    private var contextNames: [String] = []
    private var contextIndices: [String: Int] = [:]
    private(set) var blockIndices: [String: Int] = [:]
    /// Of the statement that was compiled last, for error messages.
    var line = 1

    static func compile(_ template: [StatementSyntax]) throws(TemplateError) -> TemplateProgram {
        var compiler = TemplateCompiler()
        let blocks = template.allBlocks
        for block in blocks {
            guard compiler.blockIndices[block.name] == nil else {
                throw .syntax("block '\(block.name)' defined twice", line: block.line)
            }
            compiler.blockIndices[block.name] = compiler.blockIndices.count
        }
        let main = try compiler.main(template)
        var blockPrograms: [FunctionProgram] = []
        for block in blocks { blockPrograms.append(try compiler.block(block)) }
        return TemplateProgram(
            main: main,
            blocks: blockPrograms,
            blockNames: blocks.map(\.name),
            contextNames: compiler.contextNames
        )
    }

    // MARK: Names

    mutating func contextIndex(of name: String) -> Int {
        if let index = self.contextIndices[name] { return index }
        self.contextIndices[name] = self.contextNames.count
        self.contextNames.append(name)
        return self.contextNames.count - 1
    }

    func reference(_ name: String, _ place: Place) throws(TemplateError) -> VariableReference {
        // The reference's compiler fails as well where its search for names did not look.
        guard let found = place.scope.find(name) else {
            throw .syntax("tried to resolve '\(name)', which is unknown to the scope", line: self.line)
        }
        return VariableReference(
            hops: place.scope.function.hops(to: found.function),
            slot: found.function.slot(of: found.variable)
        )
    }

    /// The slot of a name that the place's own function sets.
    func slot(_ name: String, _ place: Place) throws(TemplateError) -> Int { try self.reference(name, place).slot }

    mutating func loads(_ scope: TemplateScope) -> [SlotLoad] {
        var loads: [SlotLoad] = []
        for (variable, load) in scope.loads.sorted(by: { $0.key.name < $1.key.name }) {
            let slot = scope.function.slot(of: variable)
            switch load {
            case .parameter: break
            case .resolve(let name): loads.append(.resolve(slot: slot, name: self.contextIndex(of: name)))
            case .undefined: loads.append(.clear(slot: slot))
            case .copy(let outer, let function):
                let hops = scope.function.hops(to: function)
                loads.append(.copy(slot: slot, VariableReference(hops: hops, slot: function.slot(of: outer))))
            }
        }
        return loads
    }

    func clears(_ scope: TemplateScope) -> [Int] { scope.loads.keys.map { scope.function.slot(of: $0) }.sorted() }

    /// A body in a scope of its own, whose names were visited already.
    mutating func scopedBody(_ body: [StatementSyntax], _ place: Place) throws(TemplateError) -> ScopedBody {
        // The slots that the scope needs are only all known when the body is compiled.
        let nodes = try self.statements(body, place)
        return ScopedBody(loads: self.loads(place.scope), body: nodes, clears: self.clears(place.scope))
    }

    // MARK: Functions

    private mutating func main(_ template: [StatementSyntax]) throws(TemplateError) -> FunctionProgram {
        var place = Place(scope: TemplateScope(parent: nil, function: FunctionLayout(parent: nil)))
        place.isTopLevel = true
        return try self.function(template, special: ["self"], place)
    }

    private mutating func block(_ block: BlockSyntax) throws(TemplateError) -> FunctionProgram {
        let place = Place(scope: TemplateScope(parent: nil, function: FunctionLayout(parent: nil)))
        return try self.function(block.body, special: ["self", "super"], place)
    }

    /// The template or a block: a function without parameters, which may use `self`.
    private mutating func function(
        _ body: [StatementSyntax],
        special: Set<String>,
        _ place: Place
    ) throws(TemplateError) -> FunctionProgram {
        let used = UndeclaredNames.find(special, in: body)
        let names = used.sorted()
        for name in names { place.scope.declareParameter(name) }
        place.scope.visit(body)
        let nodes = try self.statements(body, place)
        let loads = self.loads(place.scope)
        // There is never a parent block, so `super` stays undefined.
        return FunctionProgram(
            name: nil,
            slotCount: place.scope.function.slotCount,
            blocksSlot: used.contains("self") ? try self.slot("self", place) : nil,
            loads: loads,
            body: nodes
        )
    }

    /// A macro or the body of a call block.
    mutating func function(
        _ syntax: FunctionSyntax,
        name: String?,
        _ outer: Place
    ) throws(TemplateError) -> FunctionProgram {
        let place = outer.innerFunction()
        let scope = place.scope
        func visit() {
            for parameter in syntax.parameters { scope.declareParameter(parameter) }
            scope.visit(syntax.defaults)
            scope.visit(syntax.body)
        }
        visit()
        let used = UndeclaredNames.find(["caller", "kwargs", "varargs"], in: syntax.body)
        let explicitCaller = syntax.parameters.firstIndex(of: "caller")
        if used.contains("caller"), let explicitCaller,
            explicitCaller < syntax.parameters.count - syntax.defaults.count
        {
            throw .syntax("the special 'caller' argument must be omitted or be given a default", line: syntax.line)
        }
        var special: [String: Int] = [:]
        for name in ["caller", "kwargs", "varargs"] where used.contains(name) && !syntax.parameters.contains(name) {
            special[name] = scope.function.slot(of: scope.declareParameter(name))
        }
        visit()

        var parameters: [FunctionProgram.Parameter] = []
        let requiredCount = syntax.parameters.count - syntax.defaults.count
        for (index, name) in syntax.parameters.enumerated() {
            var fallback: (any ExpressionNode)?
            if index >= requiredCount {
                fallback = try self.expression(syntax.defaults[index - requiredCount], place)
            }
            parameters.append(.init(name: name, slot: try self.slot(name, place), fallback: fallback))
        }
        let body = try self.statements(syntax.body, place)
        let loads = self.loads(scope)
        return FunctionProgram(
            name: name,
            slotCount: scope.function.slotCount,
            parameters: parameters,
            callerSlot: special["caller"],
            namedSlot: special["kwargs"],
            positionalSlot: special["varargs"],
            loads: loads,
            body: body
        )
    }
}

extension [StatementSyntax] {
    /// The named blocks in here, also those in other statements.
    var allBlocks: [BlockSyntax] { self.flatMap(\.allBlocks) }

    /// Whether a block is in here that sees the variables around it.
    var hasScopedBlock: Bool { self.allBlocks.contains { $0.isScoped } }

    /// Whether anything in here sets `name`.
    func stores(_ name: String) -> Bool { self.contains { $0.stores(name) } }
}

extension StatementSyntax {
    /// The bodies right inside this statement.
    private var bodies: [[StatementSyntax]] {
        switch self {
        case .data, .output, .assign, .otherTemplate, .stop, .skip: []
        case .assignBlock(_, _, let body, _), .filterBlock(_, let body, _), .with(_, _, let body, _), .scope(let body):
            [body]
        case .condition(let syntax): syntax.branches.map(\.body) + [syntax.otherwise]
        case .loop(let syntax): [syntax.body, syntax.otherwise]
        case .macro(_, let function), .callBlock(_, _, let function), .generation(let function): [function.body]
        case .block(let syntax): [syntax.body]
        }
    }

    fileprivate var allBlocks: [BlockSyntax] {
        let inner = self.bodies.flatMap(\.allBlocks)
        if case .block(let syntax) = self { return [syntax] + inner }
        return inner
    }

    func stores(_ name: String) -> Bool {
        switch self {
        case .assign(let target, _, _), .assignBlock(let target, _, _, _):
            if target.names.contains(name) { return true }
        case .loop(let syntax): if syntax.target.names.contains(name) { return true }
        default: break
        }
        return self.bodies.contains { $0.stores(name) }
    }
}
