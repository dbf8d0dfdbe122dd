import Foundation
public import ServingCore

/// Generates completions for many requests at once, on a thread of its own.
///
/// The thread sleeps while there is no work. It owns the model, and everything but the queue in front of it.
public final class Engine: Sendable {
    private let runner: EngineRunner
    private let capacity: ModelCapacity
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Throws: ``EngineError`` with the code `invalidConfiguration`.
    public convenience init(
        model: sending any SequenceModel,
        textDecoder: any TokenTextDecoder,
        endOfSequenceTokens: [TokenID],
        configuration: EngineConfiguration,
        observer: any EngineObserver = SilentEngineObserver()
    ) throws(EngineError) {
        try self.init(
            model: model,
            textDecoder: textDecoder,
            endOfSequenceTokens: endOfSequenceTokens,
            configuration: configuration,
            observer: observer,
            now: { ContinuousClock.now }
        )
    }

    init(
        model: sending any SequenceModel,
        textDecoder: any TokenTextDecoder,
        endOfSequenceTokens: [TokenID],
        configuration: EngineConfiguration,
        observer: any EngineObserver,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) throws(EngineError) {
        let loop = try EngineLoop(
            model: model,
            textDecoder: textDecoder,
            endOfSequenceTokens: endOfSequenceTokens,
            configuration: configuration,
            observer: observer,
            now: now
        )
        self.capacity = loop.capacity
        self.now = now
        self.runner = EngineRunner(loop, maxWaitingSequences: configuration.maxWaitingSequences, now: now)
    }

    /// As ``stop()``, without waiting for the thread.
    deinit {
        if self.runner.inbox.change({ $0.beginStop() }) { self.runner.run() }
    }

    /// Starts the thread; only the first call does anything.
    public func start() {
        guard self.runner.inbox.change({ $0.beginRun() }) else { return }
        let thread = Thread { [runner = self.runner] in runner.run() }
        thread.name = "dure-engine"
        thread.start()
    }

    /// Takes a request, also before ``start()``.
    ///
    /// Returns at once. Each request that was taken ends exactly once, with a call of `onFinish` from the engine's thread.
    ///
    /// - Parameters:
    ///   - request: What to generate. Its id must differ from those of all requests that have not ended.
    ///   - onText: Gets the completion's text piece by piece, as soon as no stop string can take it back. The pieces
    ///     add up to the result's text. Called from the engine's thread, like `onFinish`: it must return soon.
    ///   - onFinish: Gets the result. May submit and cancel.
    /// - Throws: ``EngineError``: `invalidRequest` and `tooLong` for a request that could never end well, `duplicateID`,
    ///   `queueFull`, `stopped`.
    public func submit(
        _ request: GenerationRequest,
        onText: (@Sendable (String) -> Void)? = nil,
        onFinish: @escaping @Sendable (GenerationResult) -> Void
    ) throws(EngineError) {
        try self.capacity.check(request)
        let submission = Submission(
            request: request,
            submittedAt: self.now(),
            onText: onText,
            onFinish: onFinish
        )
        try self.runner.inbox.change { inbox throws(EngineError) in try inbox.submit(submission) }
    }

    /// Ends a request as soon as the sweep in progress is over; one that has ended is ignored.
    public func cancel(_ id: UInt64) { self.runner.inbox.change { $0.cancel(id) } }

    /// The most tokens that one sequence can hold, prompt and completion together.
    public var contextLength: Int { self.capacity.sequenceTokens }

    public var standing: EngineStanding { self.runner.inbox.withLock { $0.standing } }

    /// Ends everything that is left as cancelled, and returns when the last `onFinish` has.
    ///
    /// The sweep in progress is finished first. In a callback of the engine it does not wait.
    public func stop() {
        if self.runner.inbox.change({ $0.beginStop() }) { self.runner.run() }
        guard !self.runner.isOnItsThread else { return }
        self.runner.inbox.wait { $0.standing.phase == .stopped ? () : nil }
    }
}
