// Attributes, elements and slices.

extension TemplateRenderer {
    /// `value.name`: an attribute of the value's type first, then a member.
    func attribute(_ name: AttributeName, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if case .undefined(let undefined) = value { throw undefined.error }
        if let attribute = try self.ownAttribute(name, of: value) { return attribute }
        if case .mapping(let mapping) = value, let member = mapping.value(forText: name.text) { return member }
        if case .blocks(let blocks) = value, blocks.index == nil { return self.block(named: name.text, of: value) }
        return .undefined(.attribute(name.text, of: value.typeName))
    }

    /// `value.name` without members, as the filter `attr` has it.
    func typeAttribute(_ name: AttributeName, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if case .undefined(let undefined) = value { throw undefined.error }
        return try self.ownAttribute(name, of: value) ?? .undefined(.attribute(name.text, of: value.typeName))
    }

    /// `value['name']`: a member first, then an attribute.
    func element(_ name: AttributeName, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .mapping(let mapping): if let member = mapping.value(forText: name.text) { return member }
        case .blocks(let blocks) where blocks.index == nil: return self.block(named: name.text, of: value)
        default: break
        }
        return try self.ownAttribute(name, of: value) ?? .undefined(.attribute(name.text, of: value.typeName))
    }

    /// `value[key]`; undefined where there is no such element.
    func element(_ key: TemplateValue, of value: TemplateValue) throws(TemplateError) -> TemplateValue {
        if let text = key.text { return try self.element(AttributeName(text), of: value) }
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .mapping(let mapping):
            if let key = TemplateKey(key), let member = mapping.value(for: key) { return member }
        case .list(let list): if let element = Self.element(key, of: list.elements) { return element }
        case .tuple(let tuple): if let element = Self.element(key, of: tuple.elements) { return element }
        case .range(let range):
            if let index = key.index.flatMap({ Self.position($0, count: range.count) }) {
                return .integer(range[index])
            }
        case .string(let text): if let character = try self.character(key, of: text) { return .string(character) }
        case .markup(let text): if let character = try self.character(key, of: text) { return .markup(character) }
        default: break
        }
        return .undefined(.element(try self.representation(of: key), of: value.typeName))
    }

    private static func position(_ index: Int, count: Int) -> Int? {
        let position = index < 0 ? index + count : index
        return 0..<count ~= position ? position : nil
    }

    private static func element(_ key: TemplateValue, of elements: [TemplateValue]) -> TemplateValue? {
        key.index.flatMap { self.position($0, count: elements.count) }.map { elements[$0] }
    }

    private func character(_ key: TemplateValue, of text: String) throws(TemplateError) -> String? {
        guard let index = key.index else { return nil }
        let scalars = text.unicodeScalars
        try self.charge(steps: min(index.magnitude >> 6, UInt(text.utf8.count)).asInt)
        if index >= 0 {
            return scalars.index(scalars.startIndex, offsetBy: index, limitedBy: scalars.endIndex).flatMap {
                $0 == scalars.endIndex ? nil : String(scalars[$0])
            }
        }
        return scalars.index(scalars.endIndex, offsetBy: index, limitedBy: scalars.startIndex).map {
            String(scalars[$0])
        }
    }

    // MARK: Attributes of types

    /// What Python's `getattr` finds, as far as a template may see it; nil when there is nothing.
    private func ownAttribute(_ name: AttributeName, of value: TemplateValue) throws(TemplateError) -> TemplateValue? {
        if let method = name.method {
            if method.isAllowed(on: value) { return .method(TemplateBoundMethod(value, method)) }
            if method.isForbidden(on: value) {
                return .undefined(
                    .hint("access to attribute '\(name.text)' of '\(value.typeName)' object is unsafe.")
                )
            }
        }
        switch value {
        case .namespace(let namespace): return namespace.value(name.text)
        case .loop(let loop): return try self.attribute(name.text, of: loop)
        case .macro(let macro): return try self.attribute(name.text, of: macro)
        case .tuple(let tuple): return tuple.names.firstIndex(of: name.text).map { tuple.elements[$0] }
        case .range(let range):
            return switch name.text {
            case "start": .integer(range.start)
            case "stop": .integer(range.stop)
            case "step": .integer(range.step)
            default: nil
            }
        case .integer, .bool, .double: return Self.numberAttribute(name.text, of: value)
        case .cycler(let cycler):
            return switch name.text {
            case "current": cycler.current
            case "items": .tuple(cycler.items)
            case "pos": .integer(cycler.position)
            default: nil
            }
        case .joiner(let joiner):
            return switch name.text {
            case "sep": joiner.separator
            case "used": .bool(joiner.isUsed)
            default: nil
            }
        default: return nil
        }
    }

    private static func numberAttribute(_ name: String, of value: TemplateValue) -> TemplateValue? {
        guard let number = TemplateNumber(value) else { return nil }
        switch (name, number) {
        case ("real", .integer(let value)), ("numerator", .integer(let value)): return .integer(value)
        case ("real", .double(let value)): return .double(value)
        case ("imag", .integer): return .integer(0)
        case ("imag", .double): return .double(0)
        case ("denominator", .integer): return .integer(1)
        default: return nil
        }
    }

    private func attribute(_ name: String, of loop: TemplateLoop) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "index": return .integer(loop.index0 + 1)
        case "index0": return .integer(loop.index0)
        case "first": return .bool(loop.index0 == 0)
        case "last": return .bool(try loop.peek(self) == nil)
        case "length": return .integer(try loop.count(self))
        case "revindex": return .integer(try loop.count(self) - loop.index0)
        case "revindex0": return .integer(try loop.count(self) - loop.index0 - 1)
        case "depth": return .integer(loop.depth0 + 1)
        case "depth0": return .integer(loop.depth0)
        case "previtem":
            if loop.index0 > 0, let previous = loop.previous { return previous }
            return .undefined(.hint("there is no previous item"))
        case "nextitem": return try loop.peek(self) ?? .undefined(.hint("there is no next item"))
        default: return nil
        }
    }

    private func attribute(_ name: String, of macro: TemplateMacro) throws(TemplateError) -> TemplateValue? {
        switch name {
        case "name": return macro.function.name.map(TemplateValue.string) ?? TemplateValue.none
        case "arguments": return try self.tuple(macro.function.parameters.map { .string($0.name) })
        case "catch_kwargs": return .bool(macro.function.namedSlot != nil)
        case "catch_varargs": return .bool(macro.function.positionalSlot != nil)
        case "caller": return .bool(macro.function.usesCaller)
        case "explicit_caller": return .bool(macro.function.hasCallerParameter)
        default: return nil
        }
    }

    private func block(named name: String, of value: TemplateValue) -> TemplateValue {
        guard let index = self.program.blockNames.firstIndex(of: name) else {
            return .undefined(.attribute(name, of: value.typeName))
        }
        return .blocks(TemplateBlocks(index: index))
    }

    // MARK: Slices

    func slice(
        _ value: TemplateValue,
        start: TemplateValue,
        stop: TemplateValue,
        step: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        if case .undefined(let undefined) = value { throw undefined.error }
        let bounds = SliceBounds(
            start: try Self.bound(start),
            stop: try Self.bound(stop),
            step: try Self.bound(step) ?? 1
        )
        guard bounds.step != 0 else { throw .runtime("slice step cannot be zero") }
        switch value {
        case .string(let text): return try self.string(try self.slice(text, bounds))
        case .markup(let text): return .markup(try self.slice(text, bounds))
        case .list(let list): return try self.list(try self.slice(list.elements, bounds))
        case .tuple(let tuple): return try self.tuple(try self.slice(tuple.elements, bounds))
        case .range(let range):
            let (first, last, step) = bounds.resolved(count: range.count)
            let (product, overflow) = step.multipliedReportingOverflow(by: range.step)
            if !overflow, let part = TemplateRange(start: range[first], stop: range[last], step: product) {
                return .range(part)
            }
            throw TemplateError.tooLargeInteger
        case .mapping: throw .runtime("unhashable type: 'slice'")
        default: throw .runtime("'\(value.typeName)' object is not subscriptable")
        }
    }

    private static func bound(_ value: TemplateValue) throws(TemplateError) -> Int? {
        if value.isNone { return nil }
        guard let index = value.index else {
            throw .runtime("slice indices must be integers or None or have an __index__ method")
        }
        return index
    }

    private func slice(_ elements: [TemplateValue], _ bounds: SliceBounds) throws(TemplateError) -> [TemplateValue] {
        let (start, stop, step) = bounds.resolved(count: elements.count)
        if step == 1 { return start < stop ? Array(elements[start..<stop]) : [] }
        return stride(from: start, to: stop, by: step).map { elements[$0] }
    }

    private func slice(_ text: String, _ bounds: SliceBounds) throws(TemplateError) -> String {
        try self.charge(steps: text.utf8.count >> 6)
        let scalars = text.unicodeScalars
        guard bounds.step == 1 else {
            let all = Array(scalars)
            let (start, stop, step) = bounds.resolved(count: all.count)
            var result = String.UnicodeScalarView()
            for position in stride(from: start, to: stop, by: step) { result.append(all[position]) }
            return String(result)
        }
        /// Counts from the end that is meant; what is outside stays at the border.
        func index(_ bound: Int?, _ missing: String.Index) -> String.Index {
            guard let bound else { return missing }
            return bound >= 0
                ? scalars.index(scalars.startIndex, offsetBy: bound, limitedBy: scalars.endIndex) ?? scalars.endIndex
                : scalars.index(scalars.endIndex, offsetBy: bound, limitedBy: scalars.startIndex) ?? scalars.startIndex
        }
        let (start, stop) = (index(bounds.start, scalars.startIndex), index(bounds.stop, scalars.endIndex))
        return start < stop ? String(scalars[start..<stop]) : ""
    }
}

extension UInt {
    fileprivate var asInt: Int { Int(clamping: self) }
}

extension FunctionProgram {
    var usesCaller: Bool { self.callerSlot != nil }
}

/// `start:stop:step` as it was written; nil where nothing was.
struct SliceBounds {
    var start: Int?
    var stop: Int?
    var step: Int

    /// Positions within `count` elements, as Python's `slice.indices` gives them.
    func resolved(count: Int) -> (start: Int, stop: Int, step: Int) {
        let lowest = self.step > 0 ? 0 : -1
        let highest = self.step > 0 ? count : count - 1
        func position(_ bound: Int?, _ missing: Int) -> Int {
            guard let bound else { return missing }
            if bound < 0 { return max(bound.addingReportingOverflow(count).partialValue, lowest) }
            return min(bound, highest)
        }
        // A step beyond the elements takes only the first, whatever its size.
        let step = max(min(self.step, count + 1), -(count + 1))
        return self.step > 0
            ? (position(self.start, 0), position(self.stop, count), step)
            : (position(self.start, count - 1), position(self.stop, -1), step)
    }
}
