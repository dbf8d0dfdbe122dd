import ServingCore

/// The tokens of words that were encoded before.
///
/// Bounded: a full cache starts over.
///
/// It belongs to one encoder at a time, so it has no lock.
struct WordCache {
    /// Longer words are rare and rarely repeat.
    static let wordBytes = 64

    private struct Entry {
        var hash: UInt64 = 0
        var wordStart: Int32 = 0
        /// Zero marks a vacant slot: no word is empty.
        var wordCount: Int32 = 0
        var tokenStart: Int32 = 0
        var tokenCount: Int32 = 0
    }

    private static let slotCount = 1 << 15
    /// Words whose neighbourhood is full are not remembered, so nobody can slow the search by choosing words that collide.
    private static let probeLimit = 16
    /// Three quarters: probes stay short.
    private static let entryLimit = slotCount / 4 * 3

    private var slots: [Entry] = []
    private var entryCount = 0
    private var words: [UInt8] = []
    private var tokens: [TokenID] = []

    /// Appends the tokens of `word` to `output`; false when they are not known.
    func append(_ word: ArraySlice<UInt8>, hash: UInt64, to output: inout [TokenID]) -> Bool {
        guard !self.slots.isEmpty else { return false }
        var slot = Self.firstSlot(for: hash)
        for _ in 0..<Self.probeLimit {
            let entry = self.slots[slot]
            if entry.wordCount == 0 { return false }
            if entry.hash == hash, self.isWord(of: entry, equalTo: word) {
                for index in Int(entry.tokenStart)..<Int(entry.tokenStart + entry.tokenCount) {
                    output.append(self.tokens[index])
                }
                return true
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return false
    }

    /// Remembers a word that `append` did not find.
    mutating func insert(_ word: ArraySlice<UInt8>, hash: UInt64, tokens: ArraySlice<TokenID>) {
        if self.slots.isEmpty || self.entryCount == Self.entryLimit { self.startOver() }
        var slot = Self.firstSlot(for: hash)
        var probes = 1
        while self.slots[slot].wordCount > 0 {
            guard probes < Self.probeLimit else { return }
            slot = (slot + 1) & (Self.slotCount - 1)
            probes += 1
        }
        self.slots[slot] = Entry(
            hash: hash,
            wordStart: Int32(self.words.count),
            wordCount: Int32(word.count),
            tokenStart: Int32(self.tokens.count),
            tokenCount: Int32(tokens.count)
        )
        self.words.append(contentsOf: word)
        self.tokens.append(contentsOf: tokens)
        self.entryCount += 1
    }

    private mutating func startOver() {
        self.slots = Array(repeating: Entry(), count: Self.slotCount)
        self.words.removeAll(keepingCapacity: true)
        self.tokens.removeAll(keepingCapacity: true)
        self.entryCount = 0
    }

    private static func firstSlot(for hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 40) & (self.slotCount - 1)
    }

    private func isWord(of entry: Entry, equalTo word: ArraySlice<UInt8>) -> Bool {
        guard Int(entry.wordCount) == word.count else { return false }
        var own = Int(entry.wordStart)
        for byte in word {
            if self.words[own] != byte { return false }
            own += 1
        }
        return true
    }
}
