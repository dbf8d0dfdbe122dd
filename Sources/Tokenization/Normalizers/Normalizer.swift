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
