/// Python's `json.dumps`.
struct TemplateJSONWriter {
    struct Style {
        var escapesNonASCII = false
        /// Put in front of a member once per level; nil keeps everything on one line.
        var indent: String?
        var itemSeparator = ", "
        var keySeparator = ": "
        var sortsKeys = false
    }

    private let style: Style
    private let renderer: TemplateRenderer
    private var output: [UInt8] = []

    static func text(
        of value: TemplateValue,
        _ style: Style,
        _ renderer: TemplateRenderer
    ) throws(TemplateError) -> String {
        var writer = TemplateJSONWriter(style: style, renderer: renderer)
        try writer.write(value, level: 0)
        return String(decoding: writer.output, as: UTF8.self)
    }

    private init(style: Style, renderer: TemplateRenderer) {
        self.style = style
        self.renderer = renderer
    }

    private mutating func put(_ text: String) { self.output += text.utf8 }

    private mutating func write(_ value: TemplateValue, level: Int) throws(TemplateError) {
        try self.renderer.charge(steps: 1)
        switch value {
        case .none: self.put("null")
        case .bool(let value): self.put(value ? "true" : "false")
        case .integer(let value): self.put(String(value))
        case .double(let value): self.put(Self.literal(value))
        case .string(let text), .markup(let text): try self.write(text)
        case .list(let list): try self.write(list.elements, level: level)
        case .tuple(let tuple): try self.write(tuple.elements, level: level)
        case .mapping(let mapping): try self.write(mapping, level: level)
        default: throw .runtime("Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private static func literal(_ value: Double) -> String {
        if value.isFinite { return NumberText.representation(value) }
        return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    private mutating func write(_ elements: [TemplateValue], level: Int) throws(TemplateError) {
        guard !elements.isEmpty else { return self.put("[]") }
        self.put("[")
        for (position, element) in elements.enumerated() {
            if position > 0 { self.put(self.style.itemSeparator) }
            try self.breakLine(level + 1)
            try self.write(element, level: level + 1)
        }
        try self.breakLine(level)
        self.put("]")
    }

    private mutating func write(_ mapping: TemplateMapping, level: Int) throws(TemplateError) {
        guard !mapping.entries.isEmpty else { return self.put("{}") }
        var entries = mapping.entries
        if self.style.sortsKeys {
            let keys = entries.map(\.key)
            entries = try self.renderer.sortedPositions(keys, isReversed: false).map { entries[$0] }
        }
        self.put("{")
        for (position, entry) in entries.enumerated() {
            if position > 0 { self.put(self.style.itemSeparator) }
            try self.breakLine(level + 1)
            try self.write(try Self.key(entry.key))
            self.put(self.style.keySeparator)
            try self.write(entry.value, level: level + 1)
        }
        try self.breakLine(level)
        self.put("}")
    }

    private static func key(_ key: TemplateValue) throws(TemplateError) -> String {
        switch key {
        case .string(let text), .markup(let text): return text
        case .none: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .double(let value): return self.literal(value)
        default: throw .runtime("keys must be str, int, float, bool or None, not \(key.typeName)")
        }
    }

    private mutating func breakLine(_ level: Int) throws(TemplateError) {
        guard let indent = self.style.indent else { return }
        try self.renderer.charge(bytes: 1 + indent.utf8.count.multipliedSaturating(by: level))
        self.put("\n")
        for _ in 0..<level { self.put(indent) }
    }

    private mutating func write(_ text: String) throws(TemplateError) {
        try self.renderer.charge(bytes: text.utf8.count + 2)
        self.output.append(UInt8(ascii: "\""))
        if self.style.escapesNonASCII {
            for scalar in text.unicodeScalars {
                if scalar.isASCII { self.put(UInt8(scalar.value)) } else { self.escape(scalar) }
            }
        } else {
            for byte in text.utf8 { self.put(byte) }
        }
        self.output.append(UInt8(ascii: "\""))
    }

    private mutating func put(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.put("\\\"")
        case UInt8(ascii: "\\"): self.put("\\\\")
        case 0x08: self.put("\\b")
        case 0x0C: self.put("\\f")
        case 0x0A: self.put("\\n")
        case 0x0D: self.put("\\r")
        case 0x09: self.put("\\t")
        case 0..<0x20: self.putUnit(UInt16(byte))
        default: self.output.append(byte)
        }
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        for unit in String(scalar).utf16 { self.putUnit(unit) }
    }

    private mutating func putUnit(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        self.put("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
}
