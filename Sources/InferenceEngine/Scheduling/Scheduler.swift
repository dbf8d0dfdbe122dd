/// Decides what each sweep computes, and who holds the KV blocks.
///
/// A sequence is senior to another by priority, then by arrival. When KV blocks run out, juniors give theirs up; so
/// the most senior sequence goes on in every sweep, and every other becomes it one day. That is why nothing deadlocks.
struct Scheduler {
    private let configuration: EngineConfiguration
    private let capacity: ModelCapacity
    private var pool: KVBlockPool
    private var waiting: WaitingQueue
    private var shares = TenantShares()
    /// Most senior first.
    private(set) var running: [ActiveSequence] = []
    /// Those of the batch chosen last.
    private(set) var preemptions: [Preemption] = []

    init(configuration: EngineConfiguration, capacity: ModelCapacity) {
        self.configuration = configuration
        self.capacity = capacity
        self.pool = KVBlockPool(blockCount: capacity.kvBlockCount)
        self.waiting = WaitingQueue(maxOvertakes: configuration.maxOvertakes)
    }

    var waitingCount: Int { self.waiting.count }
    var kvBlocksUsed: Int { self.pool.usedCount }

    // MARK: Arrivals and ends

    /// The tenant's index for a sequence that ``add(_:)`` is about to get.
    mutating func beginRequest(of tenant: String) -> Int { self.shares.begin(tenant) }

    mutating func add(_ sequence: ActiveSequence) { self.waiting.add(sequence) }

    /// Lets go of a running sequence that has ended.
    mutating func end(_ sequence: ActiveSequence) {
        guard let index = self.running.firstIndex(where: { $0 === sequence }) else {
            preconditionFailure("sequence \(sequence.id) ended, and is not running")
        }
        self.running.remove(at: index)
        self.release(sequence)
        self.shares.end(sequence.tenant)
    }

    /// Lets go of the sequences that have ended from outside, and returns them.
    mutating func remove(where isGone: (ActiveSequence) -> Bool) -> [ActiveSequence] {
        let stopped = self.running.filter(isGone)
        for sequence in stopped { self.end(sequence) }
        let dropped = self.waiting.remove(where: isGone)
        for sequence in dropped { self.shares.end(sequence.tenant) }
        return stopped + dropped
    }

    mutating func charge(_ sequence: ActiveSequence, tokens: Int) {
        self.shares.charge(sequence.tenant, tokens: tokens)
    }

    // MARK: Admission

    /// Lets waiting sequences run, as long as the next sweep has tokens and the pool has KV blocks for them.
    mutating func admit(at now: ContinuousClock.Instant) {
        var tokens = self.configuration.maxBatchedTokens - self.running.reduce(0) { $0 + $1.pendingTokens }
        // What the running ones will need for the tokens they have is spoken for.
        var blocks = self.pool.freeCount
        for sequence in self.running {
            blocks -= self.capacity.blocks(for: sequence.tokens.count) - sequence.blockTable.count
        }
        while tokens > 0, self.running.count < self.configuration.maxRunningSequences {
            guard let sequence = self.waiting.next(self.shares) else { return }
            let needed = self.capacity.blocks(for: sequence.tokens.count)
            // Nobody goes before the one that does not fit: smaller ones could keep it out for ever.
            guard self.running.isEmpty || needed + self.growthReserve <= blocks else { return }
            self.waiting.take(sequence)
            if sequence.admittedAt == nil {
                sequence.admittedAt = now
                self.shares.charge(sequence.tenant, tokens: sequence.tokens.count)
            }
            self.insert(sequence)
            tokens -= sequence.pendingTokens
            blocks -= needed
        }
    }

    /// KV blocks that admission leaves for the growth of what runs: a preemption costs more than waiting a little.
    private var growthReserve: Int { max(1, self.capacity.kvBlockCount / 100) }

    private mutating func insert(_ sequence: ActiveSequence) {
        let index = self.running.firstIndex { sequence.isSenior(to: $0) } ?? self.running.endIndex
        self.running.insert(sequence, at: index)
    }

    // MARK: The batch

    /// Chooses what the next sweep computes, and gives the KV blocks for it; nil when nothing runs.
    ///
    /// Each sequence that decodes has its token; the rest of the batch goes to prompts, most senior first.
    mutating func nextBatch() -> SweepBatch? {
        self.preemptions = []
        guard !self.running.isEmpty else { return nil }
        var prefillBudget = self.configuration.maxBatchedTokens - self.running.count(where: \.isDecoding)
        var batch = SweepBatch()
        var index = 0
        // Preemption shortens `running` behind `index`.
        while index < self.running.count {
            let sequence = self.running[index]
            let isDecoding = sequence.isDecoding
            let wanted = isDecoding ? 1 : min(sequence.pendingTokens, prefillBudget)
            let tokenCount = self.giveBlocks(to: sequence, for: wanted)
            if !isDecoding { prefillBudget -= tokenCount }
            if tokenCount > 0 { batch.add(sequence, tokenCount: tokenCount) }
            index += 1
        }
        return batch
    }

    /// Gives `sequence` the KV blocks for its next `wanted` tokens, and returns how many they are enough for.
    ///
    /// Juniors give way. Where there is none left, the sequence makes do, or pauses with what it holds: it is either
    /// the most senior, which always fits, or a senior will end or take its KV blocks.
    private mutating func giveBlocks(to sequence: ActiveSequence, for wanted: Int) -> Int {
        let needed = self.capacity.blocks(for: sequence.computedTokens + wanted) - sequence.blockTable.count
        while self.pool.freeCount < needed, let junior = self.running.last, junior !== sequence {
            self.preempt(junior)
        }
        if needed > 0 { sequence.blockTable += self.pool.take(min(needed, self.pool.freeCount)) }
        let room = sequence.blockTable.count * self.capacity.kvBlockTokens - sequence.computedTokens
        return min(wanted, room)
    }

    private mutating func preempt(_ sequence: ActiveSequence) {
        self.running.removeLast()
        self.preemptions.append(
            Preemption(
                id: sequence.id,
                lostTokens: sequence.computedTokens,
                freedBlocks: sequence.blockTable.count
            )
        )
        sequence.preemptions += 1
        self.release(sequence)
        self.waiting.add(sequence)
    }

    private mutating func release(_ sequence: ActiveSequence) {
        self.pool.give(back: sequence.blockTable)
        sequence.blockTable = []
        sequence.computedTokens = 0
    }

    /// Enters what a sweep has computed.
    mutating func computed(_ part: SweepBatch.Part) {
        let sequence = part.sequence
        sequence.computedTokens += part.tokenCount
        sequence.highestComputedTokens = max(sequence.highestComputedTokens, sequence.computedTokens)
    }

    // MARK: Integrity

    /// Traps where the books are wrong; called between sweeps.
    func checkIntegrity() {
        self.pool.checkIntegrity(heldBy: self.running.map(\.blockTable))
        self.waiting.checkIntegrity()
        precondition(self.running.count <= self.configuration.maxRunningSequences, "too many sequences run")
        for (index, sequence) in self.running.enumerated() {
            precondition(sequence.pendingTokens >= 1, "sequence \(sequence.id) runs with nothing to compute")
            precondition(
                sequence.blockTable.count >= self.capacity.blocks(for: sequence.computedTokens),
                "sequence \(sequence.id) has computed more tokens than its KV blocks hold"
            )
            precondition(
                index == 0 || self.running[index - 1].isSenior(to: sequence),
                "the running sequences are out of order"
            )
        }
        if self.running.isEmpty, self.waiting.count == 0 {
            precondition(self.shares.tenantCount == 0, "a tenant's share is kept without a request")
        }
    }
}
