import ServingCore

/// KV blocks that are full, found again by the tokens that they hold keys and values of.
///
/// A tree: a block's key is the block before it and its own tokens, so a chain of blocks stands for one beginning of a
/// sequence. What a block holds depends on these tokens alone (see ``SequenceModel``), to the bit; that is why it may
/// serve other sequences than the one that computed it. Blocks that nobody holds stay until their room is needed: the one
/// that was let go of longest ago is the first to go, and none goes before the blocks that follow it.
struct PrefixCache {
    /// What a block is found by.
    struct Key: Hashable {
        /// Nil for the first block of a sequence.
        let parent: Int32?
        let tokens: ArraySlice<TokenID>
    }

    private struct Node {
        let key: Key
        var holders: Int
        /// Blocks in the cache that follow it.
        var children = 0
        /// When its last holder let go of it.
        var releasedAt: UInt64 = 0
    }

    private var nodes: [Int32: Node] = [:]
    private var blocks: [Key: Int32] = [:]
    private var evictions = EvictionQueue()
    private var releases: UInt64 = 0
    /// Blocks that nobody holds: what ``evict(_:)`` can give.
    private(set) var idleCount = 0

    var count: Int { self.nodes.count }

    /// The block with these tokens behind this parent.
    func block(_ key: Key) -> Int32? { self.blocks[key] }

    func isIdle(_ block: Int32) -> Bool { self.nodes[block]?.holders == 0 }

    /// Enters a block that has become full; whoever filled it holds it.
    mutating func insert(_ block: Int32, _ key: Key) {
        // A slice would keep the whole sequence's tokens alive.
        let key = Key(parent: key.parent, tokens: ArraySlice(Array(key.tokens)))
        let isNew =
            self.nodes.updateValue(Node(key: key, holders: 1), forKey: block) == nil
            && self.blocks.updateValue(block, forKey: key) == nil
        precondition(isNew, "KV block \(block) is in the prefix cache already, or its tokens are")
        if let parent = key.parent { self.change(parent) { $0.children += 1 } }
    }

    /// One more sequence holds the block.
    mutating func hold(_ block: Int32) {
        if self.isIdle(block) { self.idleCount -= 1 }
        self.change(block) { $0.holders += 1 }
    }

    /// A sequence lets go of the first blocks of its table, given in their order.
    mutating func release(_ blocks: ArraySlice<Int32>) {
        // From the last on: a block is let go of before the one that it follows, and so evicted before it.
        for block in blocks.reversed() {
            self.releases += 1
            let now = self.releases
            self.change(block) { node in
                precondition(node.holders > 0, "KV block \(block) is let go of, and nobody holds it")
                node.holders -= 1
                node.releasedAt = now
            }
            guard self.isIdle(block) else { continue }
            self.idleCount += 1
            self.offer(block)
        }
    }

    /// Gives up `count` idle blocks, the longest idle first.
    mutating func evict(_ count: Int) -> [Int32] {
        precondition(count <= self.idleCount, "\(count) KV blocks wanted, \(self.idleCount) are idle")
        var evicted: [Int32] = []
        while evicted.count < count, let candidate = self.evictions.next() {
            // What was held again, or got followers, is offered again when they are gone.
            guard let node = self.nodes[candidate.block], Self.isEvictable(node),
                node.releasedAt == candidate.releasedAt
            else { continue }
            self.nodes[candidate.block] = nil
            self.blocks[node.key] = nil
            self.idleCount -= 1
            evicted.append(candidate.block)
            guard let parent = node.key.parent else { continue }
            self.change(parent) { $0.children -= 1 }
            self.offer(parent)
        }
        return evicted
    }

    private static func isEvictable(_ node: Node) -> Bool { node.holders == 0 && node.children == 0 }

    private mutating func offer(_ block: Int32) {
        guard let node = self.nodes[block], Self.isEvictable(node) else { return }
        self.evictions.add(EvictionQueue.Candidate(releasedAt: node.releasedAt, block: block))
        if self.evictions.count > 2 * self.nodes.count + 64 {
            let nodes = self.nodes
            self.evictions.keep { candidate in
                nodes[candidate.block].map { Self.isEvictable($0) && $0.releasedAt == candidate.releasedAt }
                    ?? false
            }
        }
    }

    private mutating func change(_ block: Int32, _ body: (inout Node) -> Void) {
        guard var node = self.nodes[block] else { preconditionFailure("KV block \(block) is not in the prefix cache") }
        body(&node)
        self.nodes[block] = node
    }

    /// Holds the books against `tables`: what the sequences hold of the cache.
    func checkIntegrity(heldBy tables: [ArraySlice<Int32>]) {
        var holders: [Int32: Int] = [:]
        for block in tables.joined() { holders[block, default: 0] += 1 }
        var children: [Int32: Int] = [:]
        for (block, node) in self.nodes {
            precondition(node.holders == holders[block, default: 0], "KV block \(block) has another number of holders")
            precondition(self.blocks[node.key] == block, "KV block \(block) is not found by its key")
            if let parent = node.key.parent { children[parent, default: 0] += 1 }
        }
        precondition(holders.keys.allSatisfy { self.nodes[$0] != nil }, "a shared KV block is not in the prefix cache")
        precondition(self.nodes.allSatisfy { $0.value.children == children[$0.key, default: 0] }, "a follower is lost")
        precondition(children.keys.allSatisfy { self.nodes[$0] != nil }, "a KV block follows one that is gone")
        precondition(self.idleCount == self.nodes.count { $0.value.holders == 0 }, "idle KV blocks are miscounted")
        precondition(self.blocks.count == self.nodes.count, "a KV block has two keys")
    }
}

/// Blocks that may be evicted, the longest idle first: a binary heap.
struct EvictionQueue {
    struct Candidate {
        let releasedAt: UInt64
        let block: Int32
    }

    private var heap: [Candidate] = []

    var count: Int { self.heap.count }

    mutating func add(_ candidate: Candidate) {
        self.heap.append(candidate)
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].releasedAt < self.heap[parent].releasedAt else { break }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the one that was let go of longest ago.
    mutating func next() -> Candidate? {
        guard let oldest = self.heap.first else { return nil }
        let last = self.heap.removeLast()
        guard !self.heap.isEmpty else { return oldest }
        self.heap[0] = last
        var parent = 0
        while true {
            let first = 2 * parent + 1
            guard first < self.heap.count else { return oldest }
            let second = min(first + 1, self.heap.count - 1)
            let least = self.heap[second].releasedAt < self.heap[first].releasedAt ? second : first
            guard self.heap[least].releasedAt < self.heap[parent].releasedAt else { return oldest }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }

    /// Drops all that are not `wanted`.
    mutating func keep(where wanted: (Candidate) -> Bool) {
        let kept = self.heap.filter(wanted)
        self.heap = []
        for candidate in kept { self.add(candidate) }
    }
}
