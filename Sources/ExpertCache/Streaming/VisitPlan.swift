/// What a worker does about the experts that one layer of a sweep asks for.
struct VisitPlan {
    /// An expert to be read.
    struct Read {
        var key: ExpertKey
        /// Whose slot it takes; nil: a free one.
        var victim: ExpertKey?
        var isTransient: Bool
    }

    /// Pinned already.
    var resident: [ExpertPin] = []
    var reads: [Read] = []
    /// Others are reading them.
    var inTransit: [ExpertKey] = []
    /// This worker is reading them since before the visit.
    var outstanding: Set<ExpertKey> = []

    /// Puts what was read ahead before what was resident anyway, and what is still being read among the outstanding; what of it
    /// is not demanded is let go.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    mutating func take(
        _ ahead: ExpertReaders.Ahead,
        for demands: [ExpertDemand],
        ofLayer layer: Int,
        in arena: ExpertArena
    ) throws(ExpertCacheError) {
        guard !ahead.pins.isEmpty || !ahead.outstanding.isEmpty else { return }
        let demanded = Set(demands.lazy.map { ExpertKey(layer: layer, expert: $0.expert) })
        self.outstanding = ahead.outstanding.intersection(demanded)
        // Also what has come since `ahead` was asked for: it is among the outcomes.
        self.resident.removeAll { ahead.pins[$0.key] != nil || self.outstanding.contains($0.key) }
        self.resident.insert(contentsOf: ahead.pins.values.filter { demanded.contains($0.key) }, at: 0)
        self.inTransit.removeAll { self.outstanding.contains($0) }
        var left: [Read] = []
        for read in self.reads {
            guard ahead.pins[read.key] != nil || self.outstanding.contains(read.key) else {
                left.append(read)
                continue
            }
            // It has a guest's slot; the one that it was meant to have becomes a guest's.
            if let victim = read.victim { try arena.evict(victim) }
        }
        self.reads = left
    }
}

/// Decides what a visit reads, and in whose place.
protocol VisitPlanner {
    /// - Parameters:
    ///   - demands: What the layer asks for.
    ///   - location: Which visit this is.
    ///   - others: The layers at which the other workers are.
    /// - Returns: A plan that has every demand once.
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    mutating func plan(
        _ demands: [ExpertDemand],
        at location: ArenaLocation,
        others: [Int]
    ) throws(ExpertCacheError) -> VisitPlan
}
