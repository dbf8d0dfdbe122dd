/// Gives up what has not been used for the longest time.
///
/// What page caches do, roughly. A sweep larger than the cache then finds nothing in it: each expert goes just before it
/// is needed again.
public struct LeastRecentlyUsedPolicy: EvictionPolicy {
    public let sampleSize: Int? = nil
    public let admitsAlways = true

    public init() {}

    public func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double {
        Double(use.age(at: moment))
    }
}
