/// A moment after which something is not waited for any longer.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(after duration: Duration) { self.end = ContinuousClock.now + duration }

    var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: self.end)) }
    var hasPassed: Bool { ContinuousClock.now >= self.end }

    /// What remains, but at most `limit`.
    func remaining(atMost limit: Duration) -> Duration { min(self.remaining, limit) }
}

extension Duration {
    /// Rounded up, so that a wait does not become a busy loop; within what the library takes.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = self.components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(0, Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
