import ServingCore

extension ModelCapacity {
    /// Refuses a request that could never end well.
    ///
    /// - Throws: ``EngineError`` with the code `invalidRequest` or `tooLong`.
    func check(_ request: GenerationRequest) throws(EngineError) {
        try self.checkPrompt(request.prompt)
        try self.checkSampling(request.sampling)
        try self.checkLength(request)
    }

    private func checkPrompt(_ prompt: [TokenID]) throws(EngineError) {
        guard !prompt.isEmpty else {
            throw EngineError(.invalidRequest, "prompt: expected at least one token, got none", parameter: "prompt")
        }
        for (index, token) in prompt.enumerated() where token < 0 || Int(token) >= self.vocabularySize {
            throw EngineError(
                .invalidRequest,
                "prompt[\(index)]: expected a token id of 0 to \(self.vocabularySize - 1), got \(token)",
                parameter: "prompt"
            )
        }
    }

    private func checkLength(_ request: GenerationRequest) throws(EngineError) {
        let prompt = request.prompt.count
        let least = max(1, request.sampling.minTokens)
        let asked = request.sampling.maxTokens ?? least
        // Differences, since a sum could overflow.
        if prompt >= self.contextLength || asked > self.contextLength - prompt {
            throw EngineError(
                .tooLong,
                "the model's context holds \(self.contextLength) tokens, got \(prompt) in the prompt and \(asked) "
                    + "for the completion",
                parameter: prompt >= self.contextLength ? "prompt" : "max_tokens"
            )
        }
        if asked > self.sequenceTokens - prompt {
            throw EngineError(
                .tooLong,
                "the KV cache holds \(self.kvTokens) tokens, got \(prompt) in the prompt and \(asked) for the "
                    + "completion",
                parameter: prompt >= self.sequenceTokens ? "prompt" : "max_tokens"
            )
        }
    }

    private func checkSampling(_ sampling: SamplingParameters) throws(EngineError) {
        try Self.check("temperature", sampling.temperature, in: 0...Double(Float.greatestFiniteMagnitude))
        try Self.check("top_p", sampling.topP, in: Double.leastNonzeroMagnitude...1)
        try Self.check("min_p", sampling.minP, in: 0...1)
        try Self.check("top_k", sampling.topK, in: 0...Int.max)
        try Self.check("max_tokens", sampling.maxTokens ?? 1, in: 1...Int.max)
        try Self.check("min_tokens", sampling.minTokens, in: 0...(sampling.maxTokens ?? Int.max))
        try Self.check("top_logprobs", sampling.topLogprobs ?? 0, in: 0...Int.max)
        try Self.check("repetition_penalty", sampling.repetitionPenalty, in: Double.leastNonzeroMagnitude...1e6)
        try Self.check("frequency_penalty", sampling.frequencyPenalty, in: -1e6...1e6)
        try Self.check("presence_penalty", sampling.presencePenalty, in: -1e6...1e6)
        if sampling.stop.contains(where: \.isEmpty) {
            throw EngineError(.invalidRequest, "stop: expected texts that are not empty, got one", parameter: "stop")
        }
        for (token, bias) in sampling.logitBias {
            guard token >= 0, Int(token) < self.vocabularySize else {
                throw EngineError(
                    .invalidRequest,
                    "logit_bias: expected token ids of 0 to \(self.vocabularySize - 1), got \(token)",
                    parameter: "logit_bias"
                )
            }
            try Self.check("logit_bias", bias, in: -1e6...1e6)
        }
    }

    private static func check<Value: Comparable>(
        _ name: String,
        _ value: Value,
        in range: ClosedRange<Value>
    ) throws(EngineError) {
        // Not a number is in no range.
        guard !range.contains(value) else { return }
        throw EngineError(
            .invalidRequest,
            "\(name): expected \(range.lowerBound) to \(range.upperBound), got \(value)",
            parameter: name
        )
    }
}
