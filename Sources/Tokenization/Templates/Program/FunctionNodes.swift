// Macros, call blocks and named blocks.

final class MacroNode: StatementNode {
    let function: FunctionProgram
    let slot: Int
    let exports: ContextExports

    init(_ function: FunctionProgram, slot: Int, exports: ContextExports) {
        self.function = function
        self.slot = slot
        self.exports = exports
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        frame.slots[self.slot] = .macro(TemplateMacro(self.function, frame: frame))
        self.exports.apply(frame)
        return .next
    }
}

final class CallBlockNode: StatementNode {
    let call: CallNode
    let function: FunctionProgram
    let line: Int

    init(_ call: CallNode, _ function: FunctionProgram, line: Int) {
        self.call = call
        self.function = function
        self.line = line
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        renderer.line = self.line
        let caller = TemplateMacro(self.function, frame: frame)
        try renderer.write(try renderer.text(of: try self.call.evaluate(renderer, frame, caller: caller)))
        return .next
    }
}

/// `generation`: its body is a function that is called on the spot.
final class GenerationNode: StatementNode {
    let function: FunctionProgram

    init(_ function: FunctionProgram) { self.function = function }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        let caller = TemplateMacro(self.function, frame: frame)
        try renderer.write(try renderer.text(of: try renderer.call(caller, TemplateArguments())))
        return .next
    }
}

final class BlockNode: StatementNode {
    let index: Int
    let isRequired: Bool
    /// The variables that a scoped block sees beside the context, by context name.
    let visible: [(name: Int, reference: VariableReference)]?

    init(index: Int, isRequired: Bool, visible: [(name: Int, reference: VariableReference)]?) {
        self.index = index
        self.isRequired = isRequired
        self.visible = visible
    }

    func execute(_ renderer: TemplateRenderer, _ frame: TemplateFrame) throws(TemplateError) -> TemplateFlow {
        if self.isRequired {
            throw .runtime("Required block '\(renderer.program.blockNames[self.index])' not found")
        }
        var context = frame.context
        if let visible = self.visible {
            context = TemplateContext(context.values)
            for (name, reference) in visible {
                if let value = frame[reference] { context.values[name] = value }
            }
        }
        try renderer.run(renderer.program.blocks[self.index], context: context)
        return .next
    }
}
