/// Gives up what was used least often, uses of long ago counting less: LFU with ageing.
public struct AgedFrequencyPolicy: EvictionPolicy {
    public let sampleSize: Int? = 48
    public let admitsAlways = true

    public init() {}

    public func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double {
        -use.weight(at: moment)
    }
}
