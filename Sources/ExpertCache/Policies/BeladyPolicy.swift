/// Gives up what is used again last, which takes knowing the future: for replays only, as the bound that nobody can beat.
///
/// Source: Belady 1966, "A study of replacement algorithms for a virtual-storage computer", with bypass.
public struct BeladyPolicy: EvictionPolicy {
    public let sampleSize: Int? = nil
    public let admitsAlways = false
    /// For each entry the number of the visit that uses it next; kept up to date by the replay.
    var nextVisit: [Int32]

    init(entryCount: Int) { self.nextVisit = Array(repeating: Int32.max, count: entryCount) }

    public func remoteness(of entry: Int, _ use: ExpertUse, at moment: CacheMoment) -> Double {
        Double(self.nextVisit[entry])
    }
}
