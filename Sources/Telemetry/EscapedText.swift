/// Text made safe for one log line.
///
/// What a log line contains may come from a stranger's record. Control characters, line and paragraph separators and the
/// marks that turn the direction of text are written as escapes, so that a value can neither forge a line nor steer a terminal.
enum EscapedText {
    /// The text with every unsafe character escaped, without quotes.
    static func plain(_ text: String) -> String { self.escape(text, quotes: false) }

    /// The text as one word: in quotes where it is empty or has a space, a quote, a backslash or an equals sign.
    static func word(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0 == "\\" }
        return needsQuotes ? "\"\(self.escape(text, quotes: true))\"" : self.escape(text, quotes: false)
    }

    /// The text as a JSON string in quotes.
    static func json(_ text: String) -> String { self.json(text, maxBytes: .max).quoted }

    /// The text as a JSON string of at most `maxBytes` bytes with its quotes, and whether something was left out.
    static func json(_ text: String, maxBytes: Int) -> (quoted: String, isCut: Bool) {
        var quoted = "\""
        var remaining = maxBytes - 2
        for scalar in text.unicodeScalars {
            let piece =
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\r": "\\r"
                case "\t": "\\t"
                default: self.isUnsafe(scalar) ? "\\u" + self.hexadecimal(scalar, digits: 4) : String(scalar)
                }
            guard piece.utf8.count <= remaining else { return (quoted + "\"", true) }
            remaining -= piece.utf8.count
            quoted += piece
        }
        return (quoted + "\"", false)
    }

    private static func escape(_ text: String, quotes: Bool) -> String {
        guard text.unicodeScalars.contains(where: { self.isUnsafe($0) || (quotes && ($0 == "\"" || $0 == "\\")) })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\"" where quotes, "\\" where quotes: result += "\\" + String(scalar)
            default:
                if self.isUnsafe(scalar) {
                    result += "\\u{" + self.hexadecimal(scalar, digits: 1) + "}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    /// Whether a character could end a line, steer a terminal or reorder what a reader sees.
    ///
    /// All of them lie in the basic plane, so four hexadecimal digits name each.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
