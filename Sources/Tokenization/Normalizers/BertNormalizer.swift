/// What BERT's tokenizers do to a text before they cut it.
struct BertNormalizer: Sendable {
    private let cleansText: Bool
    private let separatesChinese: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool

    init(_ part: FilePart) throws(TokenizationError) {
        self.cleansText = try part.required("clean_text").bool()
        self.separatesChinese = try part.required("handle_chinese_chars").bool()
        self.lowercases = try part.required("lowercase").bool()
        self.stripsAccents = try part.bool("strip_accents", or: self.lowercases)
    }

    func normalize(_ text: inout NormalizedText) {
        if self.cleansText { Self.clean(&text) }
        if self.separatesChinese { Self.separateChinese(&text) }
        if self.stripsAccents {
            text.rewrite(UnicodeForm.nfd.normalize)
            text.remove(.accent)
        }
        if self.lowercases { text.lowercase() }
    }

    /// Leaves out what is no text, and makes every kind of whitespace a space.
    private static func clean(_ text: inout NormalizedText) {
        text.remove(.control)
        text.rewrite { text in
            var output: [UInt8] = []
            output.reserveCapacity(text.count)
            UTF8Text.forEachScalar(in: text, 0..<text.count) { scalar, _ in
                UTF8Text.append(ScalarClass.whitespace.contains(scalar) ? " " : scalar, to: &output)
            }
            return output
        }
    }

    /// Puts spaces around every Chinese character.
    private static func separateChinese(_ text: inout NormalizedText) {
        let startsWithChinese = UTF8Text.first(of: text.bytes).map(Self.isChinese) ?? false
        text.rewrite { text in
            var output: [UInt8] = []
            output.reserveCapacity(text.count + text.count / 4)
            UTF8Text.forEachScalar(in: text, 0..<text.count) { scalar, _ in
                let isChinese = Self.isChinese(scalar)
                if isChinese { output.append(UInt8(ascii: " ")) }
                UTF8Text.append(scalar, to: &output)
                if isChinese { output.append(UInt8(ascii: " ")) }
            }
            return output
        }
        // In the reference's account the new space is where the text starts.
        if startsWithChinese { text.restoreStart() }
    }

    /// The reference's ranges, which leave out part of an extension.
    private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF,
            0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
