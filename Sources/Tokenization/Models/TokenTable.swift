import ServingCore

/// Texts with ids: the vocabulary of a model, or the tokens added to it.
///
/// Texts are compared by their bytes. Swift's string equality takes canonically equivalent texts
/// for one; vocabularies tell them apart.
struct TokenTable: Sendable {
    /// Every text, one after the other.
    private var bytes: [UInt8] = []
    /// Half-open byte range of each id's text; start -1 where the id has none.
    private var ranges: [(start: Int32, end: Int32)] = []
    /// Open addressing: an id, or -1.
    ///
    /// Its count is a power of two.
    private var slots: [Int32]
    private(set) var count = 0

    init(capacity: Int = 16) {
        var slotCount = 32
        while slotCount < 2 * capacity { slotCount *= 2 }
        self.slots = Array(repeating: -1, count: slotCount)
    }

    /// One more than the highest id.
    var endOfIDs: Int { self.ranges.count }

    /// The text of `id`; nil when the table has no such id.
    func text(of id: Int) -> ArraySlice<UInt8>? {
        guard self.ranges.indices.contains(id), self.ranges[id].start >= 0 else { return nil }
        return self.bytes[Int(self.ranges[id].start)..<Int(self.ranges[id].end)]
    }

    func id(of text: ArraySlice<UInt8>) -> TokenID? {
        var slot = self.firstSlot(for: text)
        while self.slots[slot] >= 0 {
            if self.isText(of: self.slots[slot], equalTo: text) { return self.slots[slot] }
            slot = (slot + 1) & (self.slots.count - 1)
        }
        return nil
    }

    func id(of text: String) -> TokenID? { self.id(of: Array(text.utf8)[...]) }

    /// Adds a text; false when its id or its text is taken already.
    mutating func insert(_ text: some Collection<UInt8>, id: Int) -> Bool {
        let text = Array(text)[...]
        guard self.text(of: id) == nil, self.id(of: text) == nil else { return false }
        if 2 * (self.count + 1) > self.slots.count { self.grow() }
        while self.ranges.count <= id { self.ranges.append((-1, -1)) }
        let start = self.bytes.count
        self.bytes.append(contentsOf: text)
        self.ranges[id] = (Int32(start), Int32(self.bytes.count))
        self.occupy(TokenID(id), text)
        self.count += 1
        return true
    }

    /// Adds a text under an id that has none yet; a text that is there already leads to the new id from now on.
    mutating func insertAgain(_ text: some Collection<UInt8>, id: Int) {
        let text = Array(text)[...]
        guard let taken = self.id(of: text) else {
            _ = self.insert(text, id: id)
            return
        }
        guard self.text(of: id) == nil else { return }
        while self.ranges.count <= id { self.ranges.append((-1, -1)) }
        self.ranges[id] = self.ranges[Int(taken)]
        self.count += 1
        if let slot = self.slots.indices.first(where: { self.slots[self.slot($0, after: text)] == taken }) {
            self.slots[self.slot(slot, after: text)] = TokenID(id)
        }
    }

    /// The slot so many steps after the first for `text`.
    private func slot(_ steps: Int, after text: ArraySlice<UInt8>) -> Int {
        (self.firstSlot(for: text) + steps) & (self.slots.count - 1)
    }

    /// The ids of the tokens `<0x00>` to `<0xFF>`, -1 where there is none.
    func byteTokens() -> [TokenID] {
        (0..<256).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return self.id(of: "<0x\(digits.count == 1 ? "0" : "")\(digits)>") ?? -1
        }
    }

    private mutating func occupy(_ id: TokenID, _ text: ArraySlice<UInt8>) {
        var slot = self.firstSlot(for: text)
        while self.slots[slot] >= 0 { slot = (slot + 1) & (self.slots.count - 1) }
        self.slots[slot] = id
    }

    private mutating func grow() {
        let ids = self.slots.filter { $0 >= 0 }
        self.slots = Array(repeating: -1, count: self.slots.count * 2)
        for id in ids {
            guard let text = self.text(of: Int(id)) else { continue }
            self.occupy(id, text)
        }
    }

    private func firstSlot(for text: ArraySlice<UInt8>) -> Int {
        Int(truncatingIfNeeded: ByteHash.hash(text) >> 20) & (self.slots.count - 1)
    }

    private func isText(of id: TokenID, equalTo text: ArraySlice<UInt8>) -> Bool {
        let range = self.ranges[Int(id)]
        guard Int(range.end - range.start) == text.count else { return false }
        var own = Int(range.start)
        for byte in text {
            if self.bytes[own] != byte { return false }
            own += 1
        }
        return true
    }
}

/// A hash of short byte strings.
///
/// The tables that use it hold what a model's author wrote or bounded counts of entries, so it need not withstand an
/// adversary.
enum ByteHash {
    static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash &* 0x9E37_79B9_7F4A_7C15
    }
}
