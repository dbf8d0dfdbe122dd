import ServingCore
import TensorKernels

/// A sweep that has been checked, with its segments' tokens laid out one after the other.
struct SweepLayout {
    var tokens: [TokenID] = []
    var latents: LatentLayout
    /// Row of each token in one layer of the KV cache.
    var cacheRows: [Int] = []
    /// Tokens whose logits are asked for, in order.
    var logitRows: [Int] = []

    /// What a sweep must stay within.
    struct Bounds {
        var vocabularySize: Int
        var contextLength: Int
        var blockTokens: Int
        var blockCount: Int
    }

    /// - Throws: ``MoEModelError`` with code `invalidSweep` that names the segment.
    init(_ sweep: Sweep, within bounds: Bounds) throws(MoEModelError) {
        self.latents = LatentLayout(positions: [], blocks: [], tables: [], blockTokens: bounds.blockTokens)
        for (index, segment) in sweep.segments.enumerated() {
            try Self.check(segment, index, bounds)
            self.append(segment, bounds)
        }
    }

    private mutating func append(_ segment: SweepSegment, _ bounds: Bounds) {
        let table = self.latents.blocks.count
        let first = self.tokens.count
        for offset in segment.tokens.indices {
            let position = segment.firstPosition + offset
            let block = Int(segment.blockTable[position / bounds.blockTokens])
            self.cacheRows.append(block * bounds.blockTokens + position % bounds.blockTokens)
            self.latents.positions.append(Int32(position))
            self.latents.tables.append(table)
        }
        self.tokens += segment.tokens
        self.latents.blocks += segment.blockTable
        switch segment.logits {
        case .none: break
        case .last: self.logitRows.append(self.tokens.count - 1)
        case .all: self.logitRows += first..<self.tokens.count
        }
    }

    private static func check(_ segment: SweepSegment, _ index: Int, _ bounds: Bounds) throws(MoEModelError) {
        func refuse(_ problem: String) -> MoEModelError { MoEModelError(.invalidSweep, "segment \(index): \(problem)") }
        let count = segment.tokens.count
        guard count > 0 else { throw refuse("expected at least one token, got none") }
        guard segment.firstPosition >= 0, segment.firstPosition <= bounds.contextLength - count else {
            throw refuse(
                "expected positions below \(bounds.contextLength), got \(count) tokens from \(segment.firstPosition) on"
            )
        }
        if let token = segment.tokens.first(where: { !(0..<bounds.vocabularySize ~= Int($0)) }) {
            throw refuse("expected token ids below \(bounds.vocabularySize), got \(token)")
        }
        let blocks = (segment.firstPosition + count + bounds.blockTokens - 1) / bounds.blockTokens
        guard segment.blockTable.count >= blocks else {
            throw refuse("expected \(blocks) KV blocks, got \(segment.blockTable.count)")
        }
        if let block = segment.blockTable.first(where: { !(0..<bounds.blockCount ~= Int($0)) }) {
            throw refuse("expected KV blocks below \(bounds.blockCount), got \(block)")
        }
    }
}
