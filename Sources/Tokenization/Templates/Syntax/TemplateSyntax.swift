// A template as it is written: names are still names. `TemplateCompiler` finds out which variable each of them is.

indirect enum ExpressionSyntax: Sendable {
    case text(String)
    case integer(Int)
    case double(Double)
    case bool(Bool)
    case none
    case name(String)
    case tuple([ExpressionSyntax])
    case list([ExpressionSyntax])
    case mapping([(key: ExpressionSyntax, value: ExpressionSyntax)])
    case unary(UnaryOperator, ExpressionSyntax)
    case binary(BinaryOperator, ExpressionSyntax, ExpressionSyntax)
    case both(ExpressionSyntax, ExpressionSyntax)
    case either(ExpressionSyntax, ExpressionSyntax)
    case comparison(ExpressionSyntax, [(comparison: ComparisonOperator, operand: ExpressionSyntax)])
    case concatenation([ExpressionSyntax])
    case conditional(condition: ExpressionSyntax, then: ExpressionSyntax, otherwise: ExpressionSyntax?, line: Int)
    case attribute(ExpressionSyntax, String)
    case element(ExpressionSyntax, ExpressionSyntax)
    /// Only ever inside `element`.
    case slice(start: ExpressionSyntax?, stop: ExpressionSyntax?, step: ExpressionSyntax?)
    case call(ExpressionSyntax, ArgumentsSyntax)
    /// Without a value it is the filter of a block, whose text it takes.
    case filter(ExpressionSyntax?, name: String, ArgumentsSyntax, line: Int)
    case test(ExpressionSyntax, name: String, ArgumentsSyntax, line: Int)
}

struct ArgumentsSyntax: Sendable {
    var positional: [ExpressionSyntax] = []
    var named: [(name: String, value: ExpressionSyntax)] = []
    /// `*x` and `**x`.
    var spread: ExpressionSyntax?
    var namedSpread: ExpressionSyntax?

    /// In no particular order.
    var all: [ExpressionSyntax] {
        self.positional + self.named.map(\.value) + [self.spread, self.namedSpread].compactMap(\.self)
    }
}

enum UnaryOperator: Sendable {
    case not
    case minus
    case plus
}

enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "** or pow()"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}

/// What an assignment writes to.
indirect enum TargetSyntax: Sendable {
    case name(String)
    case tuple([TargetSyntax])
    /// An attribute of a namespace.
    case member(of: String, String)

    var names: [String] {
        switch self {
        case .name(let name): [name]
        case .tuple(let targets): targets.flatMap(\.names)
        case .member: []
        }
    }

    /// The names of the namespaces that it writes to, each once.
    var namespaces: [String] {
        var names: [String] = []
        switch self {
        case .name: break
        case .member(let name, _): names = [name]
        case .tuple(let targets):
            for name in targets.flatMap(\.namespaces) where !names.contains(name) { names.append(name) }
        }
        return names
    }
}

indirect enum StatementSyntax: Sendable {
    case data(String)
    case output(ExpressionSyntax, line: Int)
    case assign(TargetSyntax, ExpressionSyntax, line: Int)
    case assignBlock(TargetSyntax, filter: ExpressionSyntax?, body: [StatementSyntax], line: Int)
    case condition(ConditionSyntax)
    case loop(LoopSyntax)
    case macro(name: String, FunctionSyntax)
    case callBlock(ExpressionSyntax, ArgumentsSyntax, FunctionSyntax)
    /// What transformers puts around the part that the model writes; it is printed as it is.
    case generation(FunctionSyntax)
    case filterBlock(ExpressionSyntax, body: [StatementSyntax], line: Int)
    case with(targets: [TargetSyntax], values: [ExpressionSyntax], body: [StatementSyntax], line: Int)
    case scope([StatementSyntax])
    case block(BlockSyntax)
    /// Another template, which there never is: `include`, `import`, `from` and `extends`.
    case otherTemplate(tag: String, ExpressionSyntax, storedNames: [String], line: Int)
    case stop(line: Int)
    case skip(line: Int)
}

extension StatementSyntax {
    /// Where it starts, for those that can fail.
    var line: Int? {
        switch self {
        case .data, .scope, .condition: nil
        case .output(_, let line), .assign(_, _, let line), .assignBlock(_, _, _, let line),
            .filterBlock(_, _, let line), .with(_, _, _, let line), .otherTemplate(_, _, _, let line), .stop(let line),
            .skip(let line):
            line
        case .loop(let syntax): syntax.line
        case .macro(_, let function), .callBlock(_, _, let function), .generation(let function): function.line
        case .block(let syntax): syntax.line
        }
    }
}

struct ConditionSyntax: Sendable {
    var branches: [(condition: ExpressionSyntax, body: [StatementSyntax], line: Int)]
    var otherwise: [StatementSyntax]
}

struct LoopSyntax: Sendable {
    var target: TargetSyntax
    var iterable: ExpressionSyntax
    var test: ExpressionSyntax?
    var isRecursive: Bool
    var body: [StatementSyntax]
    var otherwise: [StatementSyntax]
    var line: Int
}

/// The parameters and the body of a macro or a call block.
struct FunctionSyntax: Sendable {
    var parameters: [String] = []
    /// Those of the last parameters.
    var defaults: [ExpressionSyntax] = []
    var body: [StatementSyntax]
    var line: Int
}

struct BlockSyntax: Sendable {
    var name: String
    var isScoped: Bool
    var isRequired: Bool
    var body: [StatementSyntax]
    var line: Int
}
