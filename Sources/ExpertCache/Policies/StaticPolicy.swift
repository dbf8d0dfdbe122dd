/// Gives up nothing: the experts that came first stay, all others pass.
public struct StaticPolicy: EvictionPolicy {
    public let sampleSize: Int? = 1
    public let admitsAlways = false

    public init() {}

    public func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double { 0 }
}
