/// Sees what the engine does: for logs, metrics and health.
///
/// Called on the engine's thread, so it must return soon.
public protocol EngineObserver: Sendable {
    /// Once per sweep, also after one that failed.
    func sweepEnded(_ report: SweepReport)
    /// A sweep failed, and with it its sequences.
    func sweepFailed(_ failure: SweepFailure)
    /// A sequence lost its KV blocks and will be computed again.
    func preempted(_ preemption: Preemption)
}

/// What one sweep was and did.
public struct SweepReport: Sendable, Equatable {
    /// Prompt tokens, and tokens that are computed again after a preemption.
    public var prefillTokens = 0
    /// Those of `prefillTokens` that had been computed before.
    public var recomputedTokens = 0
    public var decodeTokens = 0
    public var sequences = 0
    public var preemptions = 0
    /// From the choice of the batch to the last published token.
    public var duration: Duration = .zero
    /// The model's part of `duration`.
    public var modelDuration: Duration = .zero
    /// After the sweep.
    public var runningSequences = 0
    public var waitingSequences = 0
    public var kvBlocksUsed = 0
    public var kvBlockCount = 0

    public init() {}

    public var tokens: Int { self.prefillTokens + self.decodeTokens }
}

/// A sweep that the model did not bring to an end.
public struct SweepFailure: Sendable {
    /// As the model threw it: it may say that the process should not go on.
    public var error: any Error
    /// Sequences that ended with it.
    public var sequences: Int
    /// Sweeps that failed since the last good one, this one included.
    public var consecutiveFailures: Int

    public init(error: any Error, sequences: Int, consecutiveFailures: Int) {
        self.error = error
        self.sequences = sequences
        self.consecutiveFailures = consecutiveFailures
    }
}

/// A running sequence that had to give up its KV blocks.
public struct Preemption: Sendable, Equatable {
    public var id: UInt64
    /// Tokens whose keys and values are lost.
    public var lostTokens: Int
    public var freedBlocks: Int

    public init(id: UInt64, lostTokens: Int, freedBlocks: Int) {
        self.id = id
        self.lostTokens = lostTokens
        self.freedBlocks = freedBlocks
    }
}

/// Reports to nobody.
public struct SilentEngineObserver: EngineObserver {
    public init() {}

    public func sweepEnded(_ report: SweepReport) {}
    public func sweepFailed(_ failure: SweepFailure) {}
    public func preempted(_ preemption: Preemption) {}
}
