import CExpertArena

/// How many of everything there are in an arena.
public struct ArenaCensus: Sendable, Equatable {
    // Slots.
    public let freeSlots: Int
    /// Taken by a worker for an expert that it reads.
    public let heldSlots: Int
    public let pinnedSlots: Int

    // Experts.
    public let residentExperts: Int
    /// Of these, those that go first.
    public let transientExperts: Int
    public let loadingExperts: Int
    public let evictingExperts: Int

    // Workers.
    public let liveWorkers: Int
    /// That nobody has cleared up after yet.
    public let deadWorkers: Int

    init(_ census: dure_arena_census) {
        self.freeSlots = Int(census.free)
        self.heldSlots = Int(census.held)
        self.pinnedSlots = Int(census.pinned)
        self.residentExperts = Int(census.resident)
        self.transientExperts = Int(census.transient)
        self.loadingExperts = Int(census.loading)
        self.evictingExperts = Int(census.evicting)
        self.liveWorkers = Int(census.alive)
        self.deadWorkers = Int(census.dead)
    }
}
