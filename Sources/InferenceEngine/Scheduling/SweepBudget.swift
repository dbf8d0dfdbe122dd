/// How many tokens a sweep may have.
///
/// Where experts have to be read, a sweep reads nearly the same for many tokens as for few. So while sweeps wait for the drive for a
/// good part of their time, the next one may have twice the tokens: prompts are gathered into few sweeps. Once
/// computing is what takes the time, the budget goes back to what it was. No result depends on it.
struct SweepBudget: Equatable {
    /// The share of a sweep's time from which on waiting is worth a larger one, and that below which it is not.
    private static let worthGrowing = 0.25
    private static let worthShrinking = 0.05

    private(set) var tokens: Int
    private let least: Int
    private let most: Int

    /// - Parameters:
    ///   - least: Tokens where nothing has to be waited for.
    ///   - most: Tokens at most; where that is not more than `least`, the budget stays.
    init(least: Int, most: Int) {
        self.tokens = least
        self.least = least
        self.most = max(least, most)
    }

    /// Enters a sweep that has ended.
    ///
    /// - Parameters:
    ///   - used: Its tokens.
    ///   - stalled: For how long it waited for experts.
    ///   - duration: How long it took in all.
    mutating func ended(tokens used: Int, stalled: Duration, of duration: Duration) {
        guard self.most > self.least, duration > .zero else { return }
        let share = stalled / duration
        if share > Self.worthGrowing {
            // A sweep that had room left says nothing about a larger one.
            if used > self.tokens / 2 { self.tokens = min(self.tokens * 2, self.most) }
        } else if share < Self.worthShrinking {
            self.tokens = max(self.tokens - self.tokens / 4, self.least)
        }
    }
}
