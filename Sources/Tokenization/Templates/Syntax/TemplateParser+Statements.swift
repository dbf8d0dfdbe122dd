// One function per tag. The current token is the tag's name when it starts, and the tag's end when it is done.

extension TemplateParser {
    mutating func statement(_ endTags: [String]) throws(TemplateError) -> StatementSyntax? {
        let line = self.line
        guard case .name(let tag) = self.current.kind else { throw self.fail("tag name expected") }
        self.advance()
        switch tag {
        case "set": return try self.set(line)
        case "if": return try self.condition(line)
        case "for": return try self.loop(line)
        case "macro": return try self.macro(line)
        case "call": return try self.callBlock(line)
        case "filter": return try self.filterBlock(line)
        case "generation":
            return .generation(FunctionSyntax(body: try self.statements(closedBy: "endgeneration"), line: line))
        case "with": return try self.with(line)
        case "block": return try self.block(line)
        case "print": return try self.print(line)
        case "break": return .stop(line: line)
        case "continue": return .skip(line: line)
        case "autoescape": return try self.autoescape(line)
        case "include": return try self.include(line)
        case "import": return try self.importTag(line)
        case "from": return try self.from(line)
        case "extends": return .otherTemplate(tag: tag, try self.expression(), storedNames: [], line: line)
        default:
            let wanted = endTags.isEmpty ? "" : " Jinja was looking for \(Self.list(endTags))."
            throw .syntax("Encountered unknown tag '\(tag)'.\(wanted)", line: line)
        }
    }

    // MARK: Assignments

    private mutating func set(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let target = try self.target(withMembers: true)
        if self.skip(.assign) { return .assign(target, try self.tuple(), line: line) }
        let filter = try self.filters(on: nil)
        return .assignBlock(target, filter: filter, body: try self.statements(closedBy: "endset"), line: line)
    }

    /// A name, or several with commas between them.
    private mutating func target(
        withMembers: Bool = false
    ) throws(TemplateError) -> TargetSyntax {
        var targets: [TargetSyntax] = []
        var isTuple = false
        while true {
            if !targets.isEmpty { try self.expect(.comma) }
            if self.isTupleEnd { break }
            targets.append(try self.singleTarget(withMembers: withMembers))
            guard self.isSign(.comma) else { break }
            isTuple = true
        }
        if isTuple { return .tuple(targets) }
        guard let target = targets.first else {
            throw self.fail("Expected an expression, got '\(self.current.description)'")
        }
        return target
    }

    private mutating func singleTarget(withMembers: Bool) throws(TemplateError) -> TargetSyntax {
        if withMembers, case .name(let name) = self.current.kind, self.next.kind == .sign(.dot),
            !Self.literalNames.contains(name)
        {
            self.advance()
            self.advance()
            return .member(of: name, try self.expectName())
        }
        let line = self.line
        guard let target = Self.target(try self.primary()) else { throw .syntax("can't assign to that", line: line) }
        return target
    }

    private static func target(_ expression: ExpressionSyntax) -> TargetSyntax? {
        switch expression {
        case .name(let name): return .name(name)
        case .tuple(let items):
            let targets = items.compactMap(self.target)
            return targets.count == items.count ? .tuple(targets) : nil
        default: return nil
        }
    }

    private mutating func nameTarget() throws(TemplateError) -> String {
        let line = self.line
        let name = try self.expectName()
        guard !Self.literalNames.contains(name) else { throw .syntax("can't assign to '\(name)'", line: line) }
        return name
    }

    // MARK: Control flow

    private mutating func condition(_ line: Int) throws(TemplateError) -> StatementSyntax {
        var syntax = ConditionSyntax(branches: [], otherwise: [])
        var line = line
        while true {
            let condition = try self.tuple(withConditional: false)
            let body = try self.statements(endTags: "elif", "else", "endif")
            syntax.branches.append((condition, body, line))
            line = self.line
            if self.skip("elif") { continue }
            if self.skip("else") {
                syntax.otherwise = try self.statements(closedBy: "endif")
            } else {
                self.advance()
            }
            return .condition(syntax)
        }
    }

    private mutating func loop(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let target = try self.target()
        try self.expect("in")
        let iterable = try self.tuple(withConditional: false)
        let test = self.skip("if") ? try self.expression() : nil
        let isRecursive = self.skip("recursive")
        let body = try self.statements(endTags: "endfor", "else")
        var otherwise: [StatementSyntax] = []
        if self.skip("else") {
            otherwise = try self.statements(closedBy: "endfor")
        } else {
            self.advance()
        }
        return .loop(
            LoopSyntax(
                target: target,
                iterable: iterable,
                test: test,
                isRecursive: isRecursive,
                body: body,
                otherwise: otherwise,
                line: line
            )
        )
    }

    // MARK: Macros and blocks

    private mutating func signature() throws(TemplateError) -> (parameters: [String], defaults: [ExpressionSyntax]) {
        var parameters: [String] = []
        var defaults: [ExpressionSyntax] = []
        try self.expect(.parenthesisOpen)
        while !self.isSign(.parenthesisClose) {
            if !parameters.isEmpty { try self.expect(.comma) }
            let name = try self.nameTarget()
            // The reference's own compiler refuses it only afterwards.
            guard !parameters.contains(name) else { throw self.fail("duplicate argument '\(name)'") }
            if self.skip(.assign) {
                defaults.append(try self.expression())
            } else if !defaults.isEmpty {
                throw self.fail("non-default argument follows default argument")
            }
            parameters.append(name)
        }
        try self.expect(.parenthesisClose)
        return (parameters, defaults)
    }

    private mutating func macro(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let name = try self.nameTarget()
        let (parameters, defaults) = try self.signature()
        let body = try self.statements(closedBy: "endmacro")
        return .macro(
            name: name,
            FunctionSyntax(parameters: parameters, defaults: defaults, body: body, line: line)
        )
    }

    private mutating func callBlock(_ line: Int) throws(TemplateError) -> StatementSyntax {
        var function = FunctionSyntax(body: [], line: line)
        if self.isSign(.parenthesisOpen) { (function.parameters, function.defaults) = try self.signature() }
        guard case .call(let callee, let arguments) = try self.expression() else {
            throw .syntax("expected call", line: line)
        }
        function.body = try self.statements(closedBy: "endcall")
        return .callBlock(callee, arguments, function)
    }

    private mutating func filterBlock(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let first = try self.filter(on: nil)
        guard let filter = try self.filters(on: first) else { throw self.fail("filter expected") }
        return .filterBlock(filter, body: try self.statements(closedBy: "endfilter"), line: line)
    }

    private mutating func with(_ line: Int) throws(TemplateError) -> StatementSyntax {
        var targets: [TargetSyntax] = []
        var values: [ExpressionSyntax] = []
        while self.current.kind != .blockEnd {
            if !targets.isEmpty { try self.expect(.comma) }
            targets.append(try self.target())
            try self.expect(.assign)
            values.append(try self.expression())
        }
        return .with(targets: targets, values: values, body: try self.statements(closedBy: "endwith"), line: line)
    }

    private mutating func block(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let name = try self.expectName()
        let isScoped = self.skip("scoped")
        let isRequired = self.skip("required")
        guard !self.isSign(.minus) else { throw self.fail("Block names may not contain hyphens") }
        let body = try self.statements(closedBy: "endblock")
        if isRequired {
            for statement in body {
                guard case .data(let text) = statement, text.unicodeScalars.allSatisfy(PythonCharacter.isSpace) else {
                    throw self.fail("Required blocks can only contain comments or whitespace")
                }
            }
        }
        _ = self.skip(name)
        return .block(BlockSyntax(name: name, isScoped: isScoped, isRequired: isRequired, body: body, line: line))
    }

    private mutating func print(_ line: Int) throws(TemplateError) -> StatementSyntax? {
        var parts: [ExpressionSyntax] = []
        while self.current.kind != .blockEnd {
            if !parts.isEmpty { try self.expect(.comma) }
            parts.append(try self.expression())
        }
        // Printing each by itself and printing their concatenation are the same.
        return parts.isEmpty ? nil : .output(.concatenation(parts), line: line)
    }

    private mutating func autoescape(_ line: Int) throws(TemplateError) -> StatementSyntax {
        guard case .bool(false) = try self.expression() else {
            throw TemplateError(.unsupported(construct: "autoescape"), "line \(line): `autoescape` is not supported")
        }
        return .scope(try self.statements(closedBy: "endautoescape"))
    }

    // MARK: Other templates

    private mutating func skipImportContext() -> Bool {
        guard self.isName("with") || self.isName("without"), self.next.kind == .name("context") else { return false }
        self.advance()
        self.advance()
        return true
    }

    private mutating func include(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let template = try self.expression()
        if self.isName("ignore"), self.next.kind == .name("missing") {
            self.advance()
            self.advance()
        }
        _ = self.skipImportContext()
        return .otherTemplate(tag: "include", template, storedNames: [], line: line)
    }

    private mutating func importTag(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let template = try self.expression()
        try self.expect("as")
        let name = try self.nameTarget()
        _ = self.skipImportContext()
        return .otherTemplate(tag: "import", template, storedNames: [name], line: line)
    }

    private mutating func from(_ line: Int) throws(TemplateError) -> StatementSyntax {
        let template = try self.expression()
        try self.expect("import")
        var names: [String] = []
        while true {
            if !names.isEmpty { try self.expect(.comma) }
            if self.skipImportContext() { break }
            var name = try self.nameTarget()
            guard !name.hasPrefix("_") else { throw self.fail("names starting with an underline can not be imported") }
            if self.skip("as") { name = try self.nameTarget() }
            names.append(name)
            if self.skipImportContext() || !self.isSign(.comma) { break }
        }
        return .otherTemplate(tag: "from", template, storedNames: names, line: line)
    }
}
