import ExpertCache
import Worker

extension ExpertCacheCounts {
    /// What reads a cache's counts; nil where there is no cache.
    static func reader(of cache: ArenaExpertSource?) -> (@Sendable () -> ExpertCacheCounts)? {
        guard let cache else { return nil }
        return { ExpertCacheCounts(cache) }
    }

    /// What a cache has counted so far.
    init(_ cache: ArenaExpertSource) {
        self.init()
        let counters = cache.counters
        self.hits = counters[.hits]
        self.misses = counters[.misses]
        self.coalescedLoads = counters[.coalescedLoads]
        self.bytesRead = counters[.bytesRead]
        self.evictions = counters[.evictions]
        self.stallMicroseconds = counters[.stallMicroseconds]
        self.convoyWaits = counters[.convoyWaits]
        self.convoyMicroseconds = counters[.convoyMicroseconds]
        self.capacityBytes = cache.capacityBytes
    }
}
