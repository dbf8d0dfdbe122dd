/// What a worker counts in its row of the arena, for everybody on the host to see.
///
/// The raw value is the counter's place in the row.
public enum ArenaCounter: Int, Sendable, CaseIterable {
    /// Demanded experts that were resident.
    case hits = 0
    /// Demanded experts that this worker had to read.
    case misses
    /// Demanded experts that another one was reading already.
    case coalescedLoads
    /// Records read before they were demanded.
    case prefetches
    /// Bytes that this worker has read from the pack.
    case bytesRead
    case evictions
    /// Records that were read without being kept.
    case transients
    /// Reads that failed, or whose checksum was wrong.
    case failedLoads
    /// Layers before which this worker waited for others.
    case convoyWaits
    /// Microseconds of those waits.
    case convoyMicroseconds
    /// Microseconds in which nothing could be computed because weights were on their way.
    case stallMicroseconds
    /// Rows of dead workers that this one has cleared up after.
    case recoveries

    /// As JSON has it.
    public var name: String {
        switch self {
        case .hits: "hits"
        case .misses: "misses"
        case .coalescedLoads: "coalesced_loads"
        case .prefetches: "prefetches"
        case .bytesRead: "bytes_read"
        case .evictions: "evictions"
        case .transients: "transients"
        case .failedLoads: "failed_loads"
        case .convoyWaits: "convoy_waits"
        case .convoyMicroseconds: "convoy_microseconds"
        case .stallMicroseconds: "stall_microseconds"
        case .recoveries: "recoveries"
        }
    }
}
