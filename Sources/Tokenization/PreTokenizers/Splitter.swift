/// Cuts pieces where a pattern matches, and decides which side a match belongs to.
struct Splitter: Sendable {
    /// What becomes of a match.
    ///
    /// The names are the file's.
    enum Behavior: String, Sendable {
        case removed = "Removed"
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    private enum Pattern: Sendable {
        case text(TextPattern)
        /// Every character of the class is a match.
        case scalars(ScalarClass)
    }

    private let pattern: Pattern
    private let behavior: Behavior
    /// Matches and gaps change places.
    private let isInverted: Bool

    /// Appends what becomes of the piece `range` of `text`.
    func appendPieces(
        of text: [UInt8],
        _ range: Range<Int>,
        workspace: PCRE2Workspace,
        to pieces: inout [Range<Int>]
    ) throws(TokenizationError) {
        if self.behavior == .isolated {
            // The common case needs no list of matches: both kinds of stretches become pieces.
            let firstMatch = pieces.count
            try self.appendMatches(in: text, range, workspace, to: &pieces)
            Self.fillGaps(of: range, in: &pieces, from: firstMatch)
            return
        }
        var matches: [Range<Int>] = []
        try self.appendMatches(in: text, range, workspace, to: &matches)
        self.appendPieces(of: self.stretches(of: range, matches), to: &pieces)
    }

    private func appendMatches(
        in text: [UInt8],
        _ range: Range<Int>,
        _ workspace: PCRE2Workspace,
        to matches: inout [Range<Int>]
    ) throws(TokenizationError) {
        switch self.pattern {
        case .text(let pattern): try pattern.appendMatches(in: text, range, workspace, to: &matches)
        case .scalars(let scalars):
            UTF8Text.forEachScalar(in: text, range) { scalar, index in
                if scalars.contains(scalar) { matches.append(index..<index + UTF8.width(scalar)) }
            }
        }
    }

    /// Puts the stretches between the matches that stand from `first` on where they belong, and drops empty ones.
    private static func fillGaps(of range: Range<Int>, in pieces: inout [Range<Int>], from first: Int) {
        var end = range.lowerBound
        let isCovering = pieces[first...].allSatisfy { match in
            defer { end = match.upperBound }
            return match.lowerBound == end && !match.isEmpty
        }
        if isCovering, end == range.upperBound { return }
        let matches = Array(pieces[first...])
        pieces.removeLast(matches.count)
        end = range.lowerBound
        for match in matches {
            if end < match.lowerBound { pieces.append(end..<match.lowerBound) }
            if !match.isEmpty { pieces.append(match) }
            end = match.upperBound
        }
        if end < range.upperBound { pieces.append(end..<range.upperBound) }
    }

    /// Matches and gaps in order.
    ///
    /// Empty matches count: they can end a merged stretch.
    private func stretches(of range: Range<Int>, _ matches: [Range<Int>]) -> [(range: Range<Int>, isMatch: Bool)] {
        var stretches: [(Range<Int>, Bool)] = []
        var end = range.lowerBound
        for match in matches {
            if end != match.lowerBound { stretches.append((end..<match.lowerBound, self.isInverted)) }
            stretches.append((match, !self.isInverted))
            end = match.upperBound
        }
        if end != range.upperBound { stretches.append((end..<range.upperBound, self.isInverted)) }
        return stretches
    }

    private func appendPieces(of stretches: [(range: Range<Int>, isMatch: Bool)], to pieces: inout [Range<Int>]) {
        var merged: [Range<Int>] = []
        var followsMatch = false
        switch self.behavior {
        case .isolated: merged = stretches.map(\.range)
        case .removed: merged = stretches.filter { !$0.isMatch }.map(\.range)
        case .contiguous:
            for (range, isMatch) in stretches {
                Self.append(range, to: &merged, joining: isMatch == followsMatch)
                followsMatch = isMatch
            }
        case .mergedWithPrevious:
            for (range, isMatch) in stretches {
                Self.append(range, to: &merged, joining: isMatch && !followsMatch)
                followsMatch = isMatch
            }
        case .mergedWithNext:
            // Seen from the end, the next stretch is the one before.
            for (range, isMatch) in stretches.reversed() {
                if isMatch, !followsMatch, let last = merged.popLast() {
                    merged.append(range.lowerBound..<last.upperBound)
                } else {
                    merged.append(range)
                }
                followsMatch = isMatch
            }
            merged.reverse()
        }
        for piece in merged where !piece.isEmpty { pieces.append(piece) }
    }

    private static func append(_ range: Range<Int>, to pieces: inout [Range<Int>], joining: Bool) {
        if joining, let last = pieces.popLast() {
            pieces.append(last.lowerBound..<range.upperBound)
        } else {
            pieces.append(range)
        }
    }
}

// MARK: - From the file

extension Splitter {
    /// Reads a split by a pattern.
    init(_ part: FilePart) throws(TokenizationError) {
        self.behavior = try Behavior(part.required("behavior"))
        self.isInverted = try part.required("invert").bool()
        self.pattern = .text(try TextPattern(part.required("pattern")))
    }

    /// GPT-2's words, which the byte-level step splits into when it is not told otherwise.
    static func words() throws(TokenizationError) -> Splitter {
        let pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
        return Splitter(.text(try TextPattern(regex: pattern)), .isolated)
    }

    init(at scalars: ScalarClass, _ behavior: Behavior) { self.init(.scalars(scalars), behavior) }

    private init(_ pattern: Pattern, _ behavior: Behavior) {
        self.pattern = pattern
        self.behavior = behavior
        self.isInverted = false
    }
}

extension Splitter.Behavior {
    init(_ part: FilePart) throws(TokenizationError) {
        guard let known = Self(rawValue: try part.string()) else {
            throw part.unsupported("the behaviour `\(try part.string())`")
        }
        self = known
    }
}
