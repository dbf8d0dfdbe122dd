/// Where a pack's routed experts are kept, and what is written down about their use.
public struct ExpertCacheConfiguration: Sendable, Equatable {
    /// Memory for experts; nil: all of them are mapped where memory can hold them, and else what is left of it.
    public var capacityBytes: Int?
    /// Where the arena is that workers share, a directory in memory; nil: each worker has its own.
    public var directory: String?
    /// Which of the arenas in the directory: one for each NUMA node.
    public var node = 0
    public var policy = EvictionPolicyName.cyclic
    /// Threads that read: as many reads are in flight.
    public var readers = 4
    /// Whether to read past the page cache, where the file system allows it.
    public var usesDirectIO = true
    /// How long workers of one arena wait for each other before a layer; zero: not at all.
    public var convoyWait = Duration.seconds(1)
    /// How long nothing may come before a sweep is given up.
    public var patience = Duration.seconds(120)
    /// The file that a routing trace is written to; nil: none is.
    public var routingTrace: String?

    public init() {}
}
