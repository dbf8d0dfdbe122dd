/// The bounds of one partition's ledger; the same for every worker of a group.
public struct LedgerLimits: Sendable, Equatable {
    /// How far above the committable offset records may be taken.
    public let window: Int
    /// After this many attempts without a known end, a record is not run again.
    public let maximumAttempts: Int

    /// - Parameters:
    ///   - window: 1 to 20,000, so that the offset map always fits what a broker stores.
    ///   - maximumAttempts: 1 to 100.
    public init(window: Int = PartitionLedger.largestWindow, maximumAttempts: Int = 3) {
        precondition((1...PartitionLedger.largestWindow).contains(window))
        precondition((1...OffsetMap.maximumAttempts).contains(maximumAttempts))
        self.window = window
        self.maximumAttempts = maximumAttempts
    }
}
