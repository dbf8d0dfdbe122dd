public import TensorKernels

/// How a ``DecoderModel`` uses the machine.
public struct DecoderModelConfiguration: Sendable, Equatable {
    /// The most tokens a sequence may hold; nil: as many as the model was made for, which is also the limit.
    public var contextLength: Int?
    public var kvBlockTokens: Int
    /// What the KV cache may take, allocated once when the model is made; the number of blocks follows from it.
    public var kvBytes: Int
    /// What the KV cache is rounded to; nil: ``ModelWeights/kvPrecision``.
    public var kvPrecision: KVPrecision?
    /// Threads that compute, the caller's included.
    public var threads: Int
    /// Whose instructions the kernels use; changes no result.
    public var kernels: KernelVariant

    public init(
        contextLength: Int? = nil,
        kvBlockTokens: Int = 64,
        kvBytes: Int = 1 << 30,
        kvPrecision: KVPrecision? = nil,
        threads: Int = 1,
        kernels: KernelVariant = .fastest
    ) {
        self.contextLength = contextLength
        self.kvBlockTokens = kvBlockTokens
        self.kvBytes = kvBytes
        self.kvPrecision = kvPrecision
        self.threads = threads
        self.kernels = kernels
    }

    /// The configuration itself, if nothing about it is wrong.
    ///
    /// - Throws: ``MoEModelError`` with code `configuration` that lists every problem.
    public func validated() throws(MoEModelError) -> DecoderModelConfiguration {
        var problems: [String] = []
        if let contextLength, contextLength < 1 {
            problems.append("context length: expected at least 1, got \(contextLength)")
        }
        if !(1...65_536 ~= self.kvBlockTokens) {
            problems.append("tokens per KV block: expected 1 to 65536, got \(self.kvBlockTokens)")
        }
        if self.kvBytes < 1 { problems.append("bytes for the KV cache: expected at least 1, got \(self.kvBytes)") }
        if !(1...1024 ~= self.threads) { problems.append("threads: expected 1 to 1024, got \(self.threads)") }
        guard problems.isEmpty else { throw MoEModelError(.configuration, problems.joined(separator: "; ")) }
        return self
    }
}
