import ServingCore

/// What two neighbouring symbols become, and how early: the merges of a byte-pair model.
struct PairTable: Sendable {
    struct Merge: Equatable {
        /// Lower merges first.
        var rank: UInt32
        var token: TokenID
    }

    /// Open addressing in pairs of words: the key (left id, right id), then the merge (rank, token).
    private var words: [UInt64]
    private let slotMask: Int
    /// No pair has this key: ids are below 2^31.
    private static let vacant = UInt64.max

    init(capacity: Int) {
        var slots = 32
        while slots < 2 * capacity { slots *= 2 }
        self.words = Array(repeating: Self.vacant, count: 2 * slots)
        self.slotMask = slots - 1
    }

    subscript(left: TokenID, right: TokenID) -> Merge? {
        let key = Self.key(left, right)
        var slot = self.firstSlot(for: key)
        while true {
            let found = self.words[2 * slot]
            if found == key {
                let word = self.words[2 * slot + 1]
                return Merge(
                    rank: UInt32(truncatingIfNeeded: word >> 32),
                    token: TokenID(truncatingIfNeeded: word)
                )
            }
            if found == Self.vacant { return nil }
            slot = (slot + 1) & self.slotMask
        }
    }

    /// Sets a pair's merge.
    ///
    /// A pair that is listed twice keeps the later rank, as the reference does. The number of different pairs must
    /// stay within the capacity.
    mutating func set(_ left: TokenID, _ right: TokenID, _ merge: Merge) {
        let key = Self.key(left, right)
        var slot = self.firstSlot(for: key)
        while self.words[2 * slot] != Self.vacant, self.words[2 * slot] != key { slot = (slot + 1) & self.slotMask }
        self.words[2 * slot] = key
        self.words[2 * slot + 1] = UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.token))
    }

    private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private func firstSlot(for key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & self.slotMask
    }
}
