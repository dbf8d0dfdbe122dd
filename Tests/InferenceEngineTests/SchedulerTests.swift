import MoEModel
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

/// The scheduler's choices, seen through the sweeps that the model gets.
@Suite("Scheduler")
struct SchedulerTests {
    private func harness(
        blocks: Int = 64,
        running: Int = 8,
        batched: Int = 64,
        overtakes: Int = 1000
    ) throws -> LoopHarness {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = running
        configuration.maxBatchedTokens = batched
        configuration.maxOvertakes = overtakes
        // What prompts share is the matter of other tests.
        configuration.usesPrefixCache = false
        return try LoopHarness(
            HashModel(kvBlockTokens: 4, kvBlockCount: blocks),
            endOfSequence: [],
            configuration: configuration
        )
    }

    @Test("no more sequences run than may")
    func maxRunning() throws {
        let harness = try self.harness(running: 3)
        for id in 0..<7 as Range<UInt64> { try harness.submit(.of(id)) }
        harness.step()
        #expect(harness.loop.runningCount == 3)
        #expect(harness.loop.waitingCount == 4)
        #expect(harness.drain())
        #expect(harness.observer.all.sweeps.allSatisfy { $0.runningSequences <= 3 })
    }

    @Test("the prompt tokens of a sweep go to the senior sequence first")
    func seniorPromptFirst() throws {
        let harness = try self.harness(batched: 8)
        var shapes: [[Int]] = []
        harness.model.beforeSweep = { shapes.append($0.segments.map(\.tokens.count)) }
        try harness.submit(.of(1, prompt: Array(repeating: 1, count: 20), maxTokens: 1))
        harness.step()
        try harness.submit(.of(2, prompt: Array(repeating: 1, count: 10), maxTokens: 1) { $0.priority = -1 })
        #expect(harness.drain())
        // While the first still fills the sweeps, the second is not admitted; then its priority makes it the senior.
        #expect(shapes == [[8], [8], [8], [2, 4]])
    }

    @Test("a sequence is admitted when there are KV blocks for its prompt and some to grow")
    func admissionLeavesRoom() throws {
        // 16 tokens of prompt are 4 blocks: two prompts and the reserve do not fit into 8.
        let harness = try self.harness(blocks: 8)
        for id in 0..<2 as Range<UInt64> {
            try harness.submit(.of(id, prompt: Array(repeating: 1, count: 16), maxTokens: 4))
        }
        harness.step()
        #expect(harness.loop.runningCount == 1)
        #expect(harness.drain())
        #expect(harness.observer.all.preemptions.isEmpty)
    }

    @Test("nobody goes before one that does not fit yet")
    func headOfLine() throws {
        let harness = try self.harness(blocks: 8)
        try harness.submit(.of(0, prompt: Array(repeating: 1, count: 16), maxTokens: 8))
        harness.step()
        try harness.submit(.of(1, prompt: Array(repeating: 1, count: 20), maxTokens: 4))
        try harness.submit(.of(2, prompt: [1], maxTokens: 1))
        harness.step()
        #expect(harness.loop.runningCount == 1)
        var order: [UInt64] = []
        while !harness.loop.isIdle {
            let before = Set(harness.results.keys)
            harness.step()
            order += Set(harness.results.keys).subtracting(before).sorted()
        }
        #expect(order.first == 0)
    }

    @Test("KV blocks are taken from the youngest of the lowest priority")
    func victims() throws {
        let harness = try self.harness(blocks: 10)
        for id in 0..<4 as Range<UInt64> {
            try harness.submit(.of(id, prompt: [1, 2, 3, 4, 5], maxTokens: 16) { $0.priority = id == 1 ? 5 : 0 })
        }
        #expect(harness.drain())
        let victims = harness.observer.all.preemptions.map(\.id)
        // 1 has the lowest priority, 3 is the youngest of the others; 0 gives nothing up.
        #expect(victims.first == 1 || victims.first == 3)
        #expect(!victims.contains(0))
        #expect(harness.results.values.allSatisfy { $0.tokens.count == 16 })
    }

    @Test("a preempted sequence frees all its KV blocks, and its preemption is reported")
    func reports() throws {
        let harness = try self.harness(blocks: 6)
        for id in 0..<2 as Range<UInt64> { try harness.submit(.of(id, prompt: [1, 2, 3], maxTokens: 20)) }
        while harness.observer.all.preemptions.isEmpty { harness.step() }
        let preemption = try #require(harness.observer.all.preemptions.first)
        #expect(preemption.id == 1)
        #expect(preemption.freedBlocks == 3)
        #expect((9...12).contains(preemption.lostTokens))
        #expect(harness.observer.all.sweeps.last?.preemptions == 1)
        #expect(harness.drain())
        let recomputed = harness.observer.all.sweeps.reduce(0) { $0 + $1.recomputedTokens }
        #expect(recomputed == harness.observer.all.preemptions.reduce(0) { $0 + $1.lostTokens })
    }

    @Test("one of low priority ends, however many of a higher one keep coming")
    func noStarvation() throws {
        let harness = try self.harness(blocks: 10, running: 4, overtakes: 20)
        try harness.submit(.of(0, prompt: [1, 2, 3], maxTokens: 20) { $0.priority = 10 })
        var id: UInt64 = 1
        while harness.results[0] == nil {
            while harness.loop.waitingCount < 10 {
                try harness.submit(.of(id, prompt: [1, 2, 3], maxTokens: 12))
                id += 1
            }
            harness.step()
            try #require(id < 300, "the first request starves")
        }
        #expect(harness.results[0]?.finishReason == .length)
        let victims = harness.observer.all.preemptions.map(\.id)
        #expect(!victims.isEmpty && !victims.contains(0), "what patience gave it was taken away again")
    }

    @Test("a tenant with few requests does not wait for one with many")
    func tenants() throws {
        let harness = try self.harness(running: 2)
        for id in 0..<40 as Range<UInt64> { try harness.submit(.of(id) { $0.tenant = "many" }) }
        harness.step()
        try harness.submit(.of(100) { $0.tenant = "few" })
        while harness.results[100] == nil { harness.step() }
        #expect(harness.results.count <= 5)
    }
}
