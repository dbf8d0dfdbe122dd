import Synchronization
import Telemetry

/// What a worker's cache of experts has counted since it was opened.
public struct ExpertCacheCounts: Sendable, Equatable {
    public var hits = 0
    public var misses = 0
    public var coalescedLoads = 0
    public var bytesRead = 0
    public var evictions = 0
    public var stallMicroseconds = 0
    public var convoyWaits = 0
    public var convoyMicroseconds = 0
    /// Of all slots.
    public var capacityBytes = 0

    public init() {}
}

/// The series of the expert cache, which counts by itself: they are brought up to it before each snapshot.
final class ExpertCacheSeries: Sendable {
    private typealias Catalogue = MetricsCatalogue

    private let counters: [(Counter, @Sendable (ExpertCacheCounts) -> Double)]
    private let capacity: Gauge
    private let known = Mutex(ExpertCacheCounts())

    init(_ registry: MetricsRegistry) {
        self.counters = [
            (registry.counter(Catalogue.expertHits), { @Sendable counts in Double(counts.hits) }),
            (registry.counter(Catalogue.expertMisses), { @Sendable counts in Double(counts.misses) }),
            (registry.counter(Catalogue.expertCoalesced), { @Sendable counts in Double(counts.coalescedLoads) }),
            (registry.counter(Catalogue.expertBytesRead), { @Sendable counts in Double(counts.bytesRead) }),
            (registry.counter(Catalogue.expertEvictions), { @Sendable counts in Double(counts.evictions) }),
            (registry.counter(Catalogue.expertStall), { @Sendable counts in Double(counts.stallMicroseconds) / 1e6 }),
            (registry.counter(Catalogue.expertConvoyWaits), { @Sendable counts in Double(counts.convoyWaits) }),
            (
                registry.counter(Catalogue.expertConvoySeconds),
                { @Sendable counts in Double(counts.convoyMicroseconds) / 1e6 }
            ),
        ]
        self.capacity = registry.gauge(Catalogue.expertCapacity)
    }

    func set(to counts: ExpertCacheCounts) {
        self.known.withLock { known in
            // What has not grown stays, as after the cache was closed.
            for (counter, value) in self.counters where value(counts) > value(known) {
                counter.increment(by: value(counts) - value(known))
            }
            if counts.capacityBytes > 0 { self.capacity.set(to: counts.capacityBytes) }
            if counts.hits + counts.misses >= known.hits + known.misses { known = counts }
        }
    }
}
