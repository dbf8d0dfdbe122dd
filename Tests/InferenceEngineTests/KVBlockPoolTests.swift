import TestSupport
import Testing

@testable import InferenceEngine

@Suite("KVBlockPool")
struct KVBlockPoolTests {
    @Test("gives each block to one holder, and takes it back", arguments: 1...10)
    func randomHolders(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        var pool = KVBlockPool(blockCount: 20)
        var tables: [[Int32]] = []
        for _ in 0..<300 {
            if random.chance(0.5), let index = tables.indices.randomElement(using: &random) {
                pool.give(back: tables.remove(at: index))
            } else {
                tables.append(Array(pool.take(Int.random(in: 0...pool.freeCount, using: &random))))
            }
            pool.checkIntegrity(heldBy: tables)
            #expect(pool.usedCount == tables.reduce(0) { $0 + $1.count })
            #expect(pool.freeCount + pool.usedCount == 20)
        }
    }

    @Test("begins with block 0, and gives the block that came back last first")
    func order() {
        var pool = KVBlockPool(blockCount: 4)
        #expect(Set(pool.take(2)) == [0, 1])
        pool.give(back: [1])
        #expect(Array(pool.take(1)) == [1])
    }

    #if os(Linux)
    @Test("a block that is given back twice is a programmer's error")
    func twice() async {
        await #expect(processExitsWith: .failure) {
            var pool = KVBlockPool(blockCount: 4)
            let blocks = Array(pool.take(1))
            pool.give(back: blocks)
            pool.give(back: blocks)
        }
    }
    #endif
}
