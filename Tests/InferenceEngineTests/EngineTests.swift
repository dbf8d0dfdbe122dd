import Foundation
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Engine")
struct EngineTests {
    private func engine(
        _ model: sending HashModel = HashModel(),
        waiting: Int = 100,
        observer: any EngineObserver = SilentEngineObserver()
    ) throws -> Engine {
        var configuration = EngineConfiguration()
        configuration.maxWaitingSequences = waiting
        return try Engine(
            model: model,
            textDecoder: ByteTextDecoder(),
            endOfSequenceTokens: [],
            configuration: configuration,
            observer: observer
        )
    }

    @Test("a request that is submitted ends with its result")
    func oneRequest() throws {
        let engine = try self.engine()
        engine.start()
        let results = ResultCollector()
        try engine.submit(.of(7, maxTokens: 10), onFinish: results.add)
        let result = try #require(results.waitFor(1).first)
        #expect(result.id == 7)
        #expect(result.tokens.count == 10)
        #expect(result.finishReason == .length)
        #expect(result.usage == TokenUsage(promptTokens: 3, completionTokens: 10))
        engine.stop()
        #expect(engine.standing.phase == .stopped)
        #expect(engine.standing.kvBlocksUsed == 0)
        #expect(!engine.standing.hasWork)
    }

    @Test("many threads may submit and cancel at once; each request ends exactly once")
    func manyThreads() throws {
        let engine = try self.engine(waiting: 1000)
        engine.start()
        let results = ResultCollector()
        let failures = GuardedState<[EngineError]>([])
        for thread in 0..<4 as Range<UInt64> {
            Thread {
                for index in 0..<50 as Range<UInt64> {
                    let id = thread * 1000 + index
                    do throws(EngineError) {
                        try engine.submit(.of(id, maxTokens: 5), onFinish: results.add)
                    } catch {
                        failures.change { $0.append(error) }
                    }
                    if index.isMultiple(of: 5) { engine.cancel(id) }
                    _ = engine.standing
                }
            }.start()
        }
        let all = results.waitFor(200)
        #expect(failures.withLock { $0 }.isEmpty)
        #expect(Set(all.map(\.id)).count == 200)
        #expect(all.allSatisfy { $0.finishReason == .length || $0.finishReason == .cancelled })
        engine.stop()
        #expect(results.all.count == 200)
    }

    @Test("the waiting queue is bounded, and an id is taken once")
    func refusals() throws {
        let engine = try self.engine(waiting: 2)
        let results = ResultCollector()
        try engine.submit(.of(1), onFinish: results.add)
        #expect(self.code { try engine.submit(.of(1), onFinish: results.add) } == .duplicateID)
        try engine.submit(.of(2), onFinish: results.add)
        #expect(self.code { try engine.submit(.of(3), onFinish: results.add) } == .queueFull)
        #expect(self.code { try engine.submit(.of(3, prompt: []), onFinish: results.add) } == .invalidRequest)
        #expect(engine.standing.waiting == 2)
        engine.start()
        _ = results.waitFor(2)
        // Both ids are free again.
        try engine.submit(.of(1), onFinish: results.add)
        _ = results.waitFor(3)
        engine.stop()
        #expect(self.code { try engine.submit(.of(4), onFinish: results.add) } == .stopped)
        #expect(results.all.count == 3)
    }

    private func code(_ body: () throws -> Void) -> EngineError.Code? {
        do { try body() } catch { return (error as? EngineError)?.code }
        return nil
    }

    @Test("stop ends everything that is left as cancelled, also what was never begun", arguments: [true, false])
    func stop(isStarted: Bool) throws {
        let gate = GuardedState(0)
        let model = HashModel(contextLength: 10_000, kvBlockCount: 2000)
        model.beforeSweep = { _ in gate.change { $0 += 1 } }
        let engine = try self.engine(model)
        if isStarted { engine.start() }
        let results = ResultCollector()
        for id in 0..<20 as Range<UInt64> { try engine.submit(.of(id, maxTokens: nil), onFinish: results.add) }
        if isStarted { gate.wait { $0 > 3 ? () : nil } }
        engine.stop()
        #expect(results.all.count == 20)
        #expect(results.all.allSatisfy { $0.finishReason == .cancelled })
        #expect(engine.standing.phase == .stopped)
        engine.stop()
    }

    @Test("a callback may submit, under the same id too, cancel and stop")
    func callbacks() throws {
        let engine = try self.engine()
        engine.start()
        let results = ResultCollector()
        try engine.submit(.of(1)) { first in
            results.add(first)
            engine.cancel(1)
            // A refusal would leave the test waiting.
            try? engine.submit(.of(1)) { second in
                results.add(second)
                engine.stop()
            }
        }
        #expect(results.waitFor(2).map(\.finishReason) == [.length, .length])
        engine.stop()
        #expect(engine.standing.phase == .stopped)
    }

    @Test("standing tells a stuck engine from an idle one")
    func standing() throws {
        let gate = GuardedState((isOpen: false, entered: 0))
        let model = HashModel()
        model.beforeSweep = { _ in
            gate.change { $0.entered += 1 }
            gate.wait { $0.isOpen ? () : nil }
        }
        let engine = try self.engine(model)
        #expect(engine.standing.phase == .created && !engine.standing.hasWork)
        engine.start()
        let results = ResultCollector()
        let before = ContinuousClock.now
        try engine.submit(.of(1, maxTokens: 3), onFinish: results.add)
        gate.wait { $0.entered > 0 ? () : nil }
        let stuck = engine.standing
        #expect(stuck.hasWork && stuck.lastProgress >= before && stuck.kvBlockCount == 64)
        #expect(engine.standing.progressMark == stuck.progressMark)
        gate.change { $0.isOpen = true }
        _ = results.waitFor(1)
        #expect(engine.standing.progressMark >= stuck.progressMark + 3)
        #expect(engine.standing.lastProgress > stuck.lastProgress)
        #expect(!engine.standing.hasWork)
        engine.stop()
    }

    @Test("an engine that is let go ends what it has")
    func letGo() throws {
        let results = ResultCollector()
        for isStarted in [true, false] {
            let model = HashModel(contextLength: 1_000_000, kvBlockCount: 300_000)
            let engine = try self.engine(model)
            if isStarted { engine.start() }
            try engine.submit(.of(1, maxTokens: nil), onFinish: results.add)
        }
        #expect(results.waitFor(2).allSatisfy { $0.finishReason == .cancelled })
    }

    @Test("an engine cannot be made with a bad configuration")
    func badConfiguration() {
        #expect(self.code { _ = try self.engine(waiting: 0) } == .invalidConfiguration)
    }
}
