import Foundation

/// Rewrites a text before it is cut into words.
enum Normalizer: Sendable {
    /// Canonical composition, as of the reference's tables.
    case nfc

    /// Nil for an empty sequence.
    init?(_ part: FilePart) throws(TokenizationError) {
        let type = try part.string("type")
        switch type {
        case "NFC": self = .nfc
        case "Sequence":
            let parts = try part.required("normalizers").elements()
            guard let first = parts.first else { return nil }
            for part in parts where try part.string("type") != "NFC" {
                throw part.unsupported("the normalizer `\(try part.string("type"))`")
            }
            // Composing twice is composing once.
            try self.init(first)
        default: throw part.unsupported("the normalizer `\(type)`")
        }
    }

    func normalize(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .nfc: CanonicalComposition.compose(text)
        }
    }
}

/// Unicode's NFC with the reference's tables, which are those of Unicode 9.0.
///
/// Foundation's tables are newer. To the reference, a scalar that is younger than its tables neither composes nor
/// reorders: it is a wall between two texts, and that is how it is treated here.
enum CanonicalComposition {
    private static let referenceVersion = (major: 9, minor: 0)

    static func compose(_ text: [UInt8]) -> [UInt8] {
        guard !self.isPlain(text) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var known = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if self.isKnown(scalar) {
                known.append(scalar)
            } else {
                output.append(contentsOf: String(known).precomposedStringWithCanonicalMapping.utf8)
                output.append(contentsOf: String(scalar).utf8)
                known.removeAll(keepingCapacity: true)
            }
        }
        output.append(contentsOf: String(known).precomposedStringWithCanonicalMapping.utf8)
        return output
    }

    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        if self.isPlain(scalar) { return true }
        guard let age = scalar.properties.age else { return true }
        return (age.major, age.minor) <= (self.referenceVersion.major, self.referenceVersion.minor)
    }

    private static func isPlain(_ text: [UInt8]) -> Bool {
        var index = 0
        while index < text.count {
            guard let scalar = UTF8Text.scalar(in: text, at: index), self.isPlain(scalar) else { return false }
            index += UTF8.width(scalar)
        }
        return true
    }

    /// Scalars that stay as they are among their own kind: none combines, decomposes or composes with another.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300, 0x2010...0x2027, 0x3001...0x3029, 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FD5,
            0xAC00...0xD7A3, 0xFF01...0xFF5E:
            true
        default: false
        }
    }
}
