// Python's `str` and `repr`.

extension TemplateRenderer {
    /// `str(value)`: what a value prints.
    func text(of value: TemplateValue) throws(TemplateError) -> String {
        switch value {
        case .string(let text), .markup(let text): text
        case .undefined: ""
        case .integer(let value): String(value)
        default: try self.representation(of: value)
        }
    }

    /// `repr(value)`: how a value looks inside a list.
    func representation(of value: TemplateValue) throws(TemplateError) -> String {
        var output = ""
        try self.represent(value, into: &output)
        return output
    }

    private func represent(_ value: TemplateValue, into output: inout String) throws(TemplateError) {
        // What is shared inside a value is printed every time, so it is paid for as it is printed.
        try self.charge(steps: 1)
        try self.charge(bytes: 8 + (value.text?.utf8.count ?? 0))
        switch value {
        case .undefined: output += "Undefined"
        case .none: output += "None"
        case .bool(let value): output += value ? "True" : "False"
        case .integer(let value): output += String(value)
        case .double(let value): output += NumberText.representation(value)
        case .string(let text): output += PythonText.quoted(text)
        case .markup(let text): output += "Markup(\(PythonText.quoted(text)))"
        case .list(let list): try self.represent(list.elements, "[", "]", into: &output)
        case .tuple(let tuple):
            try self.represent(tuple.elements, "(", tuple.elements.count == 1 ? ",)" : ")", into: &output)
        case .mapping(let mapping): try self.represent(mapping.entries, into: &output)
        case .view(let view):
            output += view.part.rawValue
            try self.represent((0..<view.count).map { view[$0] }, "([", "])", into: &output)
        case .range(let range):
            output += "range(\(range.start), \(range.stop)\(range.step == 1 ? "" : ", \(range.step)"))"
        case .namespace(let namespace):
            try self.enter(cost: Self.callDepth)
            defer { self.leave(cost: Self.callDepth) }
            output += "<Namespace "
            try self.represent(
                namespace.keys.map { (.string($0), namespace.value($0) ?? .none) },
                into: &output
            )
            output += ">"
        case .loop(let loop): output += "<LoopContext \(loop.index0 + 1)/\(try loop.count(self))>"
        case .macro(let macro):
            output += "<Macro \(macro.function.name.map { PythonText.quoted($0) } ?? "anonymous")>"
        case .blocks(let blocks) where blocks.index == nil: output += "<TemplateReference None>"
        // Python prints an address in memory here, which is different in every run.
        default: output += "<\(value.typeName) object>"
        }
    }

    private func represent(
        _ elements: [TemplateValue],
        _ open: String,
        _ close: String,
        into output: inout String
    ) throws(TemplateError) {
        output += open
        for (position, element) in elements.enumerated() {
            if position > 0 { output += ", " }
            try self.represent(element, into: &output)
        }
        output += close
    }

    private func represent(
        _ entries: [TemplateMapping.Entry],
        into output: inout String
    ) throws(TemplateError) {
        output += "{"
        for (position, entry) in entries.enumerated() {
            if position > 0 { output += ", " }
            try self.represent(entry.key, into: &output)
            output += ": "
            try self.represent(entry.value, into: &output)
        }
        output += "}"
    }

    // MARK: Markup

    /// The text with HTML's special characters escaped.
    func escaped(_ text: String) throws(TemplateError) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): output += "&amp;".utf8
            case UInt8(ascii: "<"): output += "&lt;".utf8
            case UInt8(ascii: ">"): output += "&gt;".utf8
            case UInt8(ascii: "'"): output += "&#39;".utf8
            case UInt8(ascii: "\""): output += "&#34;".utf8
            default: output.append(byte)
            }
        }
        try self.charge(bytes: output.count)
        return String(decoding: output, as: UTF8.self)
    }

    /// The text of a value, escaped unless it was declared safe.
    func escapedText(of value: TemplateValue) throws(TemplateError) -> String {
        if case .markup(let text) = value { return text }
        return try self.escaped(try self.text(of: value))
    }
}
