// Which names an expression or a body uses.

extension ExpressionSyntax {
    func forEachName(_ use: (String) -> Void) {
        switch self {
        case .text, .integer, .double, .bool, .none: break
        case .name(let name): use(name)
        case .tuple(let items), .list(let items), .concatenation(let items):
            for item in items { item.forEachName(use) }
        case .mapping(let items):
            for item in items {
                item.key.forEachName(use)
                item.value.forEachName(use)
            }
        case .unary(_, let operand), .attribute(let operand, _): operand.forEachName(use)
        case .binary(_, let left, let right), .both(let left, let right), .either(let left, let right),
            .element(let left, let right):
            left.forEachName(use)
            right.forEachName(use)
        case .comparison(let first, let operations):
            first.forEachName(use)
            for operation in operations { operation.operand.forEachName(use) }
        case .conditional(let condition, let then, let otherwise, _):
            condition.forEachName(use)
            then.forEachName(use)
            otherwise?.forEachName(use)
        case .slice(let start, let stop, let step):
            for part in [start, stop, step] { part?.forEachName(use) }
        case .call(let callee, let arguments):
            callee.forEachName(use)
            for argument in arguments.all { argument.forEachName(use) }
        case .filter(let value, _, let arguments, _):
            value?.forEachName(use)
            for argument in arguments.all { argument.forEachName(use) }
        case .test(let value, _, let arguments, _):
            value.forEachName(use)
            for argument in arguments.all { argument.forEachName(use) }
        }
    }
}

/// Which of some names a body reads before it sets them, whatever scopes it has inside.
struct UndeclaredNames {
    private var wanted: Set<String>
    private(set) var found: Set<String> = []

    static func find(_ names: Set<String>, in body: [StatementSyntax]) -> Set<String> {
        var search = UndeclaredNames(wanted: names)
        search.visit(body)
        return search.found
    }

    private init(wanted: Set<String>) { self.wanted = wanted }

    private mutating func visit(_ body: [StatementSyntax]) { for statement in body { self.visit(statement) } }

    private mutating func visit(_ expressions: [ExpressionSyntax]) {
        for expression in expressions { self.visit(expression) }
    }

    private mutating func visit(_ expression: ExpressionSyntax?) {
        let wanted = self.wanted
        var used: Set<String> = []
        expression?.forEachName { if wanted.contains($0) { used.insert($0) } }
        self.found.formUnion(used)
    }

    private mutating func visit(_ target: TargetSyntax) { self.wanted.subtract(target.names) }

    private mutating func visit(_ function: FunctionSyntax) {
        self.wanted.subtract(function.parameters)
        self.visit(function.defaults)
        self.visit(function.body)
    }

    private mutating func visit(_ statement: StatementSyntax) {
        switch statement {
        case .data, .block, .stop, .skip: break
        case .output(let expression, _), .otherTemplate(_, let expression, _, _): self.visit(expression)
        case .assign(let target, let value, _):
            self.visit(target)
            self.visit(value)
        case .assignBlock(let target, let filter, let body, _):
            self.visit(target)
            self.visit(filter)
            self.visit(body)
        case .condition(let syntax):
            for branch in syntax.branches {
                self.visit(branch.condition)
                self.visit(branch.body)
            }
            self.visit(syntax.otherwise)
        case .loop(let syntax):
            self.visit(syntax.target)
            self.visit(syntax.iterable)
            self.visit(syntax.body)
            self.visit(syntax.otherwise)
            self.visit(syntax.test)
        case .macro(_, let function), .generation(let function): self.visit(function)
        case .callBlock(let callee, let arguments, let function):
            self.visit(callee)
            self.visit(arguments.all)
            self.visit(function)
        case .filterBlock(let filter, let body, _):
            self.visit(body)
            self.visit(filter)
        case .with(let targets, let values, let body, _):
            for target in targets { self.visit(target) }
            self.visit(values)
            self.visit(body)
        case .scope(let body): self.visit(body)
        }
    }
}
