/// How much the engine takes on at once.
public struct EngineConfiguration: Sendable, Equatable {
    /// Sequences that hold KV blocks.
    public var maxRunningSequences: Int = 256
    /// Tokens of one sweep: one per sequence that decodes, the rest chunks of prompts.
    public var maxBatchedTokens: Int = 1024
    /// Tokens of a sweep at most while sweeps wait for experts that are read; nil: ``maxBatchedTokens``.
    public var maxStreamedTokens: Int?
    /// Requests that were accepted and have not begun.
    public var maxWaitingSequences: Int = 2048
    /// Later arrivals that may begin before a waiting request, whatever their priority, deadline or tenant.
    ///
    /// After so many it is next and keeps its KV blocks, so that nobody waits for ever.
    public var maxOvertakes: Int = 4096
    /// Whether sequences that begin alike share KV blocks; no result depends on it.
    public var usesPrefixCache = true

    public init() {}

    /// Itself, if it can be worked with.
    ///
    /// - Throws: ``EngineError`` with the code `invalidConfiguration`, which names all that is wrong.
    public func validated() throws(EngineError) -> EngineConfiguration {
        var problems: [String] = []
        func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) {
            guard !range.contains(value) else { return }
            problems.append("\(name): expected \(range.lowerBound) to \(range.upperBound), got \(value)")
        }
        check("maxRunningSequences", self.maxRunningSequences, in: 1...1_000_000)
        check("maxBatchedTokens", self.maxBatchedTokens, in: 1...16_777_216)
        if let maxStreamedTokens { check("maxStreamedTokens", maxStreamedTokens, in: 1...16_777_216) }
        check("maxWaitingSequences", self.maxWaitingSequences, in: 1...1_000_000)
        check("maxOvertakes", self.maxOvertakes, in: 0...1_000_000_000)
        // Every running sequence must be able to have its one token in every sweep.
        if self.maxBatchedTokens < self.maxRunningSequences {
            problems.append(
                "maxBatchedTokens: expected at least maxRunningSequences, which is \(self.maxRunningSequences), "
                    + "got \(self.maxBatchedTokens)"
            )
        }
        guard problems.isEmpty else { throw EngineError(.invalidConfiguration, problems.joined(separator: "; ")) }
        return self
    }
}
