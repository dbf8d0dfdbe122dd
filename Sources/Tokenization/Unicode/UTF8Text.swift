/// Questions about text that is kept as valid UTF-8 bytes.
enum UTF8Text {
    /// The scalar whose first byte stands at `index`.
    static func scalar(in text: [UInt8], at index: Int) -> Unicode.Scalar? {
        let lead = text[index]
        if lead < 0x80 { return Unicode.Scalar(lead) }
        let width = self.width(ofLead: lead)
        guard index + width <= text.count else { return nil }
        var value = UInt32(lead) & (0xFF >> UInt32(width + 1))
        for byte in text[index + 1..<index + width] { value = value << 6 | UInt32(byte & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// The first scalar of a text; nil when it is empty.
    static func first(of text: [UInt8]) -> Unicode.Scalar? { text.isEmpty ? nil : self.scalar(in: text, at: 0) }

    /// The scalar whose last byte stands before `end`.
    static func scalar(in text: [UInt8], endingAt end: Int) -> Unicode.Scalar? {
        var start = end - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start >= 0 ? self.scalar(in: text, at: start) : nil
    }

    /// How many bytes the character has that starts with `lead`.
    static func width(ofLead lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }

    /// Appends `scalar`.
    static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        let value = scalar.value
        switch value {
        case 0..<0x80: output.append(UInt8(value))
        case 0x80..<0x800:
            output.append(UInt8(0xC0 | value >> 6))
            output.append(UInt8(0x80 | value & 0x3F))
        case 0x800..<0x10000:
            output.append(UInt8(0xE0 | value >> 12))
            output.append(UInt8(0x80 | value >> 6 & 0x3F))
            output.append(UInt8(0x80 | value & 0x3F))
        default:
            output.append(UInt8(0xF0 | value >> 18))
            output.append(UInt8(0x80 | value >> 12 & 0x3F))
            output.append(UInt8(0x80 | value >> 6 & 0x3F))
            output.append(UInt8(0x80 | value & 0x3F))
        }
    }

    /// Calls `body` with each scalar of `range` and the index of its first byte.
    @inline(__always) static func forEachScalar(
        in text: [UInt8],
        _ range: Range<Int>,
        _ body: (Unicode.Scalar, Int) -> Void
    ) {
        var index = range.lowerBound
        while index < range.upperBound, let scalar = self.scalar(in: text, at: index) {
            body(scalar, index)
            index += self.width(ofLead: text[index])
        }
    }
}
