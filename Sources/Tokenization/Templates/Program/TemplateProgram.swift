/// A template that is ready to run: every name is a slot of some function's frame.
final class TemplateProgram: Sendable {
    /// The template outside its macros and blocks.
    let main: FunctionProgram
    let blocks: [FunctionProgram]
    let blockNames: [String]
    /// The names that are looked up in the context, in the order of the context's slots.
    let contextNames: [String]

    init(main: FunctionProgram, blocks: [FunctionProgram], blockNames: [String], contextNames: [String]) {
        self.main = main
        self.blocks = blocks
        self.blockNames = blockNames
        self.contextNames = contextNames
    }
}

/// A value's computation.
protocol ExpressionNode: AnyObject, Sendable {
    func evaluate(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateValue
}

/// Something that prints or assigns.
protocol StatementNode: AnyObject, Sendable {
    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow
}

/// How a body goes on after a statement.
enum TemplateFlow {
    case next
    /// Leaves the innermost loop.
    case stop
    /// Goes on with the innermost loop's next element.
    case skip
}

/// What a scope's variables start with.
enum SlotLoad: Sendable {
    case resolve(slot: Int, name: Int)
    case copy(slot: Int, VariableReference)
    case clear(slot: Int)
}

/// A variable as seen from a function: in its own frame, or in one of those around it.
struct VariableReference: Sendable {
    let hops: Int
    let slot: Int
}

/// A body with variables of its own inside a function.
struct ScopedBody: Sendable {
    let loads: [SlotLoad]
    let body: [any StatementNode]
    /// Slots that are empty again afterwards.
    let clears: [Int]
}

/// A macro, a call block, a block, or the template itself.
final class FunctionProgram: Sendable {
    struct Parameter: Sendable {
        let name: String
        let slot: Int
        let fallback: (any ExpressionNode)?
    }

    let name: String?
    let slotCount: Int
    let parameters: [Parameter]
    /// Where the body finds `caller`, `kwargs` and `varargs`; nil where it does not use them.
    let callerSlot: Int?
    let namedSlot: Int?
    let positionalSlot: Int?
    /// `self` in a block or in the template itself.
    let blocksSlot: Int?
    let loads: [SlotLoad]
    let body: [any StatementNode]

    init(
        name: String?,
        slotCount: Int,
        parameters: [Parameter] = [],
        callerSlot: Int? = nil,
        namedSlot: Int? = nil,
        positionalSlot: Int? = nil,
        blocksSlot: Int? = nil,
        loads: [SlotLoad],
        body: [any StatementNode]
    ) {
        self.name = name
        self.slotCount = slotCount
        self.parameters = parameters
        self.callerSlot = callerSlot
        self.namedSlot = namedSlot
        self.positionalSlot = positionalSlot
        self.blocksSlot = blocksSlot
        self.loads = loads
        self.body = body
    }

    var hasCallerParameter: Bool { self.parameters.contains { $0.name == "caller" } }
}

/// The variables of one call of a function.
final class TemplateFrame {
    var slots: [TemplateValue?]
    /// The frame of the function that this one was defined in.
    let outer: TemplateFrame?
    let context: TemplateContext

    init(slotCount: Int, outer: TemplateFrame?, context: TemplateContext) {
        self.slots = Array(repeating: nil, count: slotCount)
        self.outer = outer
        self.context = context
    }

    subscript(reference: VariableReference) -> TemplateValue? {
        var frame = self
        for _ in 0..<reference.hops {
            guard let outer = frame.outer else { return nil }
            frame = outer
        }
        return frame.slots[reference.slot]
    }

    func enter(_ loads: [SlotLoad]) {
        for load in loads {
            switch load {
            case .resolve(let slot, let name): self.slots[slot] = self.context.values[name]
            case .copy(let slot, let reference): self.slots[slot] = self[reference]
            case .clear(let slot): self.slots[slot] = nil
            }
        }
    }

    func clear(_ slots: [Int]) { for slot in slots { self.slots[slot] = nil } }
}

/// What the names of the context mean: those that the caller gave, those of every template, and, for blocks, those
/// that the template itself has set.
final class TemplateContext {
    /// By the program's `contextNames`.
    var values: [TemplateValue?]

    init(_ values: [TemplateValue?]) { self.values = values }
}
