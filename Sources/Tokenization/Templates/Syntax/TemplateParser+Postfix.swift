// What follows a value: attributes, elements, calls, filters and tests.

extension TemplateParser {
    mutating func postfix(_ start: ExpressionSyntax) throws(TemplateError) -> ExpressionSyntax {
        var expression = start
        while true {
            if self.isSign(.dot) || self.isSign(.bracketOpen) {
                expression = try self.access(expression)
            } else if self.isSign(.parenthesisOpen) {
                let depth = self.depth
                expression = .call(expression, try self.arguments())
                try self.deepen(depth)
            } else {
                return expression
            }
        }
    }

    mutating func filtersAndTests(_ start: ExpressionSyntax) throws(TemplateError) -> ExpressionSyntax {
        var expression = start
        while true {
            if self.isSign(.pipe) {
                self.advance()
                expression = try self.filter(on: expression)
            } else if self.isName("is") {
                expression = try self.test(expression)
            } else if self.isSign(.parenthesisOpen) {
                let depth = self.depth
                expression = .call(expression, try self.arguments())
                try self.deepen(depth)
            } else {
                return expression
            }
        }
    }

    private mutating func access(_ expression: ExpressionSyntax) throws(TemplateError) -> ExpressionSyntax {
        if self.skip(.dot) {
            let token = self.current
            self.advance()
            switch token.kind {
            case .name(let name):
                try self.deepen()
                return .attribute(expression, name)
            case .integer(let value):
                try self.deepen()
                return .element(expression, .integer(value))
            default: throw .syntax("expected name or number", line: token.line)
            }
        }
        self.advance()
        var items: [ExpressionSyntax] = []
        var depth = self.depth
        while !self.isSign(.bracketClose) {
            if !items.isEmpty { try self.expect(.comma) }
            items.append(try self.subscripted())
            depth = max(depth, self.depth)
        }
        try self.expect(.bracketClose)
        try self.deepen(depth)
        return .element(expression, items.count == 1 ? items[0] : .tuple(items))
    }

    private mutating func subscripted() throws(TemplateError) -> ExpressionSyntax {
        var parts: [ExpressionSyntax?] = []
        if self.skip(.colon) {
            parts = [nil]
        } else {
            let expression = try self.expression()
            guard self.skip(.colon) else { return expression }
            parts = [expression]
        }
        var depth = self.depth
        parts.append(try self.slicePart())
        depth = max(depth, self.depth)
        parts.append(self.skip(.colon) ? try self.slicePart() : nil)
        try self.deepen(depth)
        return .slice(start: parts[0], stop: parts[1], step: parts[2])
    }

    private mutating func slicePart() throws(TemplateError) -> ExpressionSyntax? {
        if self.isSign(.colon) || self.isSign(.bracketClose) || self.isSign(.comma) { return nil }
        return try self.expression()
    }

    // MARK: Calls, filters and tests

    private mutating func arguments() throws(TemplateError) -> ArgumentsSyntax {
        let line = self.line
        var arguments = ArgumentsSyntax()
        func require(_ isValid: Bool) throws(TemplateError) {
            if !isValid { throw .syntax("invalid syntax for function call expression", line: line) }
        }
        try self.expect(.parenthesisOpen)
        var isFirst = true
        var depth = 0
        while !self.isSign(.parenthesisClose) {
            if !isFirst {
                try self.expect(.comma)
                if self.isSign(.parenthesisClose) { break }
            }
            isFirst = false
            if self.skip(.multiplication) {
                try require(arguments.spread == nil && arguments.namedSpread == nil)
                arguments.spread = try self.expression()
            } else if self.skip(.power) {
                try require(arguments.namedSpread == nil)
                arguments.namedSpread = try self.expression()
            } else if case .name(let name) = self.current.kind, self.next.kind == .sign(.assign) {
                try require(arguments.namedSpread == nil)
                guard !arguments.named.contains(where: { $0.name == name }) else {
                    throw self.fail("keyword argument repeated: \(name)")
                }
                self.advance()
                self.advance()
                arguments.named.append((name, try self.expression()))
            } else {
                try require(arguments.spread == nil && arguments.namedSpread == nil && arguments.named.isEmpty)
                arguments.positional.append(try self.expression())
            }
            depth = max(depth, self.depth)
        }
        try self.expect(.parenthesisClose)
        self.depth = depth
        return arguments
    }

    /// All the filters from here on; nil when there is neither a value nor a filter.
    mutating func filters(on start: ExpressionSyntax?) throws(TemplateError) -> ExpressionSyntax? {
        var expression = start
        while self.skip(.pipe) { expression = try self.filter(on: expression) }
        return expression
    }

    /// One filter; the current token is its name.
    mutating func filter(on value: ExpressionSyntax?) throws(TemplateError) -> ExpressionSyntax {
        let line = self.line
        let name = try self.dottedName()
        let depth = value == nil ? 0 : self.depth
        let arguments = self.isSign(.parenthesisOpen) ? try self.arguments() : ArgumentsSyntax()
        try self.deepen(depth)
        return .filter(value, name: name, arguments, line: line)
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try self.expectName()
        while self.skip(.dot) { name += "." + (try self.expectName()) }
        return name
    }

    private mutating func test(_ value: ExpressionSyntax) throws(TemplateError) -> ExpressionSyntax {
        let line = self.line
        self.advance()
        let isNegated = self.skip("not")
        let name = try self.dottedName()
        var arguments = ArgumentsSyntax()
        let depth = self.depth
        if self.isSign(.parenthesisOpen) {
            arguments = try self.arguments()
        } else if self.startsTestArgument {
            guard !self.isName("is") else { throw self.fail("You cannot chain multiple tests with is") }
            arguments.positional = [try self.postfix(try self.primary())]
        }
        try self.deepen(depth)
        let test = ExpressionSyntax.test(value, name: name, arguments, line: line)
        return isNegated ? .unary(.not, test) : test
    }

    private var startsTestArgument: Bool {
        switch self.current.kind {
        case .name(let name): name != "else" && name != "or" && name != "and"
        case .string, .integer, .double, .sign(.bracketOpen), .sign(.braceOpen): true
        default: false
        }
    }
}
