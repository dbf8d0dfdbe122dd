/// How many columns of a terminal a text takes.
enum DisplayWidth {
    static func of(_ text: String) -> Int { text.reduce(0) { $0 + Self.of($1) } }

    /// A character takes as many columns as its widest part: Hangul, Han, kana and emoji take two.
    static func of(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { max($0, Self.of($1)) }
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        return switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
            0x20000...0x3FFFD:
            2
        default: 1
        }
    }

    /// The text in at most `width` columns, with `…` at its end where something was left out.
    ///
    /// What could steer a terminal or break a line becomes a space.
    static func fitted(_ text: String, width: Int) -> String {
        let plain = String(text.map { $0.isNewline || $0 == "\t" || Self.isControl($0) ? " " : $0 })
        guard Self.of(plain) > width else { return plain }
        var fitted = ""
        var left = width - 1
        for character in plain {
            left -= Self.of(character)
            guard left >= 0 else { break }
            fitted.append(character)
        }
        while fitted.last == " " { fitted.removeLast() }
        return fitted + "…"
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
    }
}
