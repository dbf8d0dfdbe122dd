/// How a value is laid out as text.
public struct JSONStyle: Sendable {
    /// Between a key and its value, after the colon, and between members, after the comma.
    public var space: String
    /// Spaces per level; nil keeps everything on one line.
    public var indent: Int?

    public init(space: String = "", indent: Int? = nil) {
        self.space = space
        self.indent = indent
    }

    /// One line without spaces: what goes into records.
    public static let compact = JSONStyle()
    /// Indented by two: what people read.
    public static let pretty = JSONStyle(space: " ", indent: 2)
}

extension JSONValue {
    /// The value as one JSON text in UTF-8.
    ///
    /// Non-ASCII characters are written as they are.
    public func serialized(_ style: JSONStyle = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(self, level: 0)
        return writer.output
    }

    public func text(_ style: JSONStyle = .compact) -> String {
        String(decoding: self.serialized(style), as: UTF8.self)
    }
}

private struct JSONWriter {
    let style: JSONStyle
    var output: [UInt8] = []

    mutating func write(_ value: JSONValue, level: Int) {
        switch value {
        case .null: self.put("null")
        case .bool(let value): self.put(value ? "true" : "false")
        case .integer(let value): self.put(String(value))
        case .double(let value): self.put(Self.literal(value))
        case .string(let value): self.write(value)
        case .array(let elements):
            self.list("[", "]", count: elements.count, level: level) { writer, index in
                writer.write(elements[index], level: level + 1)
            }
        case .object(let object):
            self.list("{", "}", count: object.count, level: level) { writer, index in
                writer.write(object[index].key)
                writer.put(":" + writer.style.space)
                writer.write(object[index].value, level: level + 1)
            }
        }
    }

    /// The shortest text that reads back as the same number.
    ///
    /// JSON has no text for NaN and the infinities: they become null.
    private static func literal(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return "\(value)"
    }

    private mutating func list(
        _ open: String,
        _ close: String,
        count: Int,
        level: Int,
        _ element: (inout JSONWriter, Int) -> Void
    ) {
        self.put(open)
        for index in 0..<count {
            if index > 0 { self.put(self.style.indent == nil ? "," + self.style.space : ",") }
            self.breakLine(level + 1)
            element(&self, index)
        }
        if count > 0 { self.breakLine(level) }
        self.put(close)
    }

    private mutating func breakLine(_ level: Int) {
        guard let indent = self.style.indent else { return }
        self.output.append(UInt8(ascii: "\n"))
        self.output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * level))
    }

    private mutating func put(_ text: String) { self.output.append(contentsOf: text.utf8) }

    private mutating func write(_ text: String) {
        self.output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.put("\\\"")
            case UInt8(ascii: "\\"): self.put("\\\\")
            case 0x08: self.put("\\b")
            case 0x0C: self.put("\\f")
            case 0x0A: self.put("\\n")
            case 0x0D: self.put("\\r")
            case 0x09: self.put("\\t")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                self.put("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: self.output.append(byte)
            }
        }
        self.output.append(UInt8(ascii: "\""))
    }
}
