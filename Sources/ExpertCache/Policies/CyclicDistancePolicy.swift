/// Keeps what is needed soonest: layers come in order, so the next use of an expert is known up to a probability.
///
/// On a scan larger than the cache, where the least recently used expert is always the one that is needed next, it keeps a
/// fixed part and lets the rest pass; with few tokens in a sweep it follows how lately and how often experts were used.
public struct CyclicDistancePolicy: EvictionPolicy {
    public let sampleSize: Int? = 48
    public let admitsAlways = false

    public init() {}

    public func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double {
        moment.layersUntilUse(ofLayer: moment.geometry.layer(of: entry), probability: moment.probability(of: use))
    }
}
