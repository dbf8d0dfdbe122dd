import MoEModel
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Prefix cache")
struct PrefixCacheTests {
    private static func key(_ parent: Int32?, _ tokens: [TokenID]) -> PrefixCache.Key {
        PrefixCache.Key(parent: parent, tokens: tokens[...])
    }

    @Test("finds a block by its own tokens and by all that come before")
    func keys() {
        var cache = PrefixCache()
        cache.insert(7, Self.key(nil, [1, 2]))
        cache.insert(8, Self.key(7, [1, 2]))
        #expect(cache.block(Self.key(nil, [1, 2])) == 7)
        #expect(cache.block(Self.key(7, [1, 2])) == 8)
        #expect(cache.block(Self.key(8, [1, 2])) == nil)
        #expect(cache.block(Self.key(nil, [1, 3])) == nil)
    }

    @Test("evicts what was let go of longest ago, and no block before those that follow it")
    func order() {
        var cache = PrefixCache()
        cache.insert(1, Self.key(nil, [1]))
        cache.insert(2, Self.key(1, [2]))
        cache.insert(3, Self.key(nil, [3]))
        cache.release([1, 2])
        cache.release([3])
        #expect(cache.idleCount == 3)
        // Held and let go of again, 1 is younger than 3; 2 is not.
        cache.hold(1)
        cache.release([1])
        #expect(cache.evict(1) == [2])
        #expect(cache.evict(2) == [3, 1])
        #expect(cache.count == 0)
    }

    @Test("keeps its books whatever is held, let go of and evicted", arguments: 1...20)
    func randomUse(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var cache = PrefixCache()
        var tables: [[Int32]] = []
        var free = Array(0..<40 as Range<Int32>)
        for _ in 0..<600 {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                // A sequence over few tokens: it shares what is there, and adds what is not.
                var table: [Int32] = []
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    let key = Self.key(table.last, [TokenID.random(in: 0..<3, using: &random)])
                    if let block = cache.block(key) {
                        cache.hold(block)
                        table.append(block)
                    } else {
                        if free.isEmpty, cache.idleCount > 0 { free += cache.evict(1) }
                        // What was evicted is never what the table holds.
                        guard let block = free.popLast() else { break }
                        cache.insert(block, key)
                        table.append(block)
                    }
                }
                tables.append(table)
            case 1:
                guard let index = tables.indices.randomElement(using: &random) else { continue }
                cache.release(tables.remove(at: index)[...])
            default:
                free += cache.evict(Int.random(in: 0...cache.idleCount, using: &random))
            }
            cache.checkIntegrity(heldBy: tables.map { $0[...] })
            #expect(free.count + cache.count == 40)
        }
    }
}

/// What sequences share, seen through the sweeps that the model gets.
@Suite("Shared prefixes")
struct SharedPrefixTests {
    /// Four tokens to a block.
    private func harness(blocks: Int = 64, batched: Int = 64) throws -> LoopHarness {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 16
        configuration.maxBatchedTokens = batched
        return try LoopHarness(
            HashModel(kvBlockTokens: 4, kvBlockCount: blocks),
            endOfSequence: [],
            configuration: configuration
        )
    }

    private static let system = Array(1...10 as ClosedRange<TokenID>)

    @Test("a prompt that begins like an earlier one is computed from where they part")
    func secondPrompt() throws {
        let harness = try self.harness()
        var shapes: [[Int]] = []
        harness.model.beforeSweep = { shapes.append($0.segments.map(\.tokens.count)) }
        let first = try harness.run(.of(1, prompt: Self.system + [20, 21], maxTokens: 1))
        #expect(first.usage.cachedTokens == 0)
        let second = try harness.run(.of(2, prompt: Self.system + [30, 31, 32], maxTokens: 1))
        // Two full blocks of four are the same; the third begins alike and ends otherwise.
        #expect(second.usage.cachedTokens == 8)
        #expect(shapes == [[12], [5]])
    }

    @Test("the last token of a prompt is computed even if all of it is known")
    func sameAgain() throws {
        let harness = try self.harness()
        let prompt = Array(1...8 as ClosedRange<TokenID>)
        let first = try harness.run(.of(1, prompt: prompt, maxTokens: 4))
        let again = try harness.run(.of(1, prompt: prompt, maxTokens: 4))
        #expect(again.usage.cachedTokens == 4)
        #expect(again.tokens == first.tokens)
    }

    @Test("of prompts that arrive together and begin alike one computes, and the others take it over")
    func together() throws {
        let harness = try self.harness()
        var shapes: [[Int]] = []
        harness.model.beforeSweep = { shapes.append($0.segments.map(\.tokens.count)) }
        for id in 0..<5 as Range<UInt64> {
            try harness.submit(.of(id, prompt: Self.system + [TokenID(20 + id)], maxTokens: 1))
        }
        try harness.submit(.of(5, prompt: [40, 41, 42, 43, 44], maxTokens: 1))
        #expect(harness.drain())
        #expect(shapes == [[11, 5], [3, 3, 3, 3]])
        #expect((1..<5 as Range<UInt64>).allSatisfy { harness.results[$0]?.usage.cachedTokens == 8 })
    }

    @Test("choices of one request share its prompt")
    func choices() throws {
        let harness = try self.harness()
        for choice in 0..<3 {
            try harness.submit(.of(UInt64(choice), prompt: Self.system, maxTokens: 6) { $0.choice = choice })
        }
        #expect(harness.drain())
        let computed = harness.observer.all.sweeps.reduce(0) { $0 + $1.prefillTokens }
        #expect(computed == 10 + 2 + 2)
    }

    @Test("what nobody holds makes room, and a sequence never waits for it")
    func eviction() throws {
        let harness = try self.harness(blocks: 8)
        for id in 0..<6 as Range<UInt64> {
            let prompt = (0..<16).map { TokenID($0 + 3 * Int(id)) }
            #expect(try harness.run(.of(id, prompt: prompt, maxTokens: 8)).tokens.count == 8)
        }
        #expect(harness.observer.all.preemptions.isEmpty)
        #expect(harness.loop.kvBlocksUsed == 0)
    }

    @Test("a preempted sequence goes on from what is left of its own blocks")
    func afterPreemption() throws {
        let harness = try self.harness(blocks: 9)
        for id in 0..<2 as Range<UInt64> {
            try harness.submit(.of(id, prompt: [TokenID(id), 2, 3, 4, 5], maxTokens: 20))
        }
        #expect(harness.drain())
        let lost = harness.observer.all.preemptions.reduce(0) { $0 + $1.lostTokens }
        let recomputed = harness.observer.all.sweeps.reduce(0) { $0 + $1.recomputedTokens }
        #expect(lost > 0)
        #expect(recomputed < lost)
        #expect(harness.results.values.allSatisfy { $0.usage.cachedTokens == 0 })
    }

    @Test("switched off, every prompt is computed")
    func off() throws {
        var configuration = EngineConfiguration()
        configuration.usesPrefixCache = false
        let harness = try LoopHarness(configuration: configuration)
        _ = try harness.run(.of(1, prompt: Self.system, maxTokens: 1))
        #expect(try harness.run(.of(2, prompt: Self.system, maxTokens: 1)).usage.cachedTokens == 0)
    }
}
