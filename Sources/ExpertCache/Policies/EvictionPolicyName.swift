/// The policies that a cache can be told to follow.
public enum EvictionPolicyName: String, Sendable, CaseIterable {
    /// ``CyclicDistancePolicy``.
    case cyclic
    /// ``LeastRecentlyUsedPolicy``.
    case lru
    /// ``AgedFrequencyPolicy``.
    case lfu
    /// ``StaticPolicy``.
    case `static`

    public var policy: any EvictionPolicy {
        switch self {
        case .cyclic: CyclicDistancePolicy()
        case .lru: LeastRecentlyUsedPolicy()
        case .lfu: AgedFrequencyPolicy()
        case .static: StaticPolicy()
        }
    }
}
