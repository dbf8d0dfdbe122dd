// Calling macros, the functions that every template has, and methods.

extension TemplateRenderer {
    func call(_ callee: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
        switch callee {
        case .macro(let macro): return try self.call(macro, arguments)
        case .function(let function): return try self.call(function, arguments)
        case .method(let bound): return try self.call(bound.method, of: bound.receiver, arguments)
        case .loop(let loop):
            let iterable = try arguments.bound("loop", ["iterable"], required: 1)[0] ?? .none
            guard let recursion = loop.recursion else {
                throw .runtime("The loop must have the 'recursive' marker to be called recursively.")
            }
            return .string(
                try recursion.program.recursed(
                    over: iterable,
                    self,
                    outer: recursion.frame,
                    depth: loop.depth0 + 1
                )
            )
        case .joiner(let joiner):
            _ = try arguments.unnamed("joiner", 0...0)
            defer { joiner.isUsed = true }
            return joiner.isUsed ? joiner.separator : .emptyText
        case .blocks(let blocks):
            guard let index = blocks.index else { break }
            _ = try arguments.unnamed("block", 0...0)
            return .string(try self.text(ofBlock: index))
        case .undefined(let undefined): throw undefined.error
        default: break
        }
        throw .runtime("'\(callee.typeName)' object is not callable")
    }

    // MARK: Macros

    func call(_ macro: TemplateMacro, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
        try self.enter(cost: Self.callDepth)
        defer { self.leave(cost: Self.callDepth) }
        let function = macro.function
        var frame = TemplateFrame(slotCount: function.slotCount, outer: macro.frame, context: macro.frame.context)
        defer { self.release(&frame) }
        frame.enter(function.loads)
        try self.pass(arguments, to: function, frame)
        for parameter in function.parameters where frame.slots[parameter.slot] == nil {
            frame.slots[parameter.slot] =
                try parameter.fallback?.evaluate(self, frame)
                ?? .undefined(.hint("parameter '\(parameter.name)' was not provided"))
        }
        let line = self.line
        let text = try self.capturing { () throws(TemplateError) in _ = try self.execute(function.body, frame) }
        self.line = line
        return .string(text)
    }

    private func pass(
        _ arguments: TemplateArguments,
        to function: FunctionProgram,
        _ frame: TemplateFrame
    ) throws(TemplateError) {
        var arguments = arguments
        let name = function.name ?? "caller"
        for (position, parameter) in function.parameters.enumerated() {
            frame.slots[parameter.slot] =
                position < arguments.positional.count
                ? arguments.positional[position] : arguments.take(parameter.name)
        }
        if let slot = function.callerSlot {
            let caller = arguments.take("caller")
            frame.slots[slot] = caller.flatMap { $0.isNone ? nil : $0 } ?? .undefined(.hint("No caller defined"))
        }
        if let slot = function.namedSlot {
            var builder = TemplateMapping.Builder()
            for (name, value) in arguments.named { try builder.set(.string(name), value) }
            frame.slots[slot] = try self.mapping(builder)
        } else if let unknown = arguments.named.first {
            throw .runtime("macro '\(name)' takes no keyword argument '\(unknown.name)'")
        }
        let extra = arguments.positional.dropFirst(function.parameters.count)
        if let slot = function.positionalSlot {
            frame.slots[slot] = try self.tuple(Array(extra))
        } else if !extra.isEmpty {
            throw .runtime("macro '\(name)' takes not more than \(function.parameters.count) argument(s)")
        }
    }

    private func text(ofBlock index: Int) throws(TemplateError) -> String {
        guard let context = self.mainContext else { return "" }
        return try self.capturing { () throws(TemplateError) in
            try self.run(self.program.blocks[index], context: context)
        }
    }

    // MARK: Functions

    private func call(
        _ function: TemplateFunction,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch function {
        case .range: return try self.range(try arguments.unnamed("range", 1...3))
        case .dict: return .mapping(try self.mapping(from: arguments, "dict"))
        case .namespace:
            let members = try self.mapping(from: arguments, "namespace")
            let namespace = try self.makeNamespace()
            for (key, value) in members.entries {
                // Python allows any key here, and then no one can ask for it.
                if let name = key.text { try namespace.set(name, value) }
            }
            return .namespace(namespace)
        case .cycler:
            guard arguments.named.isEmpty, case .tuple(let items) = try self.tuple(arguments.positional),
                !items.elements.isEmpty
            else { throw .runtime("at least one item has to be provided") }
            return .cycler(TemplateCycler(items))
        case .joiner:
            let separator = try arguments.bound("joiner", ["sep"])[0] ?? .string(", ")
            guard separator.nesting < TemplateLimits.valueNesting else { throw TemplateError.tooDeepValue }
            return .joiner(TemplateJoiner(separator: separator))
        case .raiseException:
            let message = try arguments.bound("raise_exception", ["message"], required: 1)[0] ?? .none
            let text = try self.text(of: message)
            throw TemplateError(.raised(message: text), text)
        case .strftimeNow:
            let format = try arguments.bound("strftime_now", ["format"], required: 1)[0] ?? .none
            return try self.string(try TemplateTime(self.now).text(try format.textArgument("strftime")))
        case .lipsum: throw .unsupported("the function `lipsum`")
        }
    }

    private func range(_ values: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        var numbers: [Int] = []
        for value in values { numbers.append(try value.integerArgument()) }
        let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        let step = numbers.count > 2 ? numbers[2] : 1
        guard step != 0 else { throw .runtime("range() arg 3 must not be zero") }
        guard let range = TemplateRange(start: start, stop: stop, step: step), range.count <= 100_000 else {
            throw .runtime("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")
        }
        return .range(range)
    }

    /// What `dict(…)` makes of a mapping or of pairs, and of named arguments.
    private func mapping(from arguments: TemplateArguments, _ name: String) throws(TemplateError) -> TemplateMapping {
        guard arguments.positional.count <= 1 else {
            throw .runtime("\(name) expected at most 1 argument, got \(arguments.positional.count)")
        }
        var builder = TemplateMapping.Builder()
        switch arguments.positional.first {
        case nil: break
        case .mapping(let mapping): for (key, value) in mapping.entries { try builder.set(key, value) }
        case .undefined(let undefined): throw undefined.error
        case let value?:
            for pair in try self.elements(of: value) {
                let parts = try self.elements(of: pair)
                guard parts.count == 2 else {
                    throw .runtime("dictionary update sequence element has length \(parts.count); 2 is required")
                }
                try builder.set(parts[0], parts[1])
            }
        }
        for (name, value) in arguments.named { try builder.set(.string(name), value) }
        guard case .mapping(let mapping) = try self.mapping(builder) else { return TemplateMapping.empty() }
        return mapping
    }

    // MARK: Methods

    func call(
        _ method: TemplateMethod,
        of value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch value {
        case .mapping(let mapping): return try self.call(method, of: mapping, arguments)
        case .string(let text): return try self.call(method, ofText: text, isMarkup: false, arguments)
        case .markup(let text): return try self.call(method, ofText: text, isMarkup: true, arguments)
        case .list, .tuple, .range: return try self.call(method, ofSequence: value, arguments)
        case .loop(let loop): return try self.call(method, of: loop, arguments)
        case .cycler(let cycler):
            _ = try arguments.unnamed(method.rawValue, 0...0)
            if method == .next { return cycler.next() }
            cycler.position = 0
            return .none
        case .function: return try self.fromKeys(try arguments.unnamed(method.rawValue, 1...2))
        default: return try self.call(method, ofNumber: value, arguments)
        }
    }

    private func call(
        _ method: TemplateMethod,
        of mapping: TemplateMapping,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch method {
        case .get:
            let values = try arguments.unnamed("get", 1...2)
            let fallback = values.count > 1 ? values[1] : .none
            if case .string(let text) = values[0] { return mapping.value(forText: text) ?? fallback }
            guard let key = TemplateKey(values[0]) else {
                throw .runtime("unhashable type: '\(values[0].typeName)'")
            }
            return mapping.value(for: key) ?? fallback
        case .fromkeys: return try self.fromKeys(try arguments.unnamed("fromkeys", 1...2))
        default: break
        }
        _ = try arguments.unnamed(method.rawValue, 0...0)
        switch method {
        case .items: return .view(TemplateMappingView(mapping, .items))
        case .keys: return .view(TemplateMappingView(mapping, .keys))
        case .values: return .view(TemplateMappingView(mapping, .values))
        default:
            try self.charge(bytes: mapping.entries.count * 48)
            return .mapping(TemplateMapping(copying: mapping))
        }
    }

    private func fromKeys(_ values: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        var builder = TemplateMapping.Builder()
        for key in try self.elements(of: values[0]) { try builder.set(key, values.count > 1 ? values[1] : .none) }
        return try self.mapping(builder)
    }

    private func call(
        _ method: TemplateMethod,
        ofSequence value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let elements = try self.elements(of: value)
        if method == .copy {
            _ = try arguments.unnamed("copy", 0...0)
            return try self.list(elements)
        }
        let values = try arguments.unnamed(method.rawValue, method == .count ? 1...1 : 1...3)
        let start = values.count > 1 ? try values[1].integerArgument() : 0
        let stop = values.count > 2 ? try values[2].integerArgument() : elements.count
        let (first, last, _) = SliceBounds(start: start, stop: stop, step: 1).resolved(count: elements.count)
        var count = 0
        for position in first..<max(first, last) {
            try self.charge(steps: 1)
            guard try self.isEqual(elements[position], values[0]) else { continue }
            if method == .index { return .integer(position) }
            count += 1
        }
        if method == .index { throw .runtime("value is not in \(value.typeName)") }
        return .integer(count)
    }

    private func call(
        _ method: TemplateMethod,
        of loop: TemplateLoop,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        guard arguments.named.isEmpty else { throw .runtime("\(method.rawValue)() takes no keyword arguments") }
        let values = arguments.positional
        if method == .cycle {
            guard !values.isEmpty else { throw .runtime("no items for cycling given") }
            return values[max(loop.index0, 0) % values.count]
        }
        if let last = loop.lastChanged {
            let isSame = try self.isEqual(.tuple(TemplateTuple(last)), .tuple(TemplateTuple(values)))
            if isSame { return .bool(false) }
        }
        if loop.lastChanged == nil { self.keep(loop) }
        loop.lastChanged = values
        return .bool(true)
    }

    private func call(
        _ method: TemplateMethod,
        ofNumber value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        _ = try arguments.unnamed(method.rawValue, 0...0)
        switch (method, TemplateNumber(value)) {
        case (.bitLength, .integer(let value)): return .integer(Int.bitWidth - value.magnitude.leadingZeroBitCount)
        case (.bitCount, .integer(let value)): return .integer(value.magnitude.nonzeroBitCount)
        case (.conjugate, .integer(let value)): return .integer(value)
        case (.conjugate, .double(let value)): return .double(value)
        case (.isInteger, .double(let value)): return .bool(value.isFinite && value.rounded() == value)
        default: throw .unsupported("the method `\(value.typeName).\(method.rawValue)`")
        }
    }
}
