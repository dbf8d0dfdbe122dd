import ServingCore

/// Finds the leftmost, and of these the longest, of many fixed texts.
struct LongestMatchTrie: Sendable {
    private struct Node: Sendable {
        var token: TokenID = -1
        /// Sorted by byte.
        var children: [(byte: UInt8, node: Int32)] = []
    }

    private var nodes = [Node()]
    /// Whether a text can start with this byte.
    private var starts = [Bool](repeating: false, count: 256)

    mutating func insert(_ text: some Sequence<UInt8>, _ token: TokenID) {
        var node = 0
        for byte in text {
            if node == 0 { self.starts[Int(byte)] = true }
            if let child = self.child(of: node, byte) {
                node = child
                continue
            }
            let position = self.nodes[node].children.firstIndex { $0.byte > byte } ?? self.nodes[node].children.count
            self.nodes[node].children.insert((byte, Int32(self.nodes.count)), at: position)
            node = self.nodes.count
            self.nodes.append(Node())
        }
        // Of equal texts the first wins; the empty one never matches.
        if node != 0, self.nodes[node].token < 0 { self.nodes[node].token = token }
    }

    func firstMatch(in text: [UInt8], _ range: Range<Int>) -> (Range<Int>, TokenID)? {
        guard self.nodes.count > 1 else { return nil }
        var start = range.lowerBound
        while start < range.upperBound {
            if self.starts[Int(text[start])], let match = self.longestMatch(in: text, start..<range.upperBound) {
                return match
            }
            start += 1
        }
        return nil
    }

    private func longestMatch(in text: [UInt8], _ range: Range<Int>) -> (Range<Int>, TokenID)? {
        var node = 0
        var cursor = range.lowerBound
        var longest: (Range<Int>, TokenID)?
        while cursor < range.upperBound, let child = self.child(of: node, text[cursor]) {
            node = child
            cursor += 1
            if self.nodes[node].token >= 0 { longest = (range.lowerBound..<cursor, self.nodes[node].token) }
        }
        return longest
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        let children = self.nodes[node].children
        var low = 0
        var high = children.count
        while low < high {
            let middle = (low + high) / 2
            if children[middle].byte < byte { low = middle + 1 } else { high = middle }
        }
        return low < children.count && children[low].byte == byte ? Int(children[low].node) : nil
    }
}
