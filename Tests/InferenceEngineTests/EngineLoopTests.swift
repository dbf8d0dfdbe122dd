import MoEModel
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("EngineLoop")
struct EngineLoopTests {
    private struct Broken: Error, CustomStringConvertible { let description = "no such expert" }

    @Test("an idle loop does nothing")
    func idle() throws {
        let harness = try LoopHarness()
        harness.model.beforeSweep = { _ in Issue.record("a sweep of nothing") }
        harness.step()
        #expect(harness.results.isEmpty)
        #expect(harness.observer.all.sweeps.isEmpty)
    }

    @Test("a sweep mixes decoding sequences and chunks of prompts within its token budget")
    func mixedSweeps() throws {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 4
        configuration.maxBatchedTokens = 10
        let harness = try LoopHarness(endOfSequence: [], configuration: configuration)
        var shapes: [[Int]] = []
        harness.model.beforeSweep = { shapes.append($0.segments.map(\.tokens.count)) }
        try harness.submit(.of(1, prompt: [1, 2, 3]))
        harness.step()
        try harness.submit(.of(2, prompt: Array(repeating: 5, count: 24)))
        for _ in 0..<4 { harness.step() }
        #expect(shapes == [[3], [1, 9], [1, 9], [1, 6], [1, 1]])
        let reports = harness.observer.all.sweeps
        #expect(reports.map(\.prefillTokens) == [3, 9, 9, 6, 0])
        #expect(reports.map(\.decodeTokens) == [0, 1, 1, 1, 2])
        #expect(reports.map(\.kvBlocksUsed) == [1, 4, 7, 8, 9])
        #expect(reports.allSatisfy { $0.kvBlockCount == 64 && $0.recomputedTokens == 0 })
        #expect(harness.drain())
    }

    @Test("a sweep that throws fails its sequences and nobody else, and the loop goes on")
    func failedSweep() throws {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 2
        let harness = try LoopHarness(endOfSequence: [], configuration: configuration)
        for id in 1...4 as ClosedRange<UInt64> { try harness.submit(.of(id)) }
        harness.step()
        harness.model.beforeSweep = { _ in throw Broken() }
        harness.step()
        for id in 1...2 as ClosedRange<UInt64> {
            let result = try #require(harness.results[id])
            #expect(result.finishReason == .failed("the sweep failed: no such expert"))
            #expect(result.tokens.count == 1)
        }
        #expect(harness.loop.consecutiveFailures == 1)
        #expect(harness.loop.waitingCount == 2)
        harness.model.beforeSweep = { _ in }
        #expect(harness.drain())
        #expect(harness.loop.consecutiveFailures == 0)
        #expect(harness.results[3]?.finishReason == .length)
        #expect(harness.results[4]?.finishReason == .length)
        let failure = try #require(harness.observer.all.failures.first)
        #expect(failure.error is Broken && failure.sequences == 2 && failure.consecutiveFailures == 1)
    }

    @Test("failures in a row are counted")
    func failuresInARow() throws {
        let harness = try LoopHarness()
        harness.model.beforeSweep = { _ in throw Broken() }
        for id in 1...3 as ClosedRange<UInt64> { _ = try harness.run(.of(id)) }
        #expect(harness.observer.all.failures.map(\.consecutiveFailures) == [1, 2, 3])
    }

    @Test("logits that are not finite fail their own sequence only", arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(value: Float) throws {
        let harness = try LoopHarness(endOfSequence: [])
        let expected = try harness.run(.of(2, prompt: [9]))
        // The longer prompt is the first to get there.
        var isFirst = true
        harness.model.adjustRow = { _, position, row in
            guard position == 4, isFirst else { return }
            isFirst = false
            row[17] = value
        }
        try harness.submit(.of(1))
        try harness.submit(.of(2, prompt: [9]))
        #expect(harness.drain())
        #expect(harness.results[1]?.finishReason == .failed("the model's logits are not finite numbers"))
        #expect(harness.results[1]?.tokens.count == 2)
        #expect(harness.results[2]?.tokens == expected.tokens)
    }

    @Test("logits in the wrong shape fail the sweep")
    func wrongShape() throws {
        let harness = try LoopHarness()
        harness.model.adjustRow = { _, _, row in row.removeLast() }
        let result = try harness.run(.of())
        #expect(
            result.finishReason
                == .failed("the sweep failed: expected 1 rows of 64 logits, got 63 numbers in rows of 64")
        )
    }

    @Test("a deadline ends a sequence with what it has, running or waiting")
    func deadline() throws {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 1
        let harness = try LoopHarness(endOfSequence: [], configuration: configuration)
        let deadline = harness.now + .seconds(10)
        try harness.submit(.of(1) { $0.deadline = deadline })
        try harness.submit(.of(2) { $0.deadline = deadline })
        try harness.submit(.of(3))
        for _ in 0..<3 { harness.step() }
        harness.advance(by: .milliseconds(9999))
        harness.step()
        #expect(harness.results.isEmpty)
        harness.advance(by: .milliseconds(1))
        harness.step()
        #expect(harness.results[1]?.finishReason == .deadline)
        #expect(harness.results[1]?.tokens.count == 4)
        #expect(harness.results[1]?.text.isEmpty == false)
        #expect(harness.results[2]?.finishReason == .deadline)
        #expect(harness.results[2]?.tokens.isEmpty == true)
        #expect(harness.drain())
        #expect(harness.results[3]?.finishReason == .length)
    }

    @Test("a cancelled sequence ends with what it has, at the next step; an unknown id is ignored")
    func cancel() throws {
        let harness = try LoopHarness(endOfSequence: [])
        try harness.submit(.of(1))
        try harness.submit(.of(2))
        harness.step()
        harness.step()
        harness.loop.cancel(1)
        harness.loop.cancel(77)
        harness.step()
        #expect(harness.results[1]?.finishReason == .cancelled)
        #expect(harness.results[1]?.tokens.count == 2)
        #expect(harness.drain())
        #expect(harness.results[2]?.finishReason == .length)
        harness.loop.cancel(2)
        harness.step()
        #expect(harness.duplicates.isEmpty)
    }

    @Test("timings tell of the queue, the first token and the whole")
    func timings() throws {
        var configuration = EngineConfiguration()
        configuration.maxRunningSequences = 1
        let harness = try LoopHarness(endOfSequence: [], configuration: configuration)
        harness.model.beforeSweep = { [unowned harness] _ in harness.advance(by: .seconds(1)) }
        try harness.submit(.of(1, maxTokens: 3))
        try harness.submit(.of(2, maxTokens: 2))
        #expect(harness.drain())
        let timings = try #require(harness.results[2]?.timings)
        #expect(timings.queued == .seconds(3))
        #expect(timings.timeToFirstToken == .seconds(4))
        #expect(timings.total == .seconds(5))
        #expect(harness.observer.all.sweeps.allSatisfy { $0.modelDuration == .seconds(1) })
    }

    @Test("what does not fit with others still runs: a prompt as long as the KV cache")
    func longPrompt() throws {
        let harness = try LoopHarness(HashModel(kvBlockTokens: 4, kvBlockCount: 8), endOfSequence: [])
        for id in 1...3 as ClosedRange<UInt64> { try harness.submit(.of(id)) }
        harness.step()
        try harness.submit(.of(4, prompt: Array(repeating: 3, count: 32), maxTokens: 1))
        try harness.submit(.of(5))
        #expect(harness.drain())
        #expect(harness.results[4]?.finishReason == .length)
        #expect(harness.results[5]?.finishReason == .length)
    }

    @Test("a preempted sequence goes on to the same tokens, text, log probabilities and usage")
    func preemption() throws {
        let requests = (1...4 as ClosedRange<UInt64>).map { id in
            GenerationRequest.of(id, prompt: [TokenID(id), 2, 3, 4, 5], maxTokens: 30) {
                $0.sampling.topLogprobs = 3
                $0.sampling.repetitionPenalty = 1.3
                $0.sampling.frequencyPenalty = 0.5
            }
        }
        let alone = try LoopHarness(endOfSequence: [])
        let expected = try requests.map { try alone.run($0) }
        let harness = try LoopHarness(HashModel(kvBlockTokens: 4, kvBlockCount: 16), endOfSequence: [])
        for request in requests { try harness.submit(request) }
        #expect(harness.drain())
        let preemptions = harness.observer.all.preemptions
        #expect(!preemptions.isEmpty)
        #expect(preemptions.allSatisfy { $0.id > 1 }, "the most senior gives nothing up")
        #expect(harness.observer.all.sweeps.contains { $0.recomputedTokens > 0 })
        for expected in expected {
            let result = try #require(harness.results[expected.id])
            #expect(result.tokens == expected.tokens)
            #expect(result.text == expected.text)
            #expect(result.logprobs == expected.logprobs)
            #expect(result.usage == expected.usage)
            #expect(result.timings.preemptions == preemptions.count { $0.id == expected.id })
        }
    }
}
