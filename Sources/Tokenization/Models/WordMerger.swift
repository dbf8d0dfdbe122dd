import ServingCore

/// Applies merges to the symbols of one word, lowest rank first and leftmost among equals.
///
/// A short word is rescanned after every merge, which touches a few cache lines. A long one uses a linked list
/// and a heap, so a word of any length costs O(n log n). Both give the same tokens. The arrays are kept from word to
/// word.
struct WordMerger {
    /// The word's symbols: filled by the caller, merged in place by `merge`.
    var symbols: [TokenID] = []

    /// Up to this many symbols a rescan beats the heap.
    private static let rescanLimit = 48

    // Of the short form: the merge of symbols i and i + 1; rank `noRank` where there is none.
    private var ranks: [UInt32] = []
    private var results: [TokenID] = []
    private static let noRank = UInt32.max

    // Of the long form: neighbours of each symbol (-1 at the ends), and a binary heap of (rank, left symbol).
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private var heap: [UInt64] = []

    mutating func merge(by merges: borrowing PairTable) {
        if self.symbols.count <= Self.rescanLimit {
            self.mergeByRescan(merges)
        } else {
            self.mergeByHeap(merges)
            self.shrink()
        }
    }

    // MARK: Short words

    private mutating func mergeByRescan(_ merges: borrowing PairTable) {
        var count = self.symbols.count
        guard count > 1 else { return }
        self.ranks.removeAll(keepingCapacity: true)
        self.results.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 {
            let merge = merges[self.symbols[index], self.symbols[index + 1]]
            self.ranks.append(merge?.rank ?? Self.noRank)
            self.results.append(merge?.token ?? 0)
        }
        while count > 1 {
            var best = 0
            var bestRank = self.ranks[0]
            for index in 1..<max(count - 1, 1) where self.ranks[index] < bestRank {
                best = index
                bestRank = self.ranks[index]
            }
            guard bestRank != Self.noRank else { break }
            self.symbols[best] = self.results[best]
            for index in best + 1..<count - 1 {
                self.symbols[index] = self.symbols[index + 1]
                self.ranks[index - 1] = self.ranks[index]
                self.results[index - 1] = self.results[index]
            }
            count -= 1
            if best > 0 { self.rescan(best - 1, merges) }
            if best + 1 < count { self.rescan(best, merges) }
        }
        self.symbols.removeLast(self.symbols.count - count)
    }

    private mutating func rescan(_ index: Int, _ merges: borrowing PairTable) {
        let merge = merges[self.symbols[index], self.symbols[index + 1]]
        self.ranks[index] = merge?.rank ?? Self.noRank
        self.results[index] = merge?.token ?? 0
    }

    // MARK: Long words

    private mutating func mergeByHeap(_ merges: borrowing PairTable) {
        let count = self.symbols.count
        self.previous.removeAll(keepingCapacity: true)
        self.next.removeAll(keepingCapacity: true)
        self.heap.removeAll(keepingCapacity: true)
        for index in 0..<count {
            self.previous.append(Int32(index - 1))
            self.next.append(index + 1 < count ? Int32(index + 1) : -1)
        }
        for index in 0..<count - 1 {
            if let merge = merges[self.symbols[index], self.symbols[index + 1]] { self.push(merge.rank, index) }
        }
        while let entry = self.pop() {
            let left = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)
            // An entry is stale when one of its symbols has since become another or been swallowed.
            guard self.symbols[left] != Self.swallowed, self.next[left] >= 0 else { continue }
            let right = Int(self.next[left])
            guard let merge = merges[self.symbols[left], self.symbols[right]], UInt64(merge.rank) == entry >> 32
            else { continue }
            self.symbols[left] = merge.token
            self.symbols[right] = Self.swallowed
            self.next[left] = self.next[right]
            if self.next[left] >= 0 {
                let following = Int(self.next[left])
                self.previous[following] = Int32(left)
                if let merge = merges[self.symbols[left], self.symbols[following]] { self.push(merge.rank, left) }
            }
            if self.previous[left] >= 0 {
                let preceding = Int(self.previous[left])
                if let merge = merges[self.symbols[preceding], self.symbols[left]] { self.push(merge.rank, preceding) }
            }
        }
        self.symbols.removeAll { $0 == Self.swallowed }
    }

    /// Stands where a symbol was merged into the one before it.
    private static let swallowed: TokenID = -1

    private mutating func push(_ rank: UInt32, _ left: Int) {
        let entry = UInt64(rank) << 32 | UInt64(left)
        var hole = self.heap.count
        self.heap.append(entry)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard self.heap[parent] > entry else { break }
            self.heap[hole] = self.heap[parent]
            hole = parent
        }
        self.heap[hole] = entry
    }

    private mutating func pop() -> UInt64? {
        guard let top = self.heap.first, let entry = self.heap.popLast() else { return nil }
        let count = self.heap.count
        guard count > 0 else { return top }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < count else { break }
            if child + 1 < count, self.heap[child + 1] < self.heap[child] { child += 1 }
            guard self.heap[child] < entry else { break }
            self.heap[hole] = self.heap[child]
            hole = child
        }
        self.heap[hole] = entry
        return top
    }

    /// Gives back what one enormous word made the arrays grow to.
    private mutating func shrink() {
        guard self.previous.capacity > 1 << 16 else { return }
        self.previous = []
        self.next = []
        self.heap = []
    }
}
