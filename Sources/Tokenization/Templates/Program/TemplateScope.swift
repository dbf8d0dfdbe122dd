/// A variable as the reference's compiler names it: by its name and by how deep the scope is that holds it.
///
/// Scopes of one depth share their variables when they stand in one function.
struct TemplateVariable: Hashable {
    let level: Int
    let name: String
}

/// The variables of one function: the template itself, a macro, a call block, a recursive loop, a loop's `if`.
final class FunctionLayout {
    let parent: FunctionLayout?
    private var slots: [TemplateVariable: Int] = [:]

    init(parent: FunctionLayout?) { self.parent = parent }

    var slotCount: Int { self.slots.count }

    func slot(of variable: TemplateVariable) -> Int {
        if let slot = self.slots[variable] { return slot }
        self.slots[variable] = self.slots.count
        return self.slots.count - 1
    }

    /// How many functions further out `other` is.
    func hops(to other: FunctionLayout) -> Int {
        var hops = 0
        var layout: FunctionLayout? = self
        while let current = layout, current !== other {
            hops += 1
            layout = current.parent
        }
        return hops
    }
}

/// Which names a scope defines and where the others come from.
///
/// The rules are those of Jinja's compiler, down to the fact that a name's meaning is fixed per scope before the
/// scope runs: a loop body that sets an outer name works on a copy, an `if` works on the scope around it.
final class TemplateScope {
    enum Load {
        /// Comes as an argument or from the loop.
        case parameter
        /// From the context.
        case resolve(String)
        /// Starts as a copy of an outer variable.
        case copy(TemplateVariable, in: FunctionLayout)
        case undefined
    }

    let level: Int
    let parent: TemplateScope?
    let function: FunctionLayout
    private var references: [String: TemplateVariable] = [:]
    private(set) var loads: [TemplateVariable: Load] = [:]
    private(set) var stores: Set<String> = []

    /// `isLoopOrMacro` … a scope inside `parent`, in `function` or in the parent's function.
    init(parent: TemplateScope?, function: FunctionLayout) {
        self.parent = parent
        self.function = function
        self.level = parent.map { $0.level + 1 } ?? 0
    }

    private init(copying other: TemplateScope) {
        self.level = other.level
        self.parent = other.parent
        self.function = other.function
        self.references = other.references
        self.loads = other.loads
        self.stores = other.stores
    }

    /// The variable that `name` means here, and the function that holds it.
    func find(_ name: String) -> (variable: TemplateVariable, function: FunctionLayout)? {
        if let variable = self.references[name] { return (variable, self.function) }
        return self.parent?.find(name)
    }

    @discardableResult
    private func define(_ name: String, _ load: Load) -> TemplateVariable {
        let variable = TemplateVariable(level: self.level, name: name)
        self.references[name] = variable
        self.loads[variable] = load
        return variable
    }

    func store(_ name: String) {
        self.stores.insert(name)
        guard self.references[name] == nil else { return }
        if let outer = self.parent?.find(name) {
            self.define(name, .copy(outer.variable, in: outer.function))
        } else {
            self.define(name, .undefined)
        }
    }

    @discardableResult
    func declareParameter(_ name: String) -> TemplateVariable {
        self.stores.insert(name)
        return self.define(name, .parameter)
    }

    func load(_ name: String) {
        if self.find(name) == nil { self.define(name, .resolve(name)) }
    }

    /// All names that are set here or in a scope around, each with its variable.
    var storedNames: [String] {
        var names: Set<String> = []
        var scope: TemplateScope? = self
        while let current = scope {
            names.formUnion(current.stores)
            scope = current.parent
        }
        return names.sorted()
    }

    // MARK: Branches

    /// Takes over what branches define, each of which was visited on a copy of this scope.
    private func update(branches: [TemplateScope]) {
        var stores: Set<String> = []
        for branch in branches { stores.formUnion(branch.stores) }
        stores.subtract(self.stores)
        for branch in branches {
            self.references.merge(branch.references) { _, new in new }
            self.loads.merge(branch.loads) { _, new in new }
            self.stores.formUnion(branch.stores)
        }
        for name in stores {
            guard let target = self.find(name)?.variable else { continue }
            if let outer = self.parent?.find(name) {
                self.loads[target] = .copy(outer.variable, in: outer.function)
            } else {
                self.loads[target] = .resolve(name)
            }
        }
    }

    // MARK: Visiting

    func visit(_ statements: [StatementSyntax]) { for statement in statements { self.visit(statement) } }

    func visit(_ expressions: [ExpressionSyntax]) { for expression in expressions { self.visit(expression) } }

    func visit(_ expression: ExpressionSyntax) {
        expression.forEachName { self.load($0) }
    }

    func declareParameters(_ target: TargetSyntax) { for name in target.names { self.declareParameter(name) } }

    private func visit(_ target: TargetSyntax) {
        switch target {
        case .name(let name): self.store(name)
        case .tuple(let targets): for target in targets { self.visit(target) }
        case .member(let name, _): self.load(name)
        }
    }

    /// Visits what a statement does to this scope; inner scopes are visited when they are compiled.
    private func visit(_ statement: StatementSyntax) {
        switch statement {
        case .data, .scope, .block, .generation, .stop, .skip: break
        case .output(let expression, _): self.visit(expression)
        case .assign(let target, let value, _):
            self.visit(value)
            self.visit(target)
        case .assignBlock(let target, _, _, _): self.visit(target)
        case .condition(let syntax): self.visit(syntax)
        case .loop(let syntax): self.visit(syntax.iterable)
        case .macro(let name, _): self.store(name)
        case .callBlock(let callee, let arguments, _):
            self.visit(callee)
            self.visit(arguments.all)
        case .filterBlock(let filter, _, _): self.visit(filter)
        case .with(_, let values, _, _): self.visit(values)
        case .otherTemplate(_, let template, let names, _):
            self.visit(template)
            for name in names { self.store(name) }
        }
    }

    private func visit(_ syntax: ConditionSyntax) {
        guard let first = syntax.branches.first else { return }
        self.visit(first.condition)
        let body = TemplateScope(copying: self)
        body.visit(first.body)
        // The further branches are conditions of their own, one after the other.
        let others = TemplateScope(copying: self)
        for branch in syntax.branches.dropFirst() {
            others.visit(ConditionSyntax(branches: [branch], otherwise: []))
        }
        let otherwise = TemplateScope(copying: self)
        otherwise.visit(syntax.otherwise)
        self.update(branches: [body, others, otherwise])
    }
}
