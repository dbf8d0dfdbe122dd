import ServingCore

/// What the choice of one sequence's next token depends on, besides its logits.
struct SamplingState {
    let parameters: SamplingParameters
    private let random: Philox
    private let choice: Int
    private let promptCount: Int
    /// Tokens that would end the sequence: not to be had before `minTokens`.
    private let endTokens: [TokenID]
    /// For the repetition penalty; empty without one.
    private let promptTokens: Set<TokenID>
    private let hasPenalties: Bool
    /// How often each token was generated, if there are penalties.
    private var outputCounts: [TokenID: Int] = [:]
    private var outputCount = 0

    init(_ request: GenerationRequest, endOfSequenceTokens: [TokenID], vocabularySize: Int) {
        let parameters = request.sampling
        self.parameters = parameters
        self.random = Philox(key: request.seed)
        self.choice = request.choice
        self.promptCount = request.prompt.count
        let endTokens = parameters.minTokens > 0 ? endOfSequenceTokens + parameters.stopTokenIDs : []
        self.endTokens = endTokens.filter { $0 >= 0 && Int($0) < vocabularySize }
        self.promptTokens = parameters.repetitionPenalty == 1 ? [] : Set(request.prompt)
        self.hasPenalties =
            parameters.repetitionPenalty != 1 || parameters.frequencyPenalty != 0 || parameters.presencePenalty != 0
    }

    mutating func record(_ token: TokenID) {
        self.outputCount += 1
        if self.hasPenalties { self.outputCounts[token, default: 0] += 1 }
    }

    /// The next token's random number in [0, 1).
    var uniform: Double {
        self.random.uniform(choice: self.choice, tokenPosition: self.promptCount + self.outputCount)
    }

    // MARK: Logits

    /// Whether ``adjust(_:from:)`` does anything now.
    var adjustsLogits: Bool {
        self.hasPenalties || !self.parameters.logitBias.isEmpty || self.suppressesEndTokens
    }

    private var suppressesEndTokens: Bool {
        self.outputCount < self.parameters.minTokens && !self.endTokens.isEmpty
    }

    /// Applies what `SamplingParameters` says about single tokens to their logits.
    ///
    /// In vLLM's order: end tokens, bias, repetition, frequency, presence.
    ///
    /// - Parameters:
    ///   - logits: Overwritten where a parameter says something.
    ///   - start: Where the logit of token 0 stands.
    func adjust(_ logits: inout [Float], from start: Int) {
        if self.suppressesEndTokens {
            for token in self.endTokens { logits[start + Int(token)] = -.infinity }
        }
        for (token, bias) in self.parameters.logitBias {
            logits[start + Int(token)] = Self.bounded(logits[start + Int(token)] + Float(bias))
        }
        guard self.hasPenalties else { return }
        for token in self.promptTokens {
            logits[start + Int(token)] = self.penalizeRepetition(logits[start + Int(token)])
        }
        let frequency = Float(self.parameters.frequencyPenalty)
        let presence = Float(self.parameters.presencePenalty)
        for (token, count) in self.outputCounts {
            var logit = logits[start + Int(token)]
            if !self.promptTokens.contains(token) { logit = self.penalizeRepetition(logit) }
            logits[start + Int(token)] = Self.bounded(logit - frequency * Float(count) - presence)
        }
    }

    private func penalizeRepetition(_ logit: Float) -> Float {
        let penalty = max(Float(self.parameters.repetitionPenalty), .leastNormalMagnitude)
        return Self.bounded(logit > 0 ? logit / penalty : logit * penalty)
    }

    /// Keeps what the parameters do to a logit finite; a suppressed token stays suppressed.
    private static func bounded(_ logit: Float) -> Float {
        logit == -.infinity ? logit : min(max(logit, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}
