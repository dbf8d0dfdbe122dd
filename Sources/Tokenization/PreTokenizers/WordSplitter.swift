/// Cuts pieces at whitespace, which it drops, and where kinds of characters meet.
enum WordSplitter: Sendable {
    /// Only at whitespace.
    case spaced
    /// Also between characters of words and all others.
    case runs
    /// Also around every punctuation character.
    case bert

    private enum Kind {
        case space
        /// Joins a neighbour of its kind.
        case word
        case symbol
        /// Joins nothing.
        case single
    }

    /// Appends what becomes of the piece `range` of `text`.
    func appendPieces(of text: [UInt8], _ range: Range<Int>, to pieces: inout [Range<Int>]) {
        var start = range.lowerBound
        var lastKind = Kind.space
        UTF8Text.forEachScalar(in: text, range) { scalar, index in
            let kind = self.kind(of: scalar)
            if kind != lastKind || kind == .single {
                if lastKind != .space { pieces.append(start..<index) }
                start = index
            }
            lastKind = kind
        }
        if lastKind != .space, start < range.upperBound { pieces.append(start..<range.upperBound) }
    }

    private func kind(of scalar: Unicode.Scalar) -> Kind {
        if ScalarClass.whitespace.contains(scalar) { return .space }
        switch self {
        case .spaced: return .word
        case .runs: return ScalarClass.word.contains(scalar) ? .word : .symbol
        case .bert: return ScalarClass.punctuation.contains(scalar) ? .single : .word
        }
    }
}
