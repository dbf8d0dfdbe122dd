/// The `if` of a loop: a function of its own, asked for each element when the loop gets there.
final class LoopTest: Sendable {
    let slotCount: Int
    let loads: [SlotLoad]
    let target: TargetNode
    let condition: any ExpressionNode

    init(slotCount: Int, loads: [SlotLoad], target: TargetNode, condition: any ExpressionNode) {
        self.slotCount = slotCount
        self.loads = loads
        self.target = target
        self.condition = condition
    }

    /// The elements of `source` that pass.
    func filter(_ source: TemplateIterator, outer: TemplateFrame) -> TemplateIterator {
        let frame = TemplateFrame(slotCount: self.slotCount, outer: outer, context: outer.context)
        frame.enter(self.loads)
        return GeneratedIterator(source) { renderer, value throws(TemplateError) in
            try self.target.assign(value, renderer, frame)
            guard try renderer.isTrue(try self.condition.evaluate(renderer, frame)) else { return nil }
            // The loop gets what the target was given: several names make a tuple again.
            guard case .tuple = self.target else { return value }
            return self.target.value(in: frame)
        }
    }
}

final class LoopNode: StatementNode {
    let target: TargetNode
    let iterable: any ExpressionNode
    let test: LoopTest?
    /// Where the body finds `loop`; nil when it does not use it.
    let loopSlot: Int?
    let scope: ScopedBody
    /// What runs when the body never came to its end.
    let otherwise: ScopedBody?
    /// The slots of the function that a recursive loop is; nil for other loops.
    let recursiveSlotCount: Int?
    let line: Int

    init(
        target: TargetNode,
        iterable: any ExpressionNode,
        test: LoopTest?,
        loopSlot: Int?,
        scope: ScopedBody,
        otherwise: ScopedBody?,
        recursiveSlotCount: Int?,
        line: Int
    ) {
        self.target = target
        self.iterable = iterable
        self.test = test
        self.loopSlot = loopSlot
        self.scope = scope
        self.otherwise = otherwise
        self.recursiveSlotCount = recursiveSlotCount
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        let iterable = try self.iterable.evaluate(renderer, frame)
        guard self.recursiveSlotCount == nil else {
            try renderer.write(try self.recursed(over: iterable, renderer, outer: frame, depth: 0))
            return .next
        }
        try renderer.enter()
        defer { renderer.leave() }
        let isComplete: Bool
        if self.test == nil, self.loopSlot == nil, case .list(let list) = iterable {
            isComplete = try self.runPlain(list.elements, renderer, frame)
        } else {
            isComplete = try self.run(try self.makeLoop(iterable, renderer, outer: frame, depth: 0), renderer, frame)
        }
        return isComplete ? .next : try self.runOtherwise(renderer, frame)
    }

    /// The text that a recursive loop prints for `iterable`.
    func recursed(
        over iterable: TemplateValue,
        _ renderer: TemplateRenderer,
        outer: TemplateFrame,
        depth: Int
    ) throws(TemplateError) -> String {
        try renderer.enter(cost: TemplateRenderer.callDepth)
        defer { renderer.leave(cost: TemplateRenderer.callDepth) }
        var frame = TemplateFrame(slotCount: self.recursiveSlotCount ?? 0, outer: outer, context: outer.context)
        defer { renderer.release(&frame) }
        let text = try renderer.capturing { () throws(TemplateError) in
            let loop = try self.makeLoop(iterable, renderer, outer: outer, depth: depth)
            if try !self.run(loop, renderer, frame) { _ = try self.runOtherwise(renderer, frame) }
        }
        return text
    }

    private func makeLoop(
        _ iterable: TemplateValue,
        _ renderer: TemplateRenderer,
        outer: TemplateFrame,
        depth: Int
    ) throws(TemplateError) -> TemplateLoop {
        var iterator = try renderer.iterator(over: iterable)
        var count: Int?
        if let test = self.test {
            iterator = test.filter(iterator, outer: outer)
        } else {
            count = renderer.knownCount(of: iterable)
        }
        guard iterator.nesting < TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
        let recursion = self.recursiveSlotCount == nil ? nil : (program: self, frame: outer)
        return TemplateLoop(iterator, count: count, depth0: depth, recursion: recursion)
    }

    /// Runs the body for each element; says whether it came to its end at least once.
    private func run(
        _ loop: TemplateLoop,
        _ renderer: TemplateRenderer,
        _ frame: TemplateFrame
    ) throws(TemplateError) -> Bool {
        var isComplete = false
        while let element = try loop.advance(renderer) {
            try renderer.charge(steps: 1)
            try self.target.assign(element, renderer, frame)
            if let slot = self.loopSlot { frame.slots[slot] = .loop(loop) }
            frame.enter(self.scope.loads)
            let flow = try renderer.execute(self.scope.body, frame)
            if flow == .stop { break }
            // The reference notes the end of the body only there: `continue` leaves `else` possible.
            if flow == .next { isComplete = true }
        }
        frame.clear(self.scope.clears)
        return isComplete
    }

    private func runPlain(
        _ elements: [TemplateValue],
        _ renderer: TemplateRenderer,
        _ frame: TemplateFrame
    ) throws(TemplateError) -> Bool {
        var isComplete = false
        for element in elements {
            try renderer.charge(steps: 1)
            try self.target.assign(element, renderer, frame)
            frame.enter(self.scope.loads)
            let flow = try renderer.execute(self.scope.body, frame)
            if flow == .stop { break }
            if flow == .next { isComplete = true }
        }
        frame.clear(self.scope.clears)
        return isComplete
    }

    private func runOtherwise(
        _ renderer: TemplateRenderer,
        _ frame: TemplateFrame
    ) throws(TemplateError) -> TemplateFlow {
        guard let otherwise = self.otherwise else { return .next }
        frame.enter(otherwise.loads)
        let flow = try renderer.execute(otherwise.body, frame)
        frame.clear(otherwise.clears)
        return flow
    }
}
