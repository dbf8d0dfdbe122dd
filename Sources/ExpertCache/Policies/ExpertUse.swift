import Glibc

/// How often and how lately an expert was used: what policies go by.
///
/// Time is counted in *visits*: one worker's sweep coming to one layer. Uses of long ago count less and less: what a use
/// counts halves every ``CacheMoment/halfLifeSweeps`` sweeps.
public struct ExpertUse: Sendable, Equatable {
    /// The visit at which it was used last; 0 before the first.
    public var lastVisit: UInt32
    /// Uses, each for what it counted at `lastVisit`.
    public var weight: Float

    public init(lastVisit: UInt32 = 0, weight: Float = 0) {
        self.lastVisit = lastVisit
        self.weight = weight
    }

    /// Both in one word, for memory that several processes read and write.
    public init(word: UInt64) {
        self.init(
            lastVisit: UInt32(truncatingIfNeeded: word >> 32),
            weight: Float(bitPattern: UInt32(truncatingIfNeeded: word))
        )
    }

    public var word: UInt64 { UInt64(self.lastVisit) << 32 | UInt64(self.weight.bitPattern) }

    /// What its uses count at `moment`.
    ///
    /// Whatever stands in shared memory gives a number: a visit of the future is taken for the present, a weight that is none for 0.
    public func weight(at moment: CacheMoment) -> Double {
        let weight = Double(self.weight)
        guard weight > 0, weight.isFinite else { return 0 }
        return weight * exp2(-Double(self.age(at: moment)) * moment.decayPerVisit)
    }

    /// Visits since its last use.
    public func age(at moment: CacheMoment) -> UInt32 {
        moment.visit >= self.lastVisit ? moment.visit - self.lastVisit : 0
    }

    /// The same after one more use, now.
    public func used(at moment: CacheMoment) -> ExpertUse {
        ExpertUse(lastVisit: moment.visit, weight: Float(self.weight(at: moment) + 1))
    }
}
