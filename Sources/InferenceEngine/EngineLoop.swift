import MoEModel
import ServingCore

/// The engine's work, one sweep at a time: requests in, tokens out.
///
/// It owns the model, the KV blocks and the sequences. Synchronous and without locks: ``Engine`` puts a thread around it.
final class EngineLoop {
    private let model: any SequenceModel
    private let textDecoder: any TokenTextDecoder
    private let endOfSequenceTokens: [TokenID]
    private let observer: any EngineObserver
    private let now: () -> ContinuousClock.Instant
    let capacity: ModelCapacity

    private var scheduler: Scheduler
    private var sampler = Sampler()
    private var onFinish: [UInt64: @Sendable (GenerationResult) -> Void] = [:]
    private var nextOrdinal: UInt64 = 0
    private var cancelled: Set<UInt64> = []
    private var endings: [Ending] = []
    private(set) var consecutiveFailures = 0

    init(
        model: any SequenceModel,
        textDecoder: any TokenTextDecoder,
        endOfSequenceTokens: [TokenID],
        configuration: EngineConfiguration,
        observer: any EngineObserver,
        now: @escaping () -> ContinuousClock.Instant
    ) throws(EngineError) {
        self.model = model
        self.textDecoder = textDecoder
        self.endOfSequenceTokens = endOfSequenceTokens
        self.observer = observer
        self.now = now
        self.capacity = try ModelCapacity(model)
        self.scheduler = Scheduler(configuration: try configuration.validated(), capacity: self.capacity)
    }

    var isIdle: Bool { self.runningCount + self.waitingCount == 0 }
    var runningCount: Int { self.scheduler.running.count }
    var waitingCount: Int { self.scheduler.waitingCount }
    var kvBlocksUsed: Int { self.scheduler.kvBlocksUsed }

    /// Enters a request that ``ModelCapacity/check(_:)`` has let pass.
    func submit(_ submission: Submission) {
        let request = submission.request
        let isKnown = self.onFinish.updateValue(submission.onFinish, forKey: request.id) != nil
        precondition(!isKnown, "request \(request.id) was submitted twice")
        let sampling = SamplingState(
            request,
            endOfSequenceTokens: self.endOfSequenceTokens,
            vocabularySize: self.capacity.vocabularySize
        )
        let completion = CompletionBuilder(
            submission,
            maxTokens: self.capacity.maxCompletionTokens(of: request),
            endOfSequenceTokens: self.endOfSequenceTokens,
            stream: self.textDecoder.makeStream(skippingSpecialTokens: request.sampling.skipSpecialTokens)
        )
        let sequence = ActiveSequence(
            request: request,
            ordinal: self.nextOrdinal,
            tenant: self.scheduler.beginRequest(of: request.tenant),
            sampling: sampling,
            completion: completion
        )
        self.nextOrdinal += 1
        self.scheduler.add(sequence)
    }

    /// Ends a request at the next step; one that has ended is ignored.
    func cancel(_ id: UInt64) {
        if self.onFinish[id] != nil { self.cancelled.insert(id) }
    }

    func cancelAll() { self.cancelled.formUnion(self.onFinish.keys) }

    /// Runs at most one sweep, and returns what has ended.
    func step() -> [Ending] {
        let start = self.now()
        self.endOverdue(at: start)
        self.scheduler.admit(at: start)
        guard let batch = self.scheduler.nextBatch() else { return self.takeEndings() }
        for preemption in self.scheduler.preemptions { self.observer.preempted(preemption) }
        do {
            let stalledBefore = self.model.stalled
            var logits = try self.run(batch)
            let modelEnd = self.now()
            let stalled = self.model.stalled - stalledBefore
            self.scheduler.ended(batch, stalled: stalled, of: start.duration(to: modelEnd))
            self.publish(self.sample(&logits, batch))
            self.report(batch, start: start, modelEnd: modelEnd)
        } catch {
            self.fail(batch, error)
            self.report(batch, start: start, modelEnd: self.now())
        }
        return self.takeEndings()
    }

    // MARK: Before the sweep

    private func endOverdue(at now: ContinuousClock.Instant) {
        let cancelled = self.cancelled
        self.cancelled = []
        let gone = self.scheduler.remove { sequence in
            cancelled.contains(sequence.id) || sequence.deadline.map { $0 <= now } == true
        }
        for sequence in gone {
            self.finish(sequence, cancelled.contains(sequence.id) ? .cancelled : .deadline, at: now)
        }
    }

    // MARK: The sweep

    private func run(_ batch: SweepBatch) throws -> [Float] {
        let logits = try self.model.run(batch.sweep)
        let expected = batch.logitRows * self.capacity.vocabularySize
        guard logits.values.count == expected, logits.vocabularySize == self.capacity.vocabularySize else {
            throw SweepError(
                description: "expected \(batch.logitRows) rows of \(self.capacity.vocabularySize) logits, "
                    + "got \(logits.values.count) numbers in rows of \(logits.vocabularySize)"
            )
        }
        self.consecutiveFailures = 0
        return logits.values
    }

    private typealias Choice = (sequence: ActiveSequence, outcome: Result<SampledToken, SamplingFailure>)

    private func sample(_ logits: inout [Float], _ batch: SweepBatch) -> [Choice] {
        var choices: [Choice] = []
        choices.reserveCapacity(batch.logitRows)
        for part in batch.parts {
            self.scheduler.computed(part)
            guard part.givesLogits else { continue }
            let start = choices.count * self.capacity.vocabularySize
            do throws(SamplingFailure) {
                let row = start..<start + self.capacity.vocabularySize
                let token = try self.sampler.sample(&logits, row: row, part.sequence.sampling)
                choices.append((part.sequence, .success(token)))
            } catch {
                choices.append((part.sequence, .failure(error)))
            }
        }
        return choices
    }

    private func publish(_ choices: [Choice]) {
        let now = self.now()
        for (sequence, outcome) in choices {
            switch outcome {
            case .success(let sampled):
                sequence.append(sampled.token)
                sequence.sampling.record(sampled.token)
                self.scheduler.charge(sequence, tokens: 1)
                guard let reason = sequence.completion.append(sampled, at: now) else { continue }
                self.scheduler.end(sequence)
                self.finish(sequence, reason, at: now)
            case .failure(let failure):
                self.scheduler.end(sequence)
                self.finish(sequence, .failed(failure.message), at: now)
            }
        }
    }

    /// Ends the sequences of a sweep that the model did not bring to an end: what it has written of their keys and
    /// values nobody knows.
    private func fail(_ batch: SweepBatch, _ error: any Error) {
        let now = self.now()
        let reason = "the sweep failed: \(error)"
        self.consecutiveFailures += 1
        for part in batch.parts {
            self.scheduler.end(part.sequence)
            self.finish(part.sequence, .failed(reason), at: now)
        }
        self.observer.sweepFailed(
            SweepFailure(
                error: error,
                sequences: batch.parts.count,
                consecutiveFailures: self.consecutiveFailures
            )
        )
    }

    // MARK: After the sweep

    private func finish(_ sequence: ActiveSequence, _ reason: FinishReason, at now: ContinuousClock.Instant) {
        guard let onFinish = self.onFinish.removeValue(forKey: sequence.id) else {
            preconditionFailure("sequence \(sequence.id) ended twice")
        }
        let result = sequence.completion.finish(
            reason,
            cachedTokens: sequence.cachedTokens,
            admittedAt: sequence.admittedAt,
            preemptions: sequence.preemptions,
            at: now
        )
        self.endings.append(Ending(result: result, onFinish: onFinish))
    }

    private func takeEndings() -> [Ending] {
        assert(self.isIntact)
        defer { self.endings = [] }
        return self.endings
    }

    private func report(_ batch: SweepBatch, start: ContinuousClock.Instant, modelEnd: ContinuousClock.Instant) {
        var report = SweepReport()
        report.prefillTokens = batch.prefillTokens
        report.recomputedTokens = batch.recomputedTokens
        report.decodeTokens = batch.decodeTokens
        report.sequences = batch.parts.count
        report.preemptions = self.scheduler.preemptions.count
        report.duration = start.duration(to: self.now())
        report.modelDuration = start.duration(to: modelEnd)
        report.runningSequences = self.runningCount
        report.waitingSequences = self.waitingCount
        report.kvBlocksUsed = self.kvBlocksUsed
        report.kvBlockCount = self.capacity.kvBlockCount
        self.observer.sweepEnded(report)
    }

    /// True, or a trap; in debug builds only.
    private var isIntact: Bool {
        self.checkIntegrity()
        return true
    }

    func checkIntegrity() {
        self.scheduler.checkIntegrity()
        precondition(self.onFinish.count == self.runningCount + self.waitingCount, "a request is lost")
    }
}

/// The model gave something other than the logits of its sweep.
private struct SweepError: Error, CustomStringConvertible {
    var description: String
}
