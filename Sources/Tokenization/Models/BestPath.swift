import ServingCore

/// The best way through a word so far, to each of its bytes.
///
/// The arrays are kept from word to word.
struct BestPath {
    struct Piece {
        var start: Int
        var end: Int
        var token: TokenID
    }

    private struct Step {
        var score = 0.0
        /// Where the last piece starts; -1 where no piece ends.
        var start: Int32 = -1
        var token: TokenID = 0
    }

    /// One for each byte that a piece may end before, and one for the start.
    private var steps: [Step] = []
    /// The best way's pieces, in order.
    private(set) var pieces: [Piece] = []

    mutating func reset(byteCount: Int) {
        self.steps.removeAll(keepingCapacity: true)
        for _ in 0...byteCount { self.steps.append(Step()) }
    }

    func score(at byte: Int) -> Double { self.steps[byte].score }

    /// Whether a piece with this sum would be taken: of equal sums the first counts.
    func accepts(score: Double, to end: Int) -> Bool { self.steps[end].start < 0 || score > self.steps[end].score }

    mutating func offer(_ token: TokenID, from start: Int, to end: Int, score: Double) {
        if self.accepts(score: score, to: end) {
            self.steps[end] = Step(score: score, start: Int32(truncatingIfNeeded: start), token: token)
        }
    }

    mutating func collectPieces() {
        self.pieces.removeAll(keepingCapacity: true)
        var end = self.steps.count - 1
        while end > 0 {
            let step = self.steps[end]
            self.pieces.append(Piece(start: Int(step.start), end: end, token: step.token))
            end = Int(step.start)
        }
        self.pieces.reverse()
    }

    /// Gives back what one enormous word made the arrays grow to.
    mutating func shrink() {
        guard self.steps.capacity > 1 << 16 else { return }
        self.steps = []
        self.pieces = []
    }
}
