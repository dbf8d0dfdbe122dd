import ServingCore

/// Many texts by their bytes, for finding all those that a longer text starts with.
///
/// Flat: one table holds the edges of all nodes, so a vocabulary of a million nodes is two allocations.
struct ByteTrie: Sendable {
    /// Open addressing: 28 bits of parent, 8 of byte, 28 of child.
    ///
    /// Its count is a power of two.
    private var edges: [UInt64]
    private var tokens: [TokenID] = [-1]
    /// How far a hash is shifted down to become a slot.
    private var shift: UInt64

    static let root = 0
    /// No edge: no trie has a child with this number, as a file of the tokenizer has fewer bytes.
    private static let vacant = UInt64.max
    private static let childBits: UInt64 = 28

    init() {
        self.edges = Array(repeating: Self.vacant, count: 64)
        self.shift = 64 - 6
    }

    /// The node that `byte` leads to; nil when no text goes on so.
    func child(of node: Int, _ byte: UInt8) -> Int? {
        let key = Self.key(node, byte)
        var slot = self.firstSlot(for: key)
        while true {
            let edge = self.edges[slot]
            if edge >> Self.childBits == key { return Int(truncatingIfNeeded: edge & (1 << Self.childBits - 1)) }
            if edge == Self.vacant { return nil }
            slot = (slot + 1) & (self.edges.count - 1)
        }
    }

    /// The token whose text ends at `node`; -1 when none does.
    func token(at node: Int) -> TokenID { self.tokens[node] }

    /// The node after all of `text`; nil when no text starts so.
    func node(after text: some Sequence<UInt8>) -> Int? {
        var node = Self.root
        for byte in text {
            guard let child = self.child(of: node, byte) else { return nil }
            node = child
        }
        return node
    }

    /// The longest text that `range` of `text` starts with, going on from `node`: where it ends, and its token.
    func longestMatch(in text: [UInt8], _ range: Range<Int>, from node: Int) -> (end: Int, token: TokenID)? {
        var node = node
        var longest: (end: Int, token: TokenID)?
        for index in range {
            guard let child = self.child(of: node, text[index]) else { break }
            node = child
            if self.tokens[node] >= 0 { longest = (index + 1, self.tokens[node]) }
        }
        return longest
    }

    /// Adds a text; of equal texts the last one's token counts.
    mutating func insert(_ text: some Sequence<UInt8>, _ token: TokenID) {
        var node = Self.root
        for byte in text {
            if let child = self.child(of: node, byte) {
                node = child
                continue
            }
            if 2 * self.tokens.count > self.edges.count { self.grow() }
            self.occupy(Self.key(node, byte) << Self.childBits | UInt64(self.tokens.count))
            node = self.tokens.count
            self.tokens.append(-1)
        }
        self.tokens[node] = token
    }

    private mutating func occupy(_ edge: UInt64) {
        var slot = self.firstSlot(for: edge >> Self.childBits)
        while self.edges[slot] != Self.vacant { slot = (slot + 1) & (self.edges.count - 1) }
        self.edges[slot] = edge
    }

    private mutating func grow() {
        let edges = self.edges
        self.edges = Array(repeating: Self.vacant, count: 2 * edges.count)
        self.shift -= 1
        for edge in edges where edge != Self.vacant { self.occupy(edge) }
    }

    private static func key(_ node: Int, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    private func firstSlot(for key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> self.shift)
    }
}
