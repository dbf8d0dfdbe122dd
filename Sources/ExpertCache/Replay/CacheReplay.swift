/// Runs a stream of visits through a cache.
public struct CacheReplay: Sendable {
    /// A policy, or the bound of all of them.
    public enum Contender: Sendable, Equatable {
        case policy(EvictionPolicyName)
        case belady

        public static let all = EvictionPolicyName.allCases.map(Contender.policy) + [.belady]

        public var name: String {
            switch self {
            case .policy(let name): name.rawValue
            case .belady: "belady"
            }
        }
    }

    public let stream: ReplayStream
    private let nextVisits: [Int32]

    public init(_ stream: ReplayStream) {
        self.stream = stream
        self.nextVisits = stream.nextVisits()
    }

    /// Runs the whole stream.
    ///
    /// - Parameters:
    ///   - contender: The policy.
    ///   - slots: What the cache has.
    ///   - seed: Of what is drawn at random.
    ///   - onVisit: Called after each visit with its number and the cache.
    /// - Returns: What was counted.
    public func run(
        _ contender: Contender,
        slots: CacheSlots,
        seed: UInt64,
        onVisit: (Int, CacheSimulation) -> Void = { _, _ in }
    ) -> CacheSimulation.Counts {
        switch contender {
        case .policy(.cyclic): self.run(CyclicDistancePolicy(), slots, seed, onVisit)
        case .policy(.lru): self.run(LeastRecentlyUsedPolicy(), slots, seed, onVisit)
        case .policy(.lfu): self.run(AgedFrequencyPolicy(), slots, seed, onVisit)
        case .policy(.static): self.run(StaticPolicy(), slots, seed, onVisit)
        case .belady: self.runBelady(slots, seed, onVisit)
        }
    }

    private func run(
        _ policy: some EvictionPolicy,
        _ slots: CacheSlots,
        _ seed: UInt64,
        _ onVisit: (Int, CacheSimulation) -> Void
    ) -> CacheSimulation.Counts {
        var cache = CacheSimulation(self.stream.geometry, slots: slots, seed: seed)
        for (number, visit) in self.stream.visits.enumerated() {
            let (demands, others) = (self.stream.entries[visit.demands], self.stream.others[visit.others])
            cache.visit(layer: visit.layer, demands, others: others, policy)
            onVisit(number, cache)
        }
        return cache.counts
    }

    private func runBelady(
        _ slots: CacheSlots,
        _ seed: UInt64,
        _ onVisit: (Int, CacheSimulation) -> Void
    ) -> CacheSimulation.Counts {
        var cache = CacheSimulation(self.stream.geometry, slots: slots, seed: seed)
        var policy = BeladyPolicy(entryCount: self.stream.geometry.entryCount)
        for (number, visit) in self.stream.visits.enumerated() {
            let (demands, others) = (self.stream.entries[visit.demands], self.stream.others[visit.others])
            for index in visit.demands { policy.nextVisit[Int(self.stream.entries[index])] = self.nextVisits[index] }
            cache.visit(layer: visit.layer, demands, others: others, policy)
            onVisit(number, cache)
        }
        return cache.counts
    }
}
