/// SentencePiece's spaces: each becomes a visible character, which a new piece starts with.
struct Metaspace: Sendable {
    /// Where a piece gets a space in front that has none.
    enum Prefix: String, Sendable {
        case first
        case never
        case always
    }

    /// What stands for a space.
    let replacement: Unicode.Scalar
    let prefix: Prefix
    private let splits: Bool

    func apply(to text: inout PreTokenizedText) {
        let mark = Array(String(self.replacement).utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.bytes.count + text.bytes.count / 2)
        var pieces: [Range<Int>] = []
        var startBytes = 0
        for piece in text.pieces {
            var start = output.count
            if self.isPrefixed(text.bytes[piece], mark, isFirst: text.startsText(piece)) { output += mark }
            var cursor = piece.lowerBound
            while cursor < piece.upperBound {
                let isSpace = text.bytes[cursor] == UInt8(ascii: " ")
                let isMark = isSpace || text.bytes[cursor..<piece.upperBound].starts(with: mark)
                if isMark, self.splits, output.count > start {
                    pieces.append(start..<output.count)
                    start = output.count
                }
                if isMark { output += mark } else { output.append(text.bytes[cursor]) }
                if cursor < text.startBytes { startBytes = output.count }
                cursor += isMark && !isSpace ? mark.count : 1
            }
            pieces.append(start..<output.count)
        }
        text = PreTokenizedText(bytes: output, pieces: pieces, startBytes: startBytes)
    }

    private func isPrefixed(_ piece: ArraySlice<UInt8>, _ mark: [UInt8], isFirst: Bool) -> Bool {
        if piece.first == UInt8(ascii: " ") || piece.starts(with: mark) { return false }
        switch self.prefix {
        case .always: return true
        case .first: return isFirst
        case .never: return false
        }
    }
}

// MARK: - From the file

extension Metaspace {
    /// Reads the step of a pre-tokenizer or of a decoder.
    init(_ part: FilePart) throws(TokenizationError) {
        self.replacement = try part.character("replacement")
        self.splits = try part.bool("split", or: true)
        let name = try part.part("prepend_scheme")?.string() ?? Prefix.always.rawValue
        guard let prefix = Prefix(rawValue: name) else { throw part.unsupported("the prepend scheme `\(name)`") }
        // An older member, which may only agree.
        guard try part.bool("add_prefix_space", or: true) || prefix == .never else {
            throw part.malformed("`add_prefix_space` is false, but the prepend scheme is `\(name)`")
        }
        self.prefix = prefix
    }
}
