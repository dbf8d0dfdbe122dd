/// Questions about text that is kept as valid UTF-8 bytes.
enum UTF8Text {
    /// The scalar whose first byte stands at `index`.
    static func scalar(in text: [UInt8], at index: Int) -> Unicode.Scalar? {
        let lead = text[index]
        let width = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard index + width <= text.count else { return nil }
        var value = width == 1 ? UInt32(lead) : UInt32(lead) & (0xFF >> UInt32(width + 1))
        for byte in text[index + 1..<index + width] { value = value << 6 | UInt32(byte & 0x3F) }
        return Unicode.Scalar(value)
    }

    /// The scalar whose last byte stands before `end`.
    static func scalar(in text: [UInt8], endingAt end: Int) -> Unicode.Scalar? {
        var start = end - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return start >= 0 ? self.scalar(in: text, at: start) : nil
    }

    /// Whether it is a word character, as Unicode's rules for regular expressions define `\w`.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }
}
