/// A class of characters that steps of a tokenizer ask for, as the reference's tables have it.
///
/// The reference uses libraries with tables of different versions of Unicode; each case names its own. That a scalar
/// changed its class since is rare enough to be listed.
enum ScalarClass: Sendable {
    /// White_Space, which has been the same since Unicode 6.3.
    case whitespace
    /// ASCII's punctuation and symbols, and the punctuation of Unicode 8.
    case punctuation
    /// Digits and other numbers, of Unicode 17.
    case numeric
    /// `\w` of regular expressions, of Unicode 16.
    case word
    /// Marks that take no space, of Unicode 8.
    case accent
    /// Marks of every kind, of Unicode 9.
    case mark
    /// What is no text: control, format and private characters of Unicode 8, and U+FFFD.
    case control

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        if Self.isOrdinaryLetter(scalar) { return self == .word }
        switch self {
        case .whitespace: return Self.isWhitespace(scalar)
        case .punctuation: return Self.isPunctuation(scalar)
        case .numeric:
            if scalar.isASCII { return "0"..."9" ~= scalar }
            return Self.numbers.contains(scalar.properties.generalCategory) && scalar.isAssigned(asOf: (17, 0))
        case .word: return Self.isWord(scalar)
        case .accent: return Self.isAccent(scalar)
        case .mark: return Self.isMark(scalar)
        case .control: return Self.isControl(scalar)
        }
    }

    /// Letters of which texts are full, in ranges without exceptions: for these nothing is looked up.
    private static func isOrdinaryLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x61...0x7A, 0x41...0x5A, 0x1100...0x11FF, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FA5,
            0xAC00...0xD7A3:
            true
        default: false
        }
    }

    private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    private static let numbers: Set<Unicode.GeneralCategory> = [.decimalNumber, .letterNumber, .otherNumber]

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        case 0..<0x80: return false
        // CANADIAN SYLLABICS CHI SIGN and SHARADA SANDHI MARK were punctuation then.
        case 0x166D, 0x111C9: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return scalar.isAssigned(asOf: (8, 0))
        default: return false
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return "0"..."9" ~= scalar || scalar == "_" }
        let properties = scalar.properties
        let isWord =
            switch properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: true
            default: properties.isAlphabetic || properties.isJoinControl
            }
        return isWord && scalar.isAssigned(asOf: (16, 0))
    }

    private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300: return false
        // These four became nonspacing marks later, and the two after them ceased to be.
        case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
        case 0x1734, 0x1171E: return true
        default: return scalar.properties.generalCategory == .nonspacingMark && scalar.isAssigned(asOf: (8, 0))
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300, 0x111C9: return false
        // VEDIC SIGN ARDHAVISARGA and its rotated form are letters by now.
        case 0x1CF2, 0x1CF3: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return scalar.isAssigned(asOf: (9, 0))
        default: return false
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: return false
        case 0x20..<0x7F: return false
        case 0xFFFD: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .privateUse: return true
        case .format: return scalar.isAssigned(asOf: (8, 0))
        default: return false
        }
    }
}

extension Unicode.Scalar {
    /// Whether it was a character in this version of Unicode already.
    func isAssigned(asOf version: (major: Int, minor: Int)) -> Bool {
        guard let age = self.properties.age else { return self.properties.generalCategory == .privateUse }
        return (age.major, age.minor) <= (version.major, version.minor)
    }
}
