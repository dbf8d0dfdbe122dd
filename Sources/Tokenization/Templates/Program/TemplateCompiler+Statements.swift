extension TemplateCompiler {
    mutating func statements(
        _ body: [StatementSyntax],
        _ place: Place
    ) throws(TemplateError) -> [any StatementNode] {
        var nodes: [any StatementNode] = []
        var text = ""
        for statement in body {
            switch statement {
            case .data(let data): text += data
            case .output(.text(let data), _): text += data
            default:
                if !text.isEmpty { nodes.append(TextNode(text)) }
                text = ""
                nodes.append(try self.statement(statement, place))
            }
        }
        if !text.isEmpty { nodes.append(TextNode(text)) }
        return nodes
    }

    private mutating func statement(
        _ statement: StatementSyntax,
        _ place: Place
    ) throws(TemplateError) -> any StatementNode {
        if let line = statement.line { self.line = line }
        switch statement {
        case .data(let text): return TextNode(text)
        case .output(let expression, let line): return OutputNode(try self.expression(expression, place), line: line)
        case .assign(let target, let value, let line): return try self.assign(target, value, line, place)
        case .assignBlock(let target, let filter, let body, let line):
            return try self.assignBlock(target, filter, body, line, place)
        case .condition(let syntax): return try self.condition(syntax, place.conditional())
        case .loop(let syntax): return try self.loop(syntax, place)
        case .macro(let name, let function):
            let program = try self.function(function, name: name, place)
            return MacroNode(program, slot: try self.slot(name, place), exports: try self.exports([name], place))
        case .callBlock(let callee, let arguments, let function):
            let program = try self.function(function, name: nil, place)
            let call = CallNode(try self.expression(callee, place), try self.arguments(arguments, place))
            return CallBlockNode(call, program, line: function.line)
        case .generation(let function): return GenerationNode(try self.function(function, name: nil, place))
        case .filterBlock(let filter, let body, let line):
            let inner = place.inner()
            inner.scope.visit(body)
            inner.scope.visit([filter])
            let scope = try self.scopedBody(body, inner)
            return FilterBlockNode(try self.expression(filter, inner), scope: scope, line: line)
        case .with(let targets, let values, let body, let line):
            return try self.with(targets, values, body, line, place)
        case .scope(let body):
            let inner = place.inner()
            inner.scope.visit(body)
            return ScopeNode([], scope: try self.scopedBody(body, inner), line: 0)
        case .block(let syntax): return try self.block(syntax, place)
        case .otherTemplate(let tag, let template, _, let line):
            if tag == "extends", !place.isTopLevel {
                throw .syntax("cannot use extend from a non top-level scope", line: line)
            }
            _ = try self.expression(template, place)
            return OtherTemplateNode(tag: tag, line: line)
        case .stop(let line):
            guard place.isInLoop else { throw .syntax("'break' outside loop", line: line) }
            return FlowNode(.stop)
        case .skip(let line):
            guard place.isInLoop else { throw .syntax("'continue' not properly in loop", line: line) }
            return FlowNode(.skip)
        }
    }

    // MARK: Assignments

    private func target(_ target: TargetSyntax, _ place: Place) throws(TemplateError) -> TargetNode {
        switch target {
        case .name(let name): return .slot(try self.slot(name, place))
        case .member(let name, let attribute): return .member(try self.reference(name, place), attribute)
        case .tuple(let targets):
            var nodes: [TargetNode] = []
            for target in targets { nodes.append(try self.target(target, place)) }
            return .tuple(nodes)
        }
    }

    /// What blocks see of the names that are set here.
    private mutating func exports(_ names: [String], _ place: Place) throws(TemplateError) -> ContextExports {
        guard place.isTopLevel, !self.blockIndices.isEmpty else { return ContextExports(pairs: []) }
        var pairs: [(slot: Int, name: Int)] = []
        for name in names { pairs.append((try self.slot(name, place), self.contextIndex(of: name))) }
        return ContextExports(pairs: pairs)
    }

    private mutating func assign(
        _ target: TargetSyntax,
        _ value: ExpressionSyntax,
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any StatementNode {
        var namespaces: [VariableReference] = []
        for name in target.namespaces { namespaces.append(try self.reference(name, place)) }
        return AssignNode(
            try self.target(target, place),
            namespaces: namespaces,
            value: try self.expression(value, place),
            exports: try self.exports(target.names, place),
            line: line
        )
    }

    private mutating func assignBlock(
        _ target: TargetSyntax,
        _ filter: ExpressionSyntax?,
        _ body: [StatementSyntax],
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any StatementNode {
        let inner = place.inner()
        inner.scope.visit(body)
        let scope = try self.scopedBody(body, inner)
        var filterNode: (any ExpressionNode)?
        if let filter { filterNode = try self.expression(filter, inner) }
        return AssignBlockNode(
            try self.target(target, place),
            filter: filterNode,
            scope: scope,
            exports: try self.exports(target.names, place),
            line: line
        )
    }

    private mutating func with(
        _ targets: [TargetSyntax],
        _ values: [ExpressionSyntax],
        _ body: [StatementSyntax],
        _ line: Int,
        _ place: Place
    ) throws(TemplateError) -> any StatementNode {
        let inner = place.inner()
        for target in targets { inner.scope.declareParameters(target) }
        inner.scope.visit(body)
        var assignments: [(target: TargetNode, value: any ExpressionNode)] = []
        for (target, value) in zip(targets, values) {
            assignments.append((try self.target(target, inner), try self.expression(value, place)))
        }
        return ScopeNode(assignments, scope: try self.scopedBody(body, inner), line: line)
    }

    // MARK: Control flow

    private mutating func condition(
        _ syntax: ConditionSyntax,
        _ place: Place
    ) throws(TemplateError) -> any StatementNode {
        var branches: [ConditionNode.Branch] = []
        for branch in syntax.branches {
            let condition = try self.expression(branch.condition, place)
            let body = try self.statements(branch.body, place)
            branches.append(.init(condition: condition, body: body, line: branch.line))
        }
        return ConditionNode(branches, otherwise: try self.statements(syntax.otherwise, place))
    }

    private mutating func loop(_ syntax: LoopSyntax, _ place: Place) throws(TemplateError) -> any StatementNode {
        guard !StatementSyntax.loop(syntax).stores("loop") else {
            throw .syntax("Can't assign to special loop variable in for-loop target", line: syntax.line)
        }
        // The loop's own variable is there when the body asks for it, or when a block might.
        let hasLoopVariable =
            syntax.isRecursive || UndeclaredNames.find(["loop"], in: syntax.body).contains("loop")
            || syntax.body.hasScopedBlock || syntax.otherwise.hasScopedBlock
        var inner = syntax.isRecursive ? place.innerFunction() : place.inner()
        inner.isInLoop = true
        var otherwisePlace =
            syntax.isRecursive
            ? Place(scope: TemplateScope(parent: place.scope, function: inner.scope.function)) : place.inner()
        otherwisePlace.isInLoop = syntax.isRecursive ? false : place.isInLoop

        if hasLoopVariable { inner.scope.declareParameter("loop") }
        inner.scope.declareParameters(syntax.target)
        inner.scope.visit(syntax.body)
        var otherwise: ScopedBody?
        if !syntax.otherwise.isEmpty {
            otherwisePlace.scope.visit(syntax.otherwise)
            otherwise = try self.scopedBody(syntax.otherwise, otherwisePlace)
        }
        var test: LoopTest?
        if let condition = syntax.test { test = try self.loopTest(syntax.target, condition, place) }
        let iterable = try self.expression(syntax.iterable, place)
        let scope = try self.scopedBody(syntax.body, inner)
        return LoopNode(
            target: try self.target(syntax.target, inner),
            iterable: iterable,
            test: test,
            loopSlot: hasLoopVariable ? try self.slot("loop", inner) : nil,
            scope: scope,
            otherwise: otherwise,
            recursiveSlotCount: syntax.isRecursive ? inner.scope.function.slotCount : nil,
            line: syntax.line
        )
    }

    private mutating func loopTest(
        _ target: TargetSyntax,
        _ condition: ExpressionSyntax,
        _ place: Place
    ) throws(TemplateError) -> LoopTest {
        let inner = place.innerFunction()
        inner.scope.declareParameters(target)
        inner.scope.visit([condition])
        let node = try self.expression(condition, inner)
        let targetNode = try self.target(target, inner)
        let loads = self.loads(inner.scope)
        return LoopTest(
            slotCount: inner.scope.function.slotCount,
            loads: loads,
            target: targetNode,
            condition: node
        )
    }

    // MARK: Blocks

    private mutating func block(_ syntax: BlockSyntax, _ place: Place) throws(TemplateError) -> any StatementNode {
        var visible: [(name: Int, reference: VariableReference)]?
        if syntax.isScoped {
            var names: [(name: Int, reference: VariableReference)] = []
            for name in place.scope.storedNames {
                names.append((self.contextIndex(of: name), try self.reference(name, place)))
            }
            visible = names
        }
        return BlockNode(index: self.blockIndices[syntax.name] ?? 0, isRequired: syntax.isRequired, visible: visible)
    }
}
