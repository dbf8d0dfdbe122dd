import Foundation

/// One run of a template: its output, and what is left of its limits.
///
/// Extensions hold what the language can do: operators, access, printing, calls, methods, filters and tests.
final class TemplateRenderer {
    let program: TemplateProgram
    private let limits: TemplateLimits
    /// When the run started, for templates that ask for the time.
    let now: Date
    /// Of the statement that runs, for error messages.
    var line = 0
    /// What the filter of a block works on.
    private(set) var filteredBlock: TemplateValue = .emptyText
    /// Where `self.name()` finds what the template has set.
    private(set) var mainContext: TemplateContext?

    private var output = ""
    /// Bodies whose text becomes a value instead of output.
    private var captures = 0
    private var remainingSteps: Int
    private var remainingDepth: Int
    private var remainingOutput: Int
    private var remainingBytes: Int
    private let started = SuspendingClock.now
    /// How many steps are left when the clock is looked at again.
    private var nextLook: Int
    /// What may refer to itself through what it holds; emptied at the end, so that it can go.
    private var namespaces: [TemplateNamespace] = []
    private var frames: [TemplateFrame] = []
    private var loops: [TemplateLoop] = []

    init(_ program: TemplateProgram, limits: TemplateLimits, now: Date) {
        self.program = program
        self.limits = limits
        self.now = now
        self.remainingSteps = limits.steps
        self.nextLook = limits.steps
        self.remainingDepth = limits.depth
        self.remainingOutput = limits.outputBytes
        self.remainingBytes = limits.valueBytes
    }

    /// Runs the template with values by context name.
    func render(_ values: [TemplateValue?]) throws(TemplateError) -> String {
        defer {
            for namespace in self.namespaces { namespace.removeAll() }
            for frame in self.frames { frame.slots.removeAll() }
            for loop in self.loops { loop.lastChanged = nil }
        }
        do {
            let context = TemplateContext(values)
            self.mainContext = context
            try self.run(self.program.main, context: context)
        } catch {
            // What the template itself says stays as it is.
            if case .raised = error.code { throw error }
            throw self.line > 0 ? TemplateError(error.code, "line \(self.line): \(error.message)") : error
        }
        return self.output
    }

    // MARK: Limits

    /// How much depth a call of a macro takes, compared with an operator.
    static let callDepth = 4

    /// Goes one level deeper, which is also a step.
    func enter(cost: Int = 1) throws(TemplateError) {
        try self.charge(steps: 1)
        self.remainingDepth -= cost
        if self.remainingDepth < 0 {
            self.remainingDepth += cost
            throw self.exceeded(.depth, self.limits.depth, "levels of calls, loops and operators")
        }
    }

    func leave(cost: Int = 1) { self.remainingDepth += cost }

    func charge(steps: Int) throws(TemplateError) {
        self.remainingSteps -= steps
        if self.remainingSteps < self.nextLook { try self.look() }
    }

    /// A step for so many bytes that are read and not copied.
    func charge(reading text: String) throws(TemplateError) { try self.charge(steps: text.utf8.count >> 8) }

    /// How many steps there are between two looks at the clock, which takes as long as a step or two.
    private static let stepsBetweenLooks = 128

    /// Ends what has used up its steps or its time.
    private func look() throws(TemplateError) {
        if self.remainingSteps < 0 { throw self.exceeded(.steps, self.limits.steps, "steps") }
        self.nextLook = self.remainingSteps - Self.stepsBetweenLooks
        guard self.started.duration(to: .now) <= self.limits.duration else {
            throw TemplateError(.limit(.duration), "expected a rendering of at most \(self.limits.duration)")
        }
    }

    /// Pays for a value before it is made.
    func charge(bytes: Int) throws(TemplateError) {
        self.remainingBytes -= min(bytes, Int.max >> 1)
        if self.remainingBytes < 0 {
            throw self.exceeded(.valueBytes, self.limits.valueBytes, "bytes of intermediate values")
        }
    }

    private func exceeded(_ limit: TemplateError.Limit, _ allowed: Int, _ what: String) -> TemplateError {
        TemplateError(.limit(limit), "expected a rendering with at most \(allowed) \(what)")
    }

    // MARK: Output

    func write(_ text: String) throws(TemplateError) {
        let count = text.utf8.count
        if self.captures > 0 {
            try self.charge(bytes: count)
        } else {
            self.remainingOutput -= count
            if self.remainingOutput < 0 {
                throw self.exceeded(.outputBytes, self.limits.outputBytes, "bytes of output")
            }
        }
        self.output += text
    }

    /// What `body` prints, as a text.
    func capturing(_ body: () throws(TemplateError) -> Void) throws(TemplateError) -> String {
        let outside = self.output
        self.output = ""
        self.captures += 1
        defer {
            self.output = outside
            self.captures -= 1
        }
        try body()
        return self.output
    }

    /// What a body in a scope of its own prints, and how it ended.
    func capture(
        _ scope: ScopedBody,
        _ frame: TemplateFrame
    ) throws(TemplateError) -> (flow: TemplateFlow, text: String) {
        frame.enter(scope.loads)
        var flow = TemplateFlow.next
        let text = try self.capturing { () throws(TemplateError) in flow = try self.execute(scope.body, frame) }
        return (flow, text)
    }

    /// The result of a block's filter on what the block printed.
    func filtering(
        _ text: String,
        by filter: any ExpressionNode,
        _ frame: TemplateFrame
    ) throws(TemplateError) -> TemplateValue {
        let outer = self.filteredBlock
        self.filteredBlock = .string(text)
        defer { self.filteredBlock = outer }
        return try filter.evaluate(self, frame)
    }

    // MARK: Running

    func execute(_ body: [any StatementNode], _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        try self.enter()
        defer { self.leave() }
        for statement in body {
            try self.charge(steps: 1)
            let flow = try statement.execute(self, frame)
            guard flow == .next else { return flow }
        }
        return .next
    }

    /// Runs the template itself, or one of its blocks.
    func run(_ function: FunctionProgram, context: TemplateContext) throws(TemplateError) {
        try self.enter(cost: Self.callDepth)
        defer { self.leave(cost: Self.callDepth) }
        var frame = TemplateFrame(slotCount: function.slotCount, outer: nil, context: context)
        defer { self.release(&frame) }
        if let slot = function.blocksSlot { frame.slots[slot] = .blocks(TemplateBlocks()) }
        frame.enter(function.loads)
        _ = try self.execute(function.body, frame)
    }

    /// Notes a frame whose function is done, if something still refers to it.
    func release(_ frame: inout TemplateFrame) {
        if !isKnownUniquelyReferenced(&frame) { self.frames.append(frame) }
    }

    /// Notes a loop that remembers values.
    func keep(_ loop: TemplateLoop) { self.loops.append(loop) }

    func makeNamespace() throws(TemplateError) -> TemplateNamespace {
        try self.charge(bytes: 64)
        let namespace = TemplateNamespace()
        self.namespaces.append(namespace)
        return namespace
    }

    // MARK: Values

    /// A text that the template made; made before it is paid for, so at most as large as its parts.
    func string(_ text: String) throws(TemplateError) -> TemplateValue {
        try self.charge(bytes: text.utf8.count)
        return .string(text)
    }

    func list(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        try self.charge(bytes: 32 + elements.count * 24)
        let list = TemplateList(elements)
        guard list.nesting <= TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        return .list(list)
    }

    func tuple(_ elements: [TemplateValue], names: [String] = []) throws(TemplateError) -> TemplateValue {
        try self.charge(bytes: 32 + elements.count * 24)
        let tuple = TemplateTuple(elements, names: names)
        guard tuple.nesting <= TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        return .tuple(tuple)
    }

    func mapping(_ builder: TemplateMapping.Builder) throws(TemplateError) -> TemplateValue {
        try self.charge(bytes: 64 + builder.count * 80)
        let mapping = builder.mapping()
        guard mapping.nesting <= TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        return .mapping(mapping)
    }

    func iterator(_ iterator: TemplateIterator) throws(TemplateError) -> TemplateValue {
        try self.charge(bytes: 96)
        guard iterator.nesting <= TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        return .iterator(iterator)
    }
}
