/// A row of logits, summed up by tiles of consecutive tokens.
///
/// Most questions about a vocabulary of 160,000 tokens are answered by its few hundred tiles and a look into some of
/// them. Keeps its memory from row to row.
struct LogitTiles {
    static let tileSize = 256

    /// The greatest logit of each tile.
    private(set) var maxima: [Float] = []
    /// The greatest of all.
    private(set) var greatest: Float = -.infinity
    /// The sum of each tile's weights; see ``sumWeights(of:scale:)``.
    private(set) var sums: [Float] = []

    /// Reads the row's maxima; false where a logit is infinite or not a number.
    mutating func scan(_ row: Span<Float>) -> Bool {
        self.maxima.removeAll(keepingCapacity: true)
        var isFinite = true
        var start = 0
        while start < row.count {
            let end = min(start + Self.tileSize, row.count)
            var best = SIMD8<Float>(repeating: -.infinity)
            // A finite number times zero is zero; nothing else is.
            var zeros = SIMD8<Float>(repeating: 0)
            var index = start
            while index + 8 <= end {
                var logits = SIMD8<Float>()
                for lane in 0..<8 { logits[lane] = row[index + lane] }
                best.replace(with: logits, where: logits .> best)
                zeros += logits * 0
                index += 8
            }
            var greatest = best.max()
            var zero = zeros.sum()
            while index < end {
                greatest = max(greatest, row[index])
                zero += row[index] * 0
                index += 1
            }
            if zero != 0 { isFinite = false }
            self.maxima.append(greatest)
            start = end
        }
        self.greatest = self.maxima.max() ?? -.infinity
        return isFinite
    }

    /// Sums the weights of all tokens: a logit's weight is e to the power of `scale` times its distance to the greatest.
    mutating func sumWeights(of row: Span<Float>, scale: Float) -> Double {
        self.sums.removeAll(keepingCapacity: true)
        var total = 0.0
        var start = 0
        while start < row.count {
            let end = min(start + Self.tileSize, row.count)
            var lanes = SIMD8<Float>(repeating: 0)
            var index = start
            while index + 8 <= end {
                var logits = SIMD8<Float>()
                for lane in 0..<8 { logits[lane] = row[index + lane] }
                lanes += PortableMath.exponential((logits - self.greatest) * scale)
                index += 8
            }
            var sum = lanes.sum()
            while index < end {
                sum += self.weight(row[index], scale: scale)
                index += 1
            }
            self.sums.append(sum)
            total += Double(sum)
            start = end
        }
        return total
    }

    @inline(__always)
    func weight(_ logit: Float, scale: Float) -> Float {
        PortableMath.exponential((logit - self.greatest) * scale)
    }

    func range(of tile: Int, in row: Span<Float>) -> Range<Int> {
        tile * Self.tileSize..<min((tile + 1) * Self.tileSize, row.count)
    }

    /// The token with the greatest logit, of several the first.
    func argmax(of row: Span<Float>) -> Int {
        guard let tile = self.maxima.firstIndex(of: self.greatest) else { return 0 }
        for index in self.range(of: tile, in: row) where row[index] == self.greatest { return index }
        return 0
    }

    /// A logit that at least `count` tokens reach; minus infinity where the tiles do not tell.
    func floor(ofBest count: Int, scratch: inout [Float]) -> Float {
        guard count > 0, count <= self.maxima.count else { return -.infinity }
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: self.maxima)
        scratch.sort(by: >)
        return scratch[count - 1]
    }
}
