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
