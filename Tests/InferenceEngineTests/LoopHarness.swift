import ServingCore
import TestSupport

@testable import InferenceEngine

/// An ``EngineLoop`` in one thread, with a clock that the test moves and results that it can look at.
final class LoopHarness {
    let loop: EngineLoop
    let model: HashModel
    let observer = RecordingObserver()
    /// Each result once; a second one for the same id is a failure.
    private(set) var results: [UInt64: GenerationResult] = [:]
    private(set) var duplicates: [UInt64] = []
    private let clock: TestClock

    init(
        _ model: HashModel = HashModel(),
        decoder: ByteTextDecoder = ByteTextDecoder(),
        endOfSequence: [TokenID] = [0],
        configuration: EngineConfiguration = EngineConfiguration()
    ) throws(EngineError) {
        let clock = TestClock()
        self.clock = clock
        self.model = model
        self.loop = try EngineLoop(
            model: model,
            textDecoder: decoder,
            endOfSequenceTokens: endOfSequence,
            configuration: configuration,
            observer: self.observer,
            now: { clock.now }
        )
    }

    var now: ContinuousClock.Instant { self.clock.now }
    func advance(by duration: Duration) { self.clock.advance(by: duration) }

    func submit(_ request: GenerationRequest, onText: (@Sendable (String) -> Void)? = nil) throws(EngineError) {
        try self.loop.capacity.check(request)
        self.loop.submit(Submission(request: request, submittedAt: self.now, onText: onText, onFinish: { _ in }))
    }

    /// One step, after which everything must be in order.
    func step() {
        for ending in self.loop.step() {
            if self.results.updateValue(ending.result, forKey: ending.result.id) != nil {
                self.duplicates.append(ending.result.id)
            }
        }
        self.loop.checkIntegrity()
    }

    /// Steps until nothing is left; false if that takes more than `limit` steps.
    func drain(limit: Int = 100_000) -> Bool {
        for _ in 0..<limit {
            if self.loop.isIdle { return true }
            self.step()
        }
        return self.loop.isIdle
    }

    /// The result of `request` alone.
    func run(_ request: GenerationRequest) throws -> GenerationResult {
        try self.submit(request)
        guard self.drain(), let result = self.results.removeValue(forKey: request.id) else { throw NoResult() }
        return result
    }

    struct NoResult: Error {}
}

/// A clock that moves only when it is told to, on the scale of deadlines.
final class TestClock: Sendable {
    private let clock = GuardedState(ContinuousClock.now)

    var now: ContinuousClock.Instant { self.clock.withLock { $0 } }
    func advance(by duration: Duration) { self.clock.change { $0 += duration } }
}

/// Keeps what the engine reports.
final class RecordingObserver: EngineObserver {
    struct Reports: Sendable {
        var sweeps: [SweepReport] = []
        var failures: [SweepFailure] = []
        var preemptions: [Preemption] = []
    }

    private let reports = GuardedState(Reports())

    var all: Reports { self.reports.withLock { $0 } }

    func sweepEnded(_ report: SweepReport) { self.reports.change { $0.sweeps.append(report) } }
    func sweepFailed(_ failure: SweepFailure) { self.reports.change { $0.failures.append(failure) } }
    func preempted(_ preemption: Preemption) { self.reports.change { $0.preemptions.append(preemption) } }
}

extension GenerationRequest {
    static func of(
        _ id: UInt64 = 1,
        prompt: [TokenID] = [1, 2, 3],
        maxTokens: Int? = 8,
        _ set: (inout GenerationRequest) -> Void = { _ in }
    ) -> GenerationRequest {
        var request = GenerationRequest(id: id, prompt: prompt, sampling: SamplingParameters(), seed: id)
        request.sampling.maxTokens = maxTokens
        set(&request)
        return request
    }
}

extension HashModel {
    /// Makes the model generate `script` after a prompt of `promptCount` tokens, whatever the sampling.
    func follow(_ script: [TokenID], promptCount: Int) {
        self.adjustRow = { _, position, row in
            let index = position + 1 - promptCount
            if script.indices.contains(index) { row[Int(script[index])] = 1000 }
        }
    }
}
