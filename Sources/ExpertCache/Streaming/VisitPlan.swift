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
    /// Of the demands, what was read ahead of the visit, and what is being read since before it began.
    var early: [ExpertPin] = []
    var outstanding: Set<ExpertKey> = []

    /// Takes what was read ahead out of everything else; what is not demanded is let go.
    ///
    /// - Throws: ``ExpertCacheError`` with code `arenaCorrupt`.
    mutating func take(
        _ ahead: ExpertReaders.Ahead,
        demanded: Set<ExpertKey>,
        in arena: ExpertArena
    ) throws(ExpertCacheError) {
        guard !ahead.pins.isEmpty || !ahead.outstanding.isEmpty else { return }
        self.early = ahead.pins.values.filter { demanded.contains($0.key) }
        self.outstanding = ahead.outstanding.intersection(demanded)
        // Also what has come since `ahead` was asked for: it is among the outcomes.
        self.resident.removeAll { ahead.pins[$0.key] != nil || self.outstanding.contains($0.key) }
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
