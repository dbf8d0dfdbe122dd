/// Decides which expert a full cache gives up for another.
///
/// A pure function of what is known: where the workers are and how experts were used. It does no input or output and keeps no
/// state of its own, so a replay of a trace decides as the engine did.
public protocol EvictionPolicy: Sendable {
    /// How many residents are compared before one goes; nil: all of them.
    var sampleSize: Int? { get }

    /// Whether an expert that is read is always kept, in place of the worst resident.
    ///
    /// If not, it is kept only where it is better than the worst resident, and else used once (*bypass*).
    var admitsAlways: Bool { get }

    /// How little an expert is worth keeping; the largest goes first.
    ///
    /// - Parameters:
    ///   - entry: The expert, as ``CacheGeometry`` numbers it.
    ///   - use: What is known of its use.
    ///   - moment: Now.
    /// - Returns: A number that only has a meaning beside those of other entries.
    func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double
}
