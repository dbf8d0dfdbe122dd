/// What a search for a victim may look at: the slots of a cache, and who is in them.
public protocol ResidentExperts {
    /// The slots whose experts policies choose from.
    var admittedSlots: Range<Int> { get }

    /// The entry in a slot, if it may go now: it is resident and nobody holds it.
    func evictableEntry(inSlot slot: Int) -> Int?

    func use(of entry: Int) -> ExpertUse
}

/// Finds the expert that makes room for another, as a policy says.
///
/// Deterministic: the same seed and the same questions give the same answers. Allocates nothing.
public struct VictimSearch: Sendable {
    private var random: SplitMix64

    public init(seed: UInt64) { self.random = SplitMix64(state: seed) }

    /// Looks for the expert that should go for `incoming`.
    ///
    /// - Parameters:
    ///   - incoming: The entry that needs room.
    ///   - policy: Who goes first.
    ///   - residents: Who could.
    ///   - moment: Now.
    /// - Returns: Its slot; nil: none is worse than `incoming`, or none may go.
    public mutating func victim(
        for incoming: Int,
        _ policy: some EvictionPolicy,
        among residents: some ResidentExperts,
        at moment: CacheMoment
    ) -> Int? {
        let slots = residents.admittedSlots
        var worst: (slot: Int, remoteness: Double)?
        func consider(_ slot: Int) -> Bool {
            guard let entry = residents.evictableEntry(inSlot: slot) else { return false }
            let remoteness = policy.remoteness(of: entry, residents.use(of: entry), at: moment)
            if let known = worst, remoteness <= known.remoteness { return true }
            worst = (slot, remoteness)
            return true
        }
        if let sampleSize = policy.sampleSize, slots.count > 2 * sampleSize {
            // Slots that are held are passed over, up to a limit: nearly all may be.
            var (found, draws) = (0, 0)
            while found < sampleSize, draws < 4 * sampleSize {
                draws += 1
                if consider(slots.lowerBound + self.random.below(slots.count)) { found += 1 }
            }
        } else {
            for slot in slots { _ = consider(slot) }
        }
        guard let worst else { return nil }
        if policy.admitsAlways { return worst.slot }
        let own = policy.remoteness(of: incoming, residents.use(of: incoming), at: moment)
        return own < worst.remoteness ? worst.slot : nil
    }
}
