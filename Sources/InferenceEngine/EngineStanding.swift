/// Where the engine stands, for health and metrics.
public struct EngineStanding: Sendable, Equatable {
    public enum Phase: Sendable, Equatable {
        /// Requests are accepted; ``Engine/start()`` has not been called.
        case created
        case running
        /// No request is accepted; what is left ends as cancelled.
        case stopping
        case stopped
    }

    public var phase: Phase = .created
    public var running = 0
    /// Requests accepted and not begun, and sequences that were preempted.
    public var waiting = 0
    public var kvBlocksUsed = 0
    public var kvBlockCount = 0
    /// Grows with every sweep that ended, well or not.
    public var progressMark: UInt64 = 0
    /// When ``progressMark`` last grew, or work came to an idle engine.
    ///
    /// An engine that ``hasWork`` and whose last progress is long past is stuck.
    public var lastProgress: ContinuousClock.Instant
    /// Sweeps that failed since the last good one.
    public var consecutiveFailures = 0

    public init(lastProgress: ContinuousClock.Instant) { self.lastProgress = lastProgress }

    public var hasWork: Bool { self.running + self.waiting > 0 }
}
