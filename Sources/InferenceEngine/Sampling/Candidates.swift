import ServingCore

/// One token that may be chosen.
struct Candidate {
    var logit: Float
    var token: TokenID
    var weight: Float = 0

    /// Better: a greater logit, or the same and a lower id.
    static func isBetter(_ one: Candidate, _ other: Candidate) -> Bool {
        one.logit > other.logit || (one.logit == other.logit && one.token < other.token)
    }
}

extension [Candidate] {
    /// Puts all tokens with a logit of at least `floor` here, in order of their ids; looks only into tiles that have one.
    mutating func collect(_ row: Span<Float>, _ tiles: LogitTiles, atLeast floor: Float) {
        self.removeAll(keepingCapacity: true)
        for (tile, greatest) in tiles.maxima.enumerated() where greatest >= floor && greatest > -.infinity {
            for index in tiles.range(of: tile, in: row) where row[index] >= floor && row[index] > -.infinity {
                self.append(Candidate(logit: row[index], token: TokenID(index)))
            }
        }
    }

    mutating func weigh(_ tiles: LogitTiles, scale: Float) {
        var index = 0
        while index + 8 <= self.count {
            var logits = SIMD8<Float>()
            for lane in 0..<8 { logits[lane] = self[index + lane].logit }
            let weights = PortableMath.exponential((logits - tiles.greatest) * scale)
            for lane in 0..<8 { self[index + lane].weight = weights[lane] }
            index += 8
        }
        while index < self.count {
            self[index].weight = tiles.weight(self[index].logit, scale: scale)
            index += 1
        }
    }

    var totalWeight: Double { self.reduce(0) { $0 + Double($1.weight) } }

    /// Keeps the `count` best, in any order.
    mutating func keepBest(_ count: Int) {
        guard count < self.count else { return }
        var low = 0
        var high = self.count
        var rounds = 0
        while high - low > 1 {
            guard let pivot = self.partition(low, high, &rounds) else { break }
            if count <= pivot { high = pivot } else { low = pivot + 1 }
            if low >= count { break }
        }
        self.removeLast(self.count - count)
    }

    /// Keeps the fewest best whose weights reach `weight`, in any order.
    mutating func keepBest(reaching weight: Double) {
        var low = 0
        var high = self.count
        var before = 0.0
        var rounds = 0
        while high - low > 1 {
            guard let pivot = self.partition(low, high, &rounds) else { break }
            let better = self[low..<pivot].reduce(before) { $0 + Double($1.weight) }
            if better >= weight {
                high = pivot
            } else {
                before = better + Double(self[pivot].weight)
                low = pivot + 1
                if before >= weight { high = low }
            }
        }
        // What is left of the range is in order.
        while low < high, before < weight {
            before += Double(self[low].weight)
            low += 1
        }
        self.removeLast(self.count - Swift.max(low, Swift.min(1, self.count)))
    }

    /// Moves what is better than a pivot before it, and returns the pivot's place; nil after it has sorted the range.
    ///
    /// It sorts when the pivots were bad too often, so that no row of logits takes quadratic time.
    private mutating func partition(_ low: Int, _ high: Int, _ rounds: inout Int) -> Int? {
        rounds += 1
        guard high - low > 24, rounds < 64 else {
            self[low..<high].sort(by: Candidate.isBetter)
            return nil
        }
        let last = high - 1
        self.swapAt(self.median(low, (low + high) / 2, last), last)
        let pivot = self[last]
        var place = low
        for index in low..<last where Candidate.isBetter(self[index], pivot) {
            self.swapAt(index, place)
            place += 1
        }
        self.swapAt(place, last)
        return place
    }

    private func median(_ one: Int, _ two: Int, _ three: Int) -> Int {
        let order = [one, two, three].sorted { Candidate.isBetter(self[$0], self[$1]) }
        return order[1]
    }
}
