/// Decides what each sweep computes, and who holds the KV blocks.
///
/// A sequence is senior to another by priority, then by arrival. When KV blocks run out, juniors give theirs up; so
/// the most senior sequence goes on in every sweep, and every other becomes it one day. That is why nothing deadlocks.
struct Scheduler {
    private let configuration: EngineConfiguration
    private let capacity: ModelCapacity
    private var pool: KVBlockPool
    private var prefixes = PrefixCache()
    private var waiting: WaitingQueue
    private var shares = TenantShares()
    private var budget: SweepBudget
    /// Most senior first.
    private(set) var running: [ActiveSequence] = []
    /// Those of the batch chosen last.
    private(set) var preemptions: [Preemption] = []

    init(configuration: EngineConfiguration, capacity: ModelCapacity) {
        self.configuration = configuration
        self.capacity = capacity
        self.pool = KVBlockPool(blockCount: capacity.kvBlockCount)
        self.waiting = WaitingQueue(maxOvertakes: configuration.maxOvertakes)
        let tokens = configuration.maxBatchedTokens
        self.budget = SweepBudget(least: tokens, most: configuration.maxStreamedTokens ?? tokens)
    }

    var waitingCount: Int { self.waiting.count }
    /// KV blocks that running sequences hold.
    var kvBlocksUsed: Int { self.pool.usedCount - self.prefixes.idleCount }
    /// KV blocks that can be had without a preemption.
    private var availableBlocks: Int { self.pool.freeCount + self.prefixes.idleCount }

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
        var tokens = self.budget.tokens - self.running.reduce(0) { $0 + $1.pendingTokens }
        // What the running ones will need for the tokens they have is spoken for.
        var blocks = self.availableBlocks
        for sequence in self.running {
            blocks -= self.capacity.blocks(for: sequence.tokens.count) - sequence.blockTable.count
        }
        while tokens > 0, self.running.count < self.configuration.maxRunningSequences {
            guard let sequence = self.waiting.next(self.shares) else { return }
            let needed = self.capacity.blocks(for: sequence.tokens.count) - self.heldPrefix(of: sequence)
            // Nobody goes before the one that does not fit: smaller ones could keep it out for ever.
            guard self.running.isEmpty || needed + self.growthReserve <= blocks else { return }
            self.waiting.take(sequence)
            if sequence.admittedAt == nil {
                sequence.admittedAt = now
                self.shares.charge(sequence.tenant, tokens: sequence.tokens.count)
            }
            self.insert(sequence)
            self.adoptPrefix(sequence)
            tokens -= sequence.pendingTokens
            blocks -= needed
        }
    }

    /// How many blocks of a waiting sequence's beginning other sequences hold: these take no room.
    ///
    /// Idle ones do, since nobody else can have theirs any more.
    private func heldPrefix(of sequence: ActiveSequence) -> Int {
        guard self.configuration.usesPrefixCache else { return 0 }
        let size = self.capacity.kvBlockTokens
        var parent: Int32?
        var held = 0
        for first in stride(from: 0, to: sequence.tokens.count - size, by: size) {
            let key = PrefixCache.Key(parent: parent, tokens: sequence.tokens[first..<first + size])
            guard let block = self.prefixes.block(key), !self.prefixes.isIdle(block) else { break }
            parent = block
            held += 1
        }
        return held
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
    /// Each sequence that decodes has its token; the rest of the batch goes to prompts, most senior first. Of several
    /// prompts that go on alike the most senior computes, and the others wait for what it computes.
    mutating func nextBatch() -> SweepBatch? {
        self.preemptions = []
        guard !self.running.isEmpty else { return nil }
        var prefillBudget = self.budget.tokens - self.running.count(where: \.isDecoding)
        var batch = SweepBatch()
        var computing: Set<PrefixCache.Key> = []
        var index = 0
        // Preemption shortens `running` behind `index`.
        while index < self.running.count {
            let sequence = self.running[index]
            index += 1
            self.adoptPrefix(sequence)
            let isDecoding = sequence.isDecoding
            let key = isDecoding ? nil : self.sharedKey(of: sequence)
            if let key, computing.contains(key) { continue }
            let wanted = isDecoding ? 1 : min(sequence.pendingTokens, prefillBudget)
            let tokenCount = self.giveBlocks(to: sequence, for: wanted)
            if !isDecoding { prefillBudget -= tokenCount }
            guard tokenCount > 0 else { continue }
            batch.add(sequence, tokenCount: tokenCount)
            if let key { computing.insert(key) }
        }
        return batch
    }

    /// Gives `sequence` the KV blocks for its next `wanted` tokens, and returns how many they are enough for.
    ///
    /// Juniors give way. Where there is none left, the sequence makes do, or pauses with what it holds: it is either
    /// the most senior, which always fits, or a senior will end or take its KV blocks.
    private mutating func giveBlocks(to sequence: ActiveSequence, for wanted: Int) -> Int {
        let needed = self.capacity.blocks(for: sequence.computedTokens + wanted) - sequence.blockTable.count
        while self.availableBlocks < needed, let junior = self.running.last, junior !== sequence {
            self.preempt(junior)
        }
        if needed > 0 { sequence.blockTable += self.takeBlocks(min(needed, self.availableBlocks)) }
        let room = sequence.blockTable.count * self.capacity.kvBlockTokens - sequence.computedTokens
        return min(wanted, room)
    }

    /// Free blocks, and where these are not enough those of prefixes that nobody needs now.
    private mutating func takeBlocks(_ count: Int) -> ArraySlice<Int32> {
        let missing = count - self.pool.freeCount
        if missing > 0 { self.pool.give(back: self.prefixes.evict(missing)) }
        return self.pool.take(count)
    }

    private mutating func preempt(_ sequence: ActiveSequence) {
        self.running.removeLast()
        let lostTokens = sequence.computedTokens
        let before = self.availableBlocks
        sequence.preemptions += 1
        self.release(sequence)
        self.preemptions.append(
            Preemption(id: sequence.id, lostTokens: lostTokens, freedBlocks: self.availableBlocks - before)
        )
        self.waiting.add(sequence)
    }

    private mutating func release(_ sequence: ActiveSequence) {
        self.prefixes.release(sequence.blockTable[..<sequence.sharedBlocks])
        self.pool.give(back: Array(sequence.blockTable[sequence.sharedBlocks...]))
        sequence.blockTable = []
        sequence.sharedBlocks = 0
        sequence.computedTokens = 0
    }

    // MARK: Prefixes

    /// Gives a sequence the blocks that others have computed of what it would compute next.
    private mutating func adoptPrefix(_ sequence: ActiveSequence) {
        while let key = self.sharedKey(of: sequence), let block = self.prefixes.block(key) {
            self.prefixes.hold(block)
            if sequence.sharedBlocks < sequence.blockTable.count {
                self.pool.give(back: [sequence.blockTable[sequence.sharedBlocks]])
            }
            sequence.adopt(block, blockTokens: self.capacity.kvBlockTokens)
        }
    }

    /// Puts the blocks that a sequence has filled into the prefix cache.
    private mutating func sharePrefix(_ sequence: ActiveSequence) {
        // What another has put there meanwhile is the same to the bit; one of both is enough.
        self.adoptPrefix(sequence)
        while (sequence.sharedBlocks + 1) * self.capacity.kvBlockTokens <= sequence.computedTokens,
            let key = self.sharedKey(of: sequence)
        {
            self.prefixes.insert(sequence.blockTable[sequence.sharedBlocks], key)
            sequence.sharedBlocks += 1
            self.adoptPrefix(sequence)
        }
    }

    private func sharedKey(of sequence: ActiveSequence) -> PrefixCache.Key? {
        guard self.configuration.usesPrefixCache else { return nil }
        return sequence.nextKey(blockTokens: self.capacity.kvBlockTokens)
    }

    /// Enters how long a sweep took, and waited for experts.
    mutating func ended(_ batch: SweepBatch, stalled: Duration, of duration: Duration) {
        self.budget.ended(tokens: batch.prefillTokens + batch.decodeTokens, stalled: stalled, of: duration)
    }

    /// Enters what a sweep has computed.
    mutating func computed(_ part: SweepBatch.Part) {
        let sequence = part.sequence
        sequence.computedTokens += part.tokenCount
        sequence.highestComputedTokens = max(sequence.highestComputedTokens, sequence.computedTokens)
        self.sharePrefix(sequence)
    }

    // MARK: Integrity

    /// Traps where the books are wrong; called between sweeps.
    func checkIntegrity() {
        self.prefixes.checkIntegrity(heldBy: self.running.map { $0.blockTable[..<$0.sharedBlocks] })
        self.pool.checkIntegrity(
            heldBy: self.running.map { Array($0.blockTable[$0.sharedBlocks...]) },
            sharing: self.prefixes.count
        )
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
