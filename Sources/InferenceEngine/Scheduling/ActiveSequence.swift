import ServingCore

/// One request from its arrival to its end.
///
/// Waiting, it holds no KV blocks; running, it holds those of its computed tokens. Only the engine's thread touches it.
final class ActiveSequence {
    let id: UInt64
    /// Counts arrivals.
    let ordinal: UInt64
    let tenant: Int
    let deadline: ContinuousClock.Instant?
    /// The request's, until waiting too long has put it before all others.
    var priority: Int

    /// The prompt, and what has been generated.
    private(set) var tokens: [TokenID]
    /// How many of `tokens` have their keys and values in KV blocks.
    var computedTokens = 0
    var blockTable: [Int32] = []
    /// How many blocks of the table, from its first on, are in the prefix cache; the others are its own.
    var sharedBlocks = 0
    /// Tokens of the prompt that another sequence has computed.
    private(set) var cachedTokens = 0
    var preemptions = 0
    /// The most tokens that were ever computed: what lies below is computed again.
    var highestComputedTokens = 0
    var admittedAt: ContinuousClock.Instant?

    var sampling: SamplingState
    var completion: CompletionBuilder

    init(
        request: GenerationRequest,
        ordinal: UInt64,
        tenant: Int,
        sampling: SamplingState,
        completion: CompletionBuilder
    ) {
        self.id = request.id
        self.ordinal = ordinal
        self.tenant = tenant
        self.deadline = request.deadline
        self.priority = request.priority
        self.tokens = request.prompt
        self.sampling = sampling
        self.completion = completion
    }

    /// Takes over the next full block from the prefix cache: its tokens are computed.
    func adopt(_ block: Int32, blockTokens: Int) {
        if self.sharedBlocks < self.blockTable.count {
            self.blockTable[self.sharedBlocks] = block
        } else {
            self.blockTable.append(block)
        }
        self.sharedBlocks += 1
        let computed = self.sharedBlocks * blockTokens
        let promptTokens = self.tokens.count - self.completion.tokenCount
        self.cachedTokens += max(0, min(computed, promptTokens) - self.highestComputedTokens)
        self.computedTokens = max(self.computedTokens, computed)
        self.highestComputedTokens = max(self.highestComputedTokens, computed)
    }

    /// What the next block of the table is found by in the prefix cache; nil while it is not full.
    ///
    /// The last token is never in it: somebody must compute the logits.
    func nextKey(blockTokens: Int) -> PrefixCache.Key? {
        let first = self.sharedBlocks * blockTokens
        guard first + blockTokens < self.tokens.count else { return nil }
        return PrefixCache.Key(
            parent: self.sharedBlocks == 0 ? nil : self.blockTable[self.sharedBlocks - 1],
            tokens: self.tokens[first..<first + blockTokens]
        )
    }

    /// Tokens whose keys and values are still to be computed; the last of them gives the next token's logits.
    var pendingTokens: Int { self.tokens.count - self.computedTokens }

    /// Whether only the token generated last is pending.
    var isDecoding: Bool { self.pendingTokens == 1 && self.completion.tokenCount > 0 }

    /// Whether it comes before `other` when there is not enough for both.
    func isSenior(to other: ActiveSequence) -> Bool {
        (self.priority, self.ordinal) < (other.priority, other.ordinal)
    }

    func append(_ token: TokenID) { self.tokens.append(token) }
}
