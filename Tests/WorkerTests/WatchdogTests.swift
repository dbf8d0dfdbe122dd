import Testing

@testable import Worker

@Suite("Watchdog")
struct WatchdogTests {
    private static let start = ContinuousClock.now

    private static func marks(
        sweeps: UInt64 = 0,
        hasWork: Bool = false,
        turns: UInt64 = 0,
        answers: UInt64 = 0,
        unanswered: Int = 0
    ) -> Watchdog.Marks {
        Watchdog.Marks(
            sweeps: sweeps,
            engineHasWork: hasWork,
            turns: turns,
            answers: answers,
            unansweredJobs: unanswered
        )
    }

    private static var watchdog: Watchdog {
        var limits = Watchdog.Limits()
        limits.engine = .seconds(60)
        limits.delivery = .seconds(30)
        limits.jobs = .seconds(600)
        return Watchdog(limits: limits)
    }

    @Test("a worker without work that turns is healthy for ever")
    func idle() {
        var watchdog = Self.watchdog
        for second in 0..<5000 {
            let verdict = watchdog.look(
                at: Self.marks(turns: UInt64(second)),
                now: Self.start + .seconds(second)
            )
            #expect(verdict == .healthy)
        }
    }

    @Test("an engine that has work and ends no sweep is stuck after its limit, and well again with the next sweep")
    func engine() {
        var watchdog = Self.watchdog
        for second in 0...60 {
            let marks = Self.marks(sweeps: 7, hasWork: true, turns: UInt64(second))
            #expect(watchdog.look(at: marks, now: Self.start + .seconds(second)) == .healthy)
        }
        let stuck = watchdog.look(
            at: Self.marks(sweeps: 7, hasWork: true, turns: 61),
            now: Self.start + .seconds(61)
        )
        #expect(stuck == .stuck(.engine, for: .seconds(61)))
        let again = watchdog.look(
            at: Self.marks(sweeps: 8, hasWork: true, turns: 62),
            now: Self.start + .seconds(62)
        )
        #expect(again == .healthy)
    }

    @Test("time without work does not count against the engine")
    func engineAfterIdling() {
        var watchdog = Self.watchdog
        for second in stride(from: 0, through: 1000, by: 5) {
            _ = watchdog.look(at: Self.marks(turns: UInt64(second)), now: Self.start + .seconds(second))
        }
        let verdict = watchdog.look(
            at: Self.marks(hasWork: true, turns: 1001),
            now: Self.start + .seconds(1005)
        )
        #expect(verdict == .healthy)
    }

    @Test("a Kafka thread that does not come around is stuck, whatever the engine does")
    func delivery() {
        var watchdog = Self.watchdog
        _ = watchdog.look(at: Self.marks(turns: 3), now: Self.start)
        let verdict = watchdog.look(at: Self.marks(sweeps: 9, hasWork: true, turns: 3), now: Self.start + .seconds(31))
        #expect(verdict == .stuck(.delivery, for: .seconds(31)))
    }

    @Test("jobs of which none gets answered are stuck after their own, longer limit")
    func jobs() {
        var watchdog = Self.watchdog
        var verdict = Watchdog.Verdict.healthy
        var seconds = 0
        while verdict == .healthy, seconds < 5000 {
            seconds += 5
            let marks = Self.marks(sweeps: UInt64(seconds), hasWork: true, turns: UInt64(seconds), unanswered: 4)
            verdict = watchdog.look(at: marks, now: Self.start + .seconds(seconds))
        }
        #expect(verdict == .stuck(.jobs, for: .seconds(605)))
        #expect(seconds == 610)
    }
}
