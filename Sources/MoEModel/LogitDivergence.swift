import Glibc

/// How far logits are from a reference's: what a precision costs, before anything is sampled.
public struct LogitDivergence: Sendable, Equatable {
    /// Positions that were compared.
    public private(set) var rows = 0
    /// Those whose likeliest token is the reference's.
    public private(set) var sameBest = 0
    /// The largest Kullback-Leibler divergence of a position, in nats.
    public private(set) var largest = 0.0
    private var sum = 0.0

    public init() {}

    /// The mean Kullback-Leibler divergence, in nats.
    public var mean: Double { self.rows == 0 ? 0 : self.sum / Double(self.rows) }

    /// Compares one position.
    ///
    /// - Parameters:
    ///   - logits: One number for each token.
    ///   - reference: As many.
    public mutating func add(
        _ logits: some RandomAccessCollection<Float>,
        reference: some RandomAccessCollection<Float>
    ) {
        precondition(logits.count == reference.count && !logits.isEmpty, "logits of two vocabularies")
        let (got, expected) = (Self.logProbabilities(logits), Self.logProbabilities(reference))
        var divergence = 0.0
        for (got, expected) in zip(got, expected) { divergence += exp(expected) * (expected - got) }
        self.rows += 1
        self.sum += divergence
        // A NaN is the largest of all, and stays.
        if !(divergence <= self.largest) { self.largest = divergence }
        if Self.best(got) == Self.best(expected) { self.sameBest += 1 }
    }

    private static func logProbabilities(_ logits: some Collection<Float>) -> [Double] {
        let largest = Double(logits.max() ?? 0)
        let total = logits.reduce(0.0) { $0 + exp(Double($1) - largest) }
        return logits.map { Double($0) - largest - log(total) }
    }

    private static func best(_ values: [Double]) -> Int? { values.indices.max { values[$0] < values[$1] } }
}
