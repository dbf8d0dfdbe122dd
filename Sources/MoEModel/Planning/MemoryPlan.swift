package import ModelFiles

/// How a budget of memory splits, and what follows for sweeps: arithmetic, nothing is measured and nothing is read.
package struct MemoryPlan: Sendable, Equatable {
    /// What is to be served, on what.
    package struct Demand: Sendable, Equatable {
        package var memoryBytes: Int
        /// Of the drive or drives that the pack is on.
        package var diskBytesPerSecond: Int
        package var sequences: Int
        /// Tokens of a sequence, prompt and answer.
        package var context: Int
        /// The most tokens of a sweep.
        package var sweepTokens: Int

        package init(memoryBytes: Int, diskBytesPerSecond: Int, sequences: Int, context: Int, sweepTokens: Int) {
            self.memoryBytes = memoryBytes
            self.diskBytesPerSecond = diskBytesPerSecond
            self.sequences = sequences
            self.context = context
            self.sweepTokens = sweepTokens
        }
    }

    /// Why a budget does not do.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let sizes: PackSizes
    package let demand: Demand
    package let kvBytesPerToken: Int
    package let kvBytes: Int
    /// What passes between the operations of the largest sweep, and the program itself.
    package let scratchBytes: Int
    /// What is left for routed experts, at most all of them.
    package let cacheBytes: Int

    private static let kvBlockTokens = 64
    /// What packs are served with unless somebody says otherwise.
    private static let kvPrecision = KVPrecision.bf16
    /// Of the program itself.
    package static let programBytes = 128 << 20

    /// - Throws: ``Problem`` where the budget does not hold a token's experts of a layer and two more.
    package init(_ sizes: PackSizes, _ demand: Demand) throws(Problem) {
        let model = sizes.configuration
        self.sizes = sizes
        self.demand = demand
        self.kvBytesPerToken = Self.kvPrecision.bytes(model, tokens: 1)
        let tokens = (demand.context + Self.kvBlockTokens - 1) / Self.kvBlockTokens * Self.kvBlockTokens
        self.kvBytes = demand.sequences * tokens * self.kvBytesPerToken
        self.scratchBytes =
            Self.programBytes + demand.sweepTokens * Self.scratchBytesPerToken(model)
            + demand.sequences * model.vocabularySize * MemoryLayout<Float>.size
        let others = sizes.trunkBytes + self.kvBytes + self.scratchBytes
        let least = (min(model.experts.perToken, model.experts.routedCount) + 2) * sizes.recordBytes
        self.cacheBytes = min(demand.memoryBytes - others, sizes.expertBytes)
        guard sizes.expertCount == 0 || self.cacheBytes >= least else {
            throw Problem(
                description: "expected at least \(others + least) bytes of memory for \(demand.sequences) sequences: "
                    + "trunk \(sizes.trunkBytes), KV cache \(self.kvBytes), scratch \(self.scratchBytes), and \(least) "
                    + "for the experts of one token and two more; got \(demand.memoryBytes)"
            )
        }
    }

    /// Of a token in a sweep: `Workspace`'s matrices, and a quarter of them again in bytes.
    package static func scratchBytesPerToken(_ model: ModelConfiguration) -> Int {
        let (attention, experts) = (model.attention, model.experts)
        let heads = attention.heads * (attention.nopeHeadSize + attention.ropeHeadSize + attention.valueHeadSize)
        let shared = 2 * experts.intermediateSize * experts.sharedCount
        let routed = experts.perToken * (2 * experts.intermediateSize + model.hiddenSize)
        let floats =
            5 * model.hiddenSize + (attention.queryLoraRank ?? 0) + attention.latentWidth
            + heads + 2 * model.intermediateSize + shared + routed + experts.routedCount
        return floats * 5
    }

    /// Of the routed experts' bytes, what the cache holds.
    package var residency: Double {
        self.sizes.expertBytes == 0 ? 1 : Double(max(self.cacheBytes, 0)) / Double(self.sizes.expertBytes)
    }

    /// What a sweep takes when a share of the experts is in memory.
    package struct Forecast: Sendable, Equatable {
        package let residency: Double
        /// From the drive.
        package let readBytes: Double
        package let readSeconds: Double
        package let computeSeconds: Double
        package let seconds: Double
        package let tokensPerSecond: Double
    }

    /// Forecasts a sweep.
    ///
    /// A touched expert is missing with the probability that it is not resident: so it is where sweeps touch nearly all,
    /// and worse than what a cache does where they touch few and some more often. Missing experts are read while
    /// those that are there compute; all else waits.
    ///
    /// - Parameters:
    ///   - residency: The share of experts in memory, 0 to 1.
    ///   - estimate: How long the sweep computes.
    /// - Returns: What it takes then.
    package func forecast(residency: Double, _ estimate: SweepEstimate) -> Forecast {
        let missing = (1 - residency) * estimate.size.touchedExperts * Double(self.sizes.sparseLayerCount)
        let readBytes = missing * Double(self.sizes.recordBytes)
        let readSeconds = readBytes / Double(self.demand.diskBytesPerSecond)
        let seconds = estimate.total - estimate.expertSeconds + max(estimate.expertSeconds, readSeconds)
        return Forecast(
            residency: residency,
            readBytes: readBytes,
            readSeconds: readSeconds,
            computeSeconds: estimate.total,
            seconds: seconds,
            tokensPerSecond: estimate.size.tokens / seconds
        )
    }
}
