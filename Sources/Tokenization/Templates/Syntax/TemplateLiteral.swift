/// The escapes of string literals.
enum TemplateLiteral {
    /// The value of a literal whose quotes are already gone.
    ///
    /// As in the reference, what is not ASCII is first spelt as an escape: behind a backslash it comes out as that
    /// spelling.
    static func text(_ literal: ArraySlice<UInt8>, line: Int) throws(TemplateError) -> String {
        guard literal.contains(UInt8(ascii: "\\")) || literal.contains(UInt8(ascii: "\r")) else {
            return String(decoding: literal, as: UTF8.self)
        }
        let source = String(decoding: TemplateLexer.newlinesNormalized(Array(literal)), as: UTF8.self)
        var decoder = EscapeDecoder(source: Array(source.unicodeScalars), line: line)
        return try decoder.run()
    }
}

private struct EscapeDecoder {
    let source: [Unicode.Scalar]
    let line: Int
    var cursor = 0
    var output = String.UnicodeScalarView()

    init(source: [Unicode.Scalar], line: Int) {
        self.source = source
        self.line = line
    }

    mutating func run() throws(TemplateError) -> String {
        while self.cursor < self.source.count {
            let scalar = self.source[self.cursor]
            self.cursor += 1
            if scalar == "\\" { try self.readEscape() } else { self.output.append(scalar) }
        }
        return String(self.output)
    }

    private mutating func readEscape() throws(TemplateError) {
        guard self.cursor < self.source.count else { throw .syntax("\\ at end of string", line: self.line) }
        let scalar = self.source[self.cursor]
        self.cursor += 1
        switch scalar {
        case "\n": break
        case "\\", "'", "\"": self.output.append(scalar)
        case "a": self.output.append("\u{07}")
        case "b": self.output.append("\u{08}")
        case "f": self.output.append("\u{0C}")
        case "n": self.output.append("\n")
        case "r": self.output.append("\r")
        case "t": self.output.append("\t")
        case "v": self.output.append("\u{0B}")
        case "0"..."7": try self.readOctal(first: scalar)
        case "x": try self.readHex(digits: 2)
        case "u": try self.readHex(digits: 4)
        case "U": try self.readHex(digits: 8)
        case "N":
            throw TemplateError(.unsupported(construct: "\\N{…}"), "line \(self.line): `\\N{…}` is not supported")
        case _ where !scalar.isASCII: self.output.append(contentsOf: Self.escape(for: scalar).unicodeScalars)
        default:
            self.output.append("\\")
            self.output.append(scalar)
        }
    }

    /// How a scalar outside ASCII is spelt, the backslash included.
    private static func escape(for scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }

    private mutating func readOctal(first: Unicode.Scalar) throws(TemplateError) {
        var value = first.value - 0x30
        for _ in 0..<2 {
            guard self.cursor < self.source.count, "0"..."7" ~= self.source[self.cursor] else { break }
            value = value * 8 + self.source[self.cursor].value - 0x30
            self.cursor += 1
        }
        try self.append(value)
    }

    private mutating func readHex(digits: Int) throws(TemplateError) {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard self.cursor < self.source.count, self.source[self.cursor].isASCII,
                let digit = Character(self.source[self.cursor]).hexDigitValue, value < 0x1000_0000
            else { throw .syntax("truncated escape in a string", line: self.line) }
            value = value << 4 | UInt32(digit)
            self.cursor += 1
        }
        try self.append(value)
    }

    private mutating func append(_ value: UInt32) throws(TemplateError) {
        if 0xD800..<0xE000 ~= value {
            throw TemplateError(
                .unsupported(construct: "half a surrogate pair"),
                "line \(self.line): half a surrogate pair in a string is not supported"
            )
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw .syntax("illegal Unicode character in a string", line: self.line)
        }
        self.output.append(scalar)
    }
}
