/// Decides from progress marks whether the worker is stuck.
///
/// A value without clock: whoever watches reads the marks every few seconds and tells it. The consumer's own liveness
/// says nothing here, because polling goes on while the engine hangs.
public struct Watchdog: Sendable {
    public enum Part: String, Sendable, CaseIterable {
        /// It has work, and no sweep has ended.
        case engine
        /// The Kafka thread has not come around.
        case delivery
        /// Records are taken, and none gets finished.
        case jobs
    }

    public struct Limits: Sendable, Equatable {
        public var engine: Duration = .seconds(600)
        public var delivery: Duration = .seconds(120)
        /// Longer than the longest job: one that is merely slow must not look stuck.
        public var jobs: Duration = .seconds(3600)

        public init() {}
    }

    public enum Verdict: Sendable, Equatable {
        case healthy
        /// Nothing has moved for longer than the limit: the process should end, so that another takes over.
        case stuck(Part, for: Duration)
    }

    /// What one look at the worker shows.
    public struct Marks: Sendable, Equatable {
        /// Grows whenever a sweep has ended.
        public var sweeps: UInt64
        public var engineHasWork: Bool
        /// Grows whenever the delivery loop has turned.
        public var turns: UInt64
        /// Grows whenever a job has been answered.
        public var answers: UInt64
        public var unansweredJobs: Int

        public init(sweeps: UInt64, engineHasWork: Bool, turns: UInt64, answers: UInt64, unansweredJobs: Int) {
            self.sweeps = sweeps
            self.engineHasWork = engineHasWork
            self.turns = turns
            self.answers = answers
            self.unansweredJobs = unansweredJobs
        }
    }

    private let limits: Limits
    private var last: Marks?
    /// When each part last moved, or had nothing to do.
    private var moved: [Part: ContinuousClock.Instant] = [:]

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Enters what a look at the worker shows, and says how it is.
    public mutating func look(at marks: Marks, now: ContinuousClock.Instant) -> Verdict {
        let last = self.last
        self.last = marks
        self.note(.engine, hasMoved: !marks.engineHasWork || last?.sweeps != marks.sweeps, now)
        self.note(.delivery, hasMoved: last?.turns != marks.turns, now)
        self.note(.jobs, hasMoved: marks.unansweredJobs == 0 || last?.answers != marks.answers, now)
        for part in Part.allCases {
            let stood = now - (self.moved[part] ?? now)
            if stood > self.limit(part) { return .stuck(part, for: stood) }
        }
        return .healthy
    }

    private mutating func note(_ part: Part, hasMoved: Bool, _ now: ContinuousClock.Instant) {
        if hasMoved || self.moved[part] == nil { self.moved[part] = now }
    }

    private func limit(_ part: Part) -> Duration {
        switch part {
        case .engine: self.limits.engine
        case .delivery: self.limits.delivery
        case .jobs: self.limits.jobs
        }
    }
}
