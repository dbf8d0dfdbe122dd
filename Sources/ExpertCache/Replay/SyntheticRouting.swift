import Glibc

/// Routing made up for a model that nobody has at hand: some experts liked more than others, and tokens that
/// choose what the token before chose.
public struct SyntheticRouting: Sendable {
    public var geometry = CacheGeometry(layers: 60, sparseLayers: 60, experts: 192)
    public var expertsPerToken = 8
    /// Sequences of one worker: as many tokens has a sweep.
    public var sequences = 64
    public var sweeps = 24
    /// The `k`-th most liked expert of a layer is chosen in proportion to `k` to the power of minus this.
    public var skew = 0.7
    /// The probability that an expert of a sequence's token before is chosen again.
    public var reuse = 0.35
    public var expertBytes = 1
    public var seed: UInt64 = 1

    public init() {}

    /// Makes one worker's trace; `worker` sets apart those of one model.
    public func trace(worker: Int) -> RoutingTrace {
        let geometry = self.geometry
        var trace = RoutingTrace(
            header: RoutingTrace.Header(
                modelDigest: String(repeating: "0", count: 64),
                geometry: geometry,
                expertsPerToken: self.expertsPerToken,
                expertBytes: self.expertBytes
            )
        )
        // All workers have the same likes.
        var random = SplitMix64(state: self.seed)
        let likes = (0..<geometry.sparseLayers).map { _ in (0..<geometry.experts).shuffled(using: &random) }
        random = SplitMix64(state: self.seed &+ UInt64(worker + 1) &* 0x1234_5678_9ABC_DEF1)
        let cumulated = self.cumulated()
        var last = [Int](repeating: -1, count: geometry.sparseLayers * self.sequences * self.expertsPerToken)
        var counts = [Int](repeating: 0, count: geometry.experts)
        var chosen: [Int] = []
        for sweep in 0..<self.sweeps {
            for layer in 0..<geometry.sparseLayers {
                for sequence in 0..<self.sequences {
                    let first = (layer * self.sequences + sequence) * self.expertsPerToken
                    chosen.removeAll(keepingCapacity: true)
                    for place in first..<first + self.expertsPerToken where last[place] >= 0 {
                        if random.unit() < self.reuse { chosen.append(last[place]) }
                    }
                    while chosen.count < self.expertsPerToken {
                        let expert = likes[layer][Self.place(random.unit(), in: cumulated)]
                        if !chosen.contains(expert) { chosen.append(expert) }
                    }
                    for (place, expert) in chosen.enumerated() {
                        last[first + place] = expert
                        counts[expert] += 1
                    }
                }
                var demands: [ExpertDemand] = []
                for expert in counts.indices where counts[expert] > 0 {
                    demands.append(ExpertDemand(expert: expert, tokenCount: counts[expert]))
                    counts[expert] = 0
                }
                trace.append(sweep: sweep, layer: layer + geometry.layers - geometry.sparseLayers, demands)
            }
        }
        return trace
    }

    private func cumulated() -> [Double] {
        let weights = (1...self.geometry.experts).map { pow(Double($0), -self.skew) }
        let total = weights.reduce(0, +)
        var sum = 0.0
        return weights.map { weight in
            sum += weight / total
            return sum
        }
    }

    /// The first place whose cumulated probability is above `share`.
    private static func place(_ share: Double, in cumulated: [Double]) -> Int {
        var (low, high) = (0, cumulated.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulated[middle] > share { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
