import Synchronization

/// A clock that moves only when it is told to.
public final class ManualClock: Clock, Sendable {
    public struct Instant: InstantProtocol {
        public var offset: Duration

        public init(offset: Duration) { self.offset = offset }

        public func advanced(by duration: Duration) -> Self { Self(offset: self.offset + duration) }

        public func duration(to other: Self) -> Duration { other.offset - self.offset }

        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.offset < rhs.offset }
    }

    private let time = Mutex<Duration>(.zero)

    public init() {}

    public var now: Instant { Instant(offset: self.time.withLock { $0 }) }
    public var minimumResolution: Duration { .nanoseconds(1) }

    public func advance(by duration: Duration) { self.time.withLock { $0 += duration } }

    /// Nobody sleeps by this clock: it would have to be woken by the test that is waiting for it.
    public func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        preconditionFailure("a manual clock is read, not slept by")
    }
}
