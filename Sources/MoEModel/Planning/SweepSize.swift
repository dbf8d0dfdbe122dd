import Glibc
package import ModelFiles

/// How much a sweep is given to do.
package struct SweepSize: Sendable, Equatable {
    package var tokens: Double
    /// Tokens whose logits are asked for.
    package var logitRows: Double
    /// Positions that tokens attend to, added up over all tokens.
    package var attended: Double
    /// Positions that are read from the KV cache at least once, added up over all sequences.
    package var cached: Double
    /// Routed experts that at least one token chose, in a sparse layer on average.
    package var touchedExperts: Double

    package init(tokens: Double, logitRows: Double, attended: Double, cached: Double, touchedExperts: Double) {
        self.tokens = tokens
        self.logitRows = logitRows
        self.attended = attended
        self.cached = cached
        self.touchedExperts = touchedExperts
    }

    /// The same number of tokens for each of several sequences, after a context of the same length.
    ///
    /// - Parameters:
    ///   - sequences: At least one.
    ///   - tokens: Of each: 1 where they decode, more of their prompts.
    ///   - context: Tokens that each has before.
    ///   - logitRows: Of each.
    ///   - experts: A model's; which of them are chosen is taken to be even.
    package init(
        sequences: Int,
        tokens: Int = 1,
        context: Int,
        logitRows: Int = 1,
        experts: ModelConfiguration.ExpertShape
    ) {
        let all = Double(sequences * tokens)
        self.init(
            tokens: all,
            logitRows: Double(sequences * logitRows),
            attended: all * (Double(context) + Double(tokens + 1) / 2),
            cached: Double(sequences * (context + tokens)),
            touchedExperts: Self.touchedExperts(experts, tokens: all)
        )
    }

    /// How many of a layer's experts several tokens touch if each is as likely as the others: E (1 - (1 - k/E)^T).
    package static func touchedExperts(_ experts: ModelConfiguration.ExpertShape, tokens: Double) -> Double {
        let count = Double(experts.routedCount)
        guard count > 0 else { return 0 }
        return count * (1 - pow(1 - Double(experts.perToken) / count, tokens))
    }
}
