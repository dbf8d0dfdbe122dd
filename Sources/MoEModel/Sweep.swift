public import ServingCore

/// What one pass through all the layers computes: consecutive tokens of each of several sequences.
public struct Sweep: Sendable {
    public var segments: [SweepSegment]

    public init(segments: [SweepSegment]) { self.segments = segments }

    public var tokenCount: Int { self.segments.reduce(0) { $0 + $1.tokens.count } }
}

/// Consecutive tokens of one sequence: a chunk of its prompt, or the one token it generated last.
public struct SweepSegment: Sendable {
    public enum LogitRows: Sendable, Equatable {
        /// A chunk that is not the prompt's last.
        case none
        case last
        /// One row per token.
        case all
    }

    public var tokens: [TokenID]
    /// Token position of `tokens[0]` in its sequence.
    public var firstPosition: Int
    /// KV blocks that hold positions `0 ..< firstPosition + tokens.count`, in order.
    ///
    /// The earlier positions have been computed by earlier sweeps; this one writes the rest.
    public var blockTable: [Int32]
    public var logits: LogitRows

    public init(tokens: [TokenID], firstPosition: Int, blockTable: [Int32], logits: LogitRows) {
        self.tokens = tokens
        self.firstPosition = firstPosition
        self.blockTable = blockTable
        self.logits = logits
    }
}

/// The logits a sweep asked for, `[rows, vocabularySize]`, in the order of segments and tokens.
public struct SweepLogits: Sendable {
    public let vocabularySize: Int
    public let values: [Float]

    public init(vocabularySize: Int, values: [Float]) {
        self.vocabularySize = vocabularySize
        self.values = values
    }

    public var rowCount: Int { self.vocabularySize == 0 ? 0 : self.values.count / self.vocabularySize }

    public func row(_ index: Int) -> ArraySlice<Float> {
        self.values[index * self.vocabularySize..<(index + 1) * self.vocabularySize]
    }
}
