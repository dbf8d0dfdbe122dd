// Expressions, from the loosest binding to the tightest.

extension TemplateParser {
    /// Names that stand for values and can't be assigned to.
    static let literalNames: Set<String> = ["true", "false", "none", "True", "False", "None"]

    mutating func expression(withConditional: Bool = true) throws(TemplateError) -> ExpressionSyntax {
        try self.nested { parser throws(TemplateError) in
            withConditional ? try parser.conditional() : try parser.either()
        }
    }

    private mutating func conditional() throws(TemplateError) -> ExpressionSyntax {
        var line = self.line
        var expression = try self.either()
        while self.skip("if") {
            var depth = self.depth
            let condition = try self.either()
            depth = max(depth, self.depth)
            let otherwise = self.skip("else") ? try self.expression() : nil
            expression = .conditional(condition: condition, then: expression, otherwise: otherwise, line: line)
            try self.deepen(depth)
            line = self.line
        }
        return expression
    }

    private mutating func either() throws(TemplateError) -> ExpressionSyntax {
        var left = try self.both()
        while self.skip("or") {
            let depth = self.depth
            left = .either(left, try self.both())
            try self.deepen(depth)
        }
        return left
    }

    private mutating func both() throws(TemplateError) -> ExpressionSyntax {
        var left = try self.negation()
        while self.skip("and") {
            let depth = self.depth
            left = .both(left, try self.negation())
            try self.deepen(depth)
        }
        return left
    }

    private mutating func negation() throws(TemplateError) -> ExpressionSyntax {
        guard self.skip("not") else { return try self.comparison() }
        let operand = try self.nested { parser throws(TemplateError) in try parser.negation() }
        try self.deepen()
        return .unary(.not, operand)
    }

    private mutating func comparison() throws(TemplateError) -> ExpressionSyntax {
        let first = try self.sum()
        var operations: [(comparison: ComparisonOperator, operand: ExpressionSyntax)] = []
        var depth = self.depth
        while let comparison = self.skipComparisonOperator() {
            operations.append((comparison, try self.sum()))
            depth = max(depth, self.depth)
        }
        if operations.isEmpty { return first }
        try self.deepen(depth)
        return .comparison(first, operations)
    }

    private mutating func skipComparisonOperator() -> ComparisonOperator? {
        let found: ComparisonOperator? =
            switch self.current.kind {
            case .sign(.equal): .equal
            case .sign(.notEqual): .notEqual
            case .sign(.less): .less
            case .sign(.lessOrEqual): .lessOrEqual
            case .sign(.greater): .greater
            case .sign(.greaterOrEqual): .greaterOrEqual
            case .name("in"): .contained
            case .name("not") where self.next.kind == .name("in"): .notContained
            default: nil
            }
        guard let found else { return nil }
        if found == .notContained { self.advance() }
        self.advance()
        return found
    }

    private mutating func sum() throws(TemplateError) -> ExpressionSyntax {
        var left = try self.concatenation()
        while true {
            let isSum = self.isSign(.plus)
            guard isSum || self.isSign(.minus) else { return left }
            self.advance()
            let depth = self.depth
            left = .binary(isSum ? .add : .subtract, left, try self.concatenation())
            try self.deepen(depth)
        }
    }

    private mutating func concatenation() throws(TemplateError) -> ExpressionSyntax {
        var parts = [try self.product()]
        var depth = self.depth
        while self.skip(.tilde) {
            parts.append(try self.product())
            depth = max(depth, self.depth)
        }
        if parts.count == 1 { return parts[0] }
        try self.deepen(depth)
        return .concatenation(parts)
    }

    private mutating func product() throws(TemplateError) -> ExpressionSyntax {
        var left = try self.power()
        while true {
            let operation: BinaryOperator
            switch self.current.kind {
            case .sign(.multiplication): operation = .multiply
            case .sign(.division): operation = .divide
            case .sign(.floorDivision): operation = .floorDivide
            case .sign(.remainder): operation = .remainder
            default: return left
            }
            self.advance()
            let depth = self.depth
            left = .binary(operation, left, try self.power())
            try self.deepen(depth)
        }
    }

    private mutating func power() throws(TemplateError) -> ExpressionSyntax {
        var left = try self.unary()
        while self.skip(.power) {
            let depth = self.depth
            left = .binary(.power, left, try self.unary())
            try self.deepen(depth)
        }
        return left
    }

    private mutating func unary(withFilters: Bool = true) throws(TemplateError) -> ExpressionSyntax {
        var expression: ExpressionSyntax
        if self.isSign(.minus) || self.isSign(.plus) {
            let operation = self.isSign(.minus) ? UnaryOperator.minus : .plus
            self.advance()
            let operand = try self.nested { parser throws(TemplateError) in try parser.unary(withFilters: false) }
            try self.deepen()
            expression = .unary(operation, operand)
        } else {
            expression = try self.primary()
        }
        expression = try self.postfix(expression)
        return withFilters ? try self.filtersAndTests(expression) : expression
    }

    // MARK: Literals and names

    mutating func primary() throws(TemplateError) -> ExpressionSyntax {
        let token = self.current
        self.depth = 1
        switch token.kind {
        case .name(let name):
            self.advance()
            return Self.literal(name) ?? .name(name)
        case .string(var text):
            self.advance()
            while case .string(let more) = self.current.kind {
                text += more
                self.advance()
            }
            return .text(text)
        case .integer(let value):
            self.advance()
            return .integer(value)
        case .double(let value):
            self.advance()
            return .double(value)
        case .sign(.parenthesisOpen):
            self.advance()
            let expression = try self.tuple(isParenthesised: true)
            try self.expect(.parenthesisClose)
            return expression
        case .sign(.bracketOpen): return try self.list()
        case .sign(.braceOpen): return try self.mapping()
        default: throw self.fail("unexpected '\(token.description)'")
        }
    }

    private static func literal(_ name: String) -> ExpressionSyntax? {
        switch name {
        case "true", "True": .bool(true)
        case "false", "False": .bool(false)
        case "none", "None": ExpressionSyntax.none
        default: nil
        }
    }

    /// Whether a tuple that ends with a comma ends here; a name never ends one, whatever the tag expects next.
    var isTupleEnd: Bool {
        switch self.current.kind {
        case .variableEnd, .blockEnd, .sign(.parenthesisClose): true
        default: false
        }
    }

    /// An expression, or several with commas between them, which are a tuple.
    mutating func tuple(
        withConditional: Bool = true,
        isParenthesised: Bool = false
    ) throws(TemplateError) -> ExpressionSyntax {
        var items: [ExpressionSyntax] = []
        var isTuple = false
        var depth = 0
        while true {
            if !items.isEmpty { try self.expect(.comma) }
            if self.isTupleEnd { break }
            items.append(try self.expression(withConditional: withConditional))
            depth = max(depth, self.depth)
            guard self.isSign(.comma) else { break }
            isTuple = true
        }
        if !isTuple, let single = items.first { return single }
        guard isTuple || isParenthesised else {
            throw self.fail("Expected an expression, got '\(self.current.description)'")
        }
        try self.deepen(depth)
        return .tuple(items)
    }

    private mutating func list() throws(TemplateError) -> ExpressionSyntax {
        self.advance()
        var items: [ExpressionSyntax] = []
        var depth = 0
        while !self.isSign(.bracketClose) {
            if !items.isEmpty { try self.expect(.comma) }
            if self.isSign(.bracketClose) { break }
            items.append(try self.expression())
            depth = max(depth, self.depth)
        }
        try self.expect(.bracketClose)
        try self.deepen(depth)
        return .list(items)
    }

    private mutating func mapping() throws(TemplateError) -> ExpressionSyntax {
        self.advance()
        var items: [(key: ExpressionSyntax, value: ExpressionSyntax)] = []
        var depth = 0
        while !self.isSign(.braceClose) {
            if !items.isEmpty { try self.expect(.comma) }
            if self.isSign(.braceClose) { break }
            let key = try self.expression()
            depth = max(depth, self.depth)
            try self.expect(.colon)
            items.append((key, try self.expression()))
            depth = max(depth, self.depth)
        }
        try self.expect(.braceClose)
        try self.deepen(depth)
        return .mapping(items)
    }
}
