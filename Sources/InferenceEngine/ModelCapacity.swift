import ServingCore

/// What a model can hold, read once, so that any thread can hold a request against it.
struct ModelCapacity: Sendable, Equatable {
    var vocabularySize: Int
    var contextLength: Int
    var kvBlockTokens: Int
    var kvBlockCount: Int

    /// - Throws: ``EngineError`` with the code `invalidConfiguration` when the model can hold nothing.
    init(_ model: any SequenceModel) throws(EngineError) {
        self.vocabularySize = model.vocabularySize
        self.contextLength = model.contextLength
        self.kvBlockTokens = model.kvBlockTokens
        self.kvBlockCount = model.kvBlockCount
        let numbers = [
            ("vocabulary tokens", self.vocabularySize), ("context tokens", self.contextLength),
            ("tokens per KV block", self.kvBlockTokens), ("KV blocks", self.kvBlockCount),
        ]
        let problems = numbers.compactMap { name, value in
            (1...Int(Int32.max)).contains(value) ? nil : "\(name): expected 1 to \(Int32.max), got \(value)"
        }
        guard problems.isEmpty else { throw EngineError(.invalidConfiguration, problems.joined(separator: "; ")) }
    }

    /// Tokens whose keys and values fit at once.
    var kvTokens: Int { self.kvBlockTokens * self.kvBlockCount }

    /// The most tokens of one sequence: the last one is never an input, so it needs no room for keys and values.
    var sequenceTokens: Int { min(self.contextLength, self.kvTokens + 1) }

    func blocks(for tokens: Int) -> Int { (tokens + self.kvBlockTokens - 1) / self.kvBlockTokens }

    /// The most tokens `request` may generate.
    func maxCompletionTokens(of request: GenerationRequest) -> Int {
        let room = self.sequenceTokens - request.prompt.count
        return min(request.sampling.maxTokens ?? room, room)
    }
}
