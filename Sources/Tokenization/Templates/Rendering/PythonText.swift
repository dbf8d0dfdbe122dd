/// Python's ways with texts that need no state.
enum PythonText {
    /// `repr(text)`: in single quotes unless there are only single quotes inside.
    static func quoted(_ text: String) -> String {
        let hasSingle = text.utf8.contains(UInt8(ascii: "'"))
        let quote: Unicode.Scalar = hasSingle && !text.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
        var output = String.UnicodeScalarView()
        output.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\":
                output.append("\\")
                output.append(scalar)
            case "\n": output.append(contentsOf: "\\n".unicodeScalars)
            case "\r": output.append(contentsOf: "\\r".unicodeScalars)
            case "\t": output.append(contentsOf: "\\t".unicodeScalars)
            default:
                if PythonCharacter.isPrintable(scalar) {
                    output.append(scalar)
                } else {
                    output.append(contentsOf: self.escape(scalar).unicodeScalars)
                }
            }
        }
        output.append(quote)
        return String(output)
    }

    /// `ascii(text)`: the same with everything outside ASCII escaped.
    static func asciiOnly(_ representation: String) -> String {
        var output = ""
        for scalar in representation.unicodeScalars { output += scalar.isASCII ? String(scalar) : self.escape(scalar) }
        return output
    }

    /// How a scalar is spelt in a literal.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
    }
}

/// Searches by bytes, which for valid UTF-8 is a search by code points.
///
/// Time is linear in the length of the text, whatever is searched.
enum TextSearch {
    static func contains(_ part: String, in text: String) -> Bool { self.first(part, in: text, from: 0) != nil }

    /// The byte at which `part` first stands, from `start` on.
    static func first(_ part: String, in text: String, from start: Int) -> Int? {
        let (needle, hay) = (part.utf8Span.span, text.utf8Span.span)
        guard needle.count <= hay.count - start else { return nil }
        guard !needle.isEmpty else { return start }
        let borders = self.borders(needle, isReversed: false)
        var length = 0
        for position in start..<hay.count {
            let byte = hay[position]
            while length > 0, byte != needle[length] { length = borders[length - 1] }
            if byte == needle[length] { length += 1 }
            if length == needle.count { return position + 1 - length }
        }
        return nil
    }

    /// The byte at which `part` last stands in the first `end` bytes.
    static func last(_ part: String, in text: String, before end: Int) -> Int? {
        let (needle, hay) = (part.utf8Span.span, text.utf8Span.span)
        guard needle.count <= end else { return nil }
        guard !needle.isEmpty else { return end }
        let borders = self.borders(needle, isReversed: true)
        var length = 0
        var position = end - 1
        while position >= 0 {
            let byte = hay[position]
            while length > 0, byte != needle[needle.count - 1 - length] { length = borders[length - 1] }
            if byte == needle[needle.count - 1 - length] { length += 1 }
            if length == needle.count { return position }
            position -= 1
        }
        return nil
    }

    /// For each start of the needle, the length of its longest shorter start that is also its end.
    private static func borders(_ needle: Span<UInt8>, isReversed: Bool) -> [Int] {
        guard needle.count > 1 else { return [0] }
        let last = needle.count - 1
        var borders = Array(repeating: 0, count: needle.count)
        var length = 0
        for position in 1..<needle.count {
            let byte = needle[isReversed ? last - position : position]
            while length > 0, byte != needle[isReversed ? last - length : length] { length = borders[length - 1] }
            if byte == needle[isReversed ? last - length : length] { length += 1 }
            borders[position] = length
        }
        return borders
    }
}

extension String {
    /// The text between two bytes at which characters start.
    func slice(_ bytes: Range<Int>) -> String {
        let view = self.utf8
        let start = view.index(view.startIndex, offsetBy: bytes.lowerBound)
        return String(Substring(view[start..<view.index(start, offsetBy: bytes.count)]))
    }

    /// How many code points the first bytes are.
    func scalarCount(ofBytes count: Int) -> Int {
        self.utf8.prefix(count).reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    }
}
