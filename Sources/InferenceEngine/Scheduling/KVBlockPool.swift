/// The numbers of the model's KV blocks: which are free, and which somebody holds.
struct KVBlockPool {
    let blockCount: Int
    private var free: [Int32]
    private var isHeld: [Bool]

    init(blockCount: Int) {
        self.blockCount = blockCount
        // The last is taken first: begin with block 0.
        self.free = (0..<Int32(blockCount)).reversed()
        self.isHeld = Array(repeating: false, count: blockCount)
    }

    var freeCount: Int { self.free.count }
    var usedCount: Int { self.blockCount - self.free.count }

    /// Gives `count` blocks; the caller has made sure that so many are free.
    mutating func take(_ count: Int) -> ArraySlice<Int32> {
        precondition(count <= self.free.count, "\(count) KV blocks wanted, \(self.free.count) are free")
        let taken = self.free.suffix(count)
        self.free.removeLast(count)
        for block in taken { self.isHeld[Int(block)] = true }
        return taken
    }

    mutating func give(back blocks: [Int32]) {
        for block in blocks {
            precondition(self.isHeld[Int(block)], "KV block \(block) given back twice")
            self.isHeld[Int(block)] = false
        }
        // The most recently used is still in the processor's caches.
        self.free.append(contentsOf: blocks.reversed())
    }

    /// Holds the books against everything that is held: the sequences' own blocks, and so many that are shared.
    func checkIntegrity(heldBy tables: [[Int32]], sharing shared: Int = 0) {
        precondition(self.free.allSatisfy { !self.isHeld[Int($0)] }, "a KV block is free and held")
        precondition(Set(self.free).count == self.free.count, "a KV block is free twice")
        precondition(self.isHeld.count(where: { $0 }) == self.usedCount, "a KV block is neither free nor held")
        let held = tables.flatMap { $0 }
        precondition(Set(held).count == held.count, "two sequences hold one KV block")
        precondition(
            held.count + shared == self.usedCount,
            "\(self.usedCount) KV blocks are held: \(held.count) by a sequence, \(shared) by the prefix cache"
        )
        precondition(held.allSatisfy { self.isHeld[Int($0)] }, "a sequence holds a free KV block")
    }
}
