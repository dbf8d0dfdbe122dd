import ServingCore

/// What the callers' threads and the engine's have in common; behind a lock.
struct EngineInbox: Sendable {
    /// What the engine thread is to do before its next step.
    struct Work: Sendable {
        var arrivals: [Submission]
        var cancellations: Set<UInt64>
        var isStop: Bool
    }

    private let maxWaitingSequences: Int
    private var arrivals: [Submission] = []
    private var cancellations: Set<UInt64> = []
    /// Of requests that were accepted and have not ended.
    private var heldIDs: Set<UInt64> = []
    private(set) var standing: EngineStanding
    /// The thread that runs the loop.
    private(set) var runner: ObjectIdentifier?

    init(maxWaitingSequences: Int, kvBlockCount: Int, now: ContinuousClock.Instant) {
        self.maxWaitingSequences = maxWaitingSequences
        self.standing = EngineStanding(lastProgress: now)
        self.standing.kvBlockCount = kvBlockCount
    }

    // MARK: The callers' side

    mutating func submit(_ submission: Submission) throws(EngineError) {
        guard self.standing.phase == .created || self.standing.phase == .running else {
            throw EngineError(.stopped, "the engine was stopped")
        }
        guard self.standing.waiting < self.maxWaitingSequences else {
            throw EngineError(
                .queueFull,
                "\(self.standing.waiting) requests wait, of at most \(self.maxWaitingSequences)"
            )
        }
        guard self.heldIDs.insert(submission.request.id).inserted else {
            throw EngineError(.duplicateID, "expected a new id, got \(submission.request.id) again")
        }
        if !self.standing.hasWork { self.standing.lastProgress = submission.submittedAt }
        self.standing.waiting += 1
        self.arrivals.append(submission)
    }

    mutating func cancel(_ id: UInt64) {
        if self.heldIDs.contains(id) { self.cancellations.insert(id) }
    }

    /// True where no thread is there to carry the stop out: the caller is to run the loop.
    mutating func beginStop() -> Bool {
        let hasThread = self.standing.phase != .created
        if self.standing.phase != .stopped { self.standing.phase = .stopping }
        return !hasThread
    }

    /// False where the engine has been started or stopped before.
    mutating func beginRun() -> Bool {
        guard self.standing.phase == .created else { return false }
        self.standing.phase = .running
        return true
    }

    // MARK: The engine thread's side

    mutating func runBegan(on thread: ObjectIdentifier) { self.runner = thread }

    /// Nil while there is nothing to do.
    mutating func takeWork(isIdle: Bool) -> Work? {
        let isStop = self.standing.phase == .stopping
        guard !isIdle || isStop || !self.arrivals.isEmpty || !self.cancellations.isEmpty else { return nil }
        defer {
            self.arrivals = []
            self.cancellations = []
        }
        return Work(arrivals: self.arrivals, cancellations: self.cancellations, isStop: isStop)
    }

    mutating func stepEnded(_ loop: EngineLoop, endings: [Ending], now: ContinuousClock.Instant) {
        for ending in endings { self.heldIDs.remove(ending.result.id) }
        self.standing.running = loop.runningCount
        self.standing.waiting = loop.waitingCount + self.arrivals.count
        self.standing.kvBlocksUsed = loop.kvBlocksUsed
        self.standing.consecutiveFailures = loop.consecutiveFailures
        self.standing.progressMark += 1
        self.standing.lastProgress = now
    }

    mutating func runEnded() {
        self.runner = nil
        self.standing.phase = .stopped
    }
}
