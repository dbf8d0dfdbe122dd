/// Plans for a worker that has its arena for itself: with the very cache that replays count with, so both count the same.
struct LoneVisitPlanner: VisitPlanner {
    private let arena: ExpertArena
    private let policy: any EvictionPolicy
    private var cache: CacheSimulation
    private var entries: [Int32] = []

    init(
        _ arena: ExpertArena,
        _ geometry: CacheGeometry,
        _ slots: CacheSlots,
        _ policy: any EvictionPolicy,
        seed: UInt64
    ) {
        self.arena = arena
        self.policy = policy
        self.cache = CacheSimulation(geometry, slots: slots, seed: seed)
    }

    mutating func plan(
        _ demands: [ExpertDemand],
        at location: ArenaLocation,
        others: [Int]
    ) throws(ExpertCacheError) -> VisitPlan {
        let geometry = self.cache.geometry
        self.entries.removeAll(keepingCapacity: true)
        for demand in demands {
            self.entries.append(Int32(geometry.entry(layer: location.layer, expert: demand.expert)))
        }
        self.cache.visit(layer: location.layer, self.entries[...], others: [], self.policy)
        func key(_ entry: Int) -> ExpertKey {
            ExpertKey(layer: geometry.layer(of: entry), expert: geometry.expert(of: entry))
        }
        var plan = VisitPlan()
        // In the order of the demands, as `reads` are.
        var next = self.cache.reads.startIndex
        for entry in self.entries {
            if next < self.cache.reads.endIndex, self.cache.reads[next].entry == Int(entry) {
                let read = self.cache.reads[next]
                plan.reads.append(
                    VisitPlan.Read(
                        key: key(read.entry),
                        victim: read.replaced.map(key),
                        isTransient: read.isTransient
                    )
                )
                next += 1
                continue
            }
            switch try self.arena.lookup(key(Int(entry)), claims: false) {
            case .resident(let pin): plan.resident.append(pin)
            case .inTransit: plan.inTransit.append(key(Int(entry)))
            // After a read that failed.
            case .missing, .claimed: plan.reads.append(.init(key: key(Int(entry)), victim: nil, isTransient: false))
            }
        }
        return plan
    }
}
