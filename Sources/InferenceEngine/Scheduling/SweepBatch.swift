import MoEModel

/// What one sweep computes: for each of some running sequences, how many of its pending tokens.
struct SweepBatch {
    struct Part {
        let sequence: ActiveSequence
        let tokenCount: Int
        /// Whether the sweep gives the logits of this sequence's next token.
        let givesLogits: Bool
    }

    private(set) var parts: [Part] = []
    private(set) var prefillTokens = 0
    private(set) var recomputedTokens = 0
    private(set) var decodeTokens = 0
    private(set) var logitRows = 0

    var isEmpty: Bool { self.parts.isEmpty }

    /// Adds the next `tokenCount` pending tokens of `sequence`, which holds the KV blocks for them.
    mutating func add(_ sequence: ActiveSequence, tokenCount: Int) {
        if sequence.isDecoding { self.decodeTokens += 1 } else { self.prefillTokens += tokenCount }
        let end = min(sequence.highestComputedTokens, sequence.computedTokens + tokenCount)
        self.recomputedTokens += max(0, end - sequence.computedTokens)
        let givesLogits = tokenCount == sequence.pendingTokens
        if givesLogits { self.logitRows += 1 }
        self.parts.append(Part(sequence: sequence, tokenCount: tokenCount, givesLogits: givesLogits))
    }

    var sweep: Sweep {
        Sweep(
            segments: self.parts.map { part in
                let first = part.sequence.computedTokens
                return SweepSegment(
                    tokens: Array(part.sequence.tokens[first..<first + part.tokenCount]),
                    firstPosition: first,
                    blockTable: part.sequence.blockTable,
                    logits: part.givesLogits ? .last : .none
                )
            }
        )
    }
}
