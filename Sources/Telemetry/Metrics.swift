import Synchronization

/// A number that only grows.
///
/// Safe to use from any thread; an increment is one atomic exchange.
public final class Counter: MetricSeries {
    private let total = AtomicDouble()

    public required init(definition: MetricDefinition) {}

    /// Adds `amount`; one that is negative or not finite is ignored, because a counter must not fall.
    public func increment(by amount: Double = 1) {
        guard amount >= 0, amount.isFinite else { return }
        self.total.add(amount)
    }

    /// Adds a count; a negative one is ignored.
    public func increment(by count: Int) { self.increment(by: Double(count)) }

    public var value: Double { self.total.value }

    public func reading() -> MetricReading { .number(self.value) }
}

/// A number that goes up and down.
///
/// Safe to use from any thread.
public final class Gauge: MetricSeries {
    private let current = AtomicDouble()

    public required init(definition: MetricDefinition) {}

    public func set(to value: Double) { self.current.set(value) }
    public func set(to value: Int) { self.current.set(Double(value)) }
    public func add(_ amount: Double) { self.current.add(amount) }

    public var value: Double { self.current.value }

    public func reading() -> MetricReading { .number(self.value) }
}

/// Counts observations by size.
///
/// Safe to use from any thread; an observation is a short critical section.
public final class Histogram: MetricSeries {
    private struct State {
        /// How many observations fell into each bucket, not cumulated; the last is `+Inf`'s.
        var counts: [UInt64]
        var sum: Double = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    public required init(definition: MetricDefinition) {
        guard case .histogram(let bounds) = definition.kind else {
            preconditionFailure("\(definition.name) is a \(definition.kind.name), not a histogram")
        }
        self.bounds = bounds
        self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one observation; one that is not a number is ignored.
    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = self.bucket(of: value)
        self.state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// Counts one duration, in seconds.
    public func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.observe(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    public func reading() -> MetricReading {
        let (counts, sum) = self.state.withLock { ($0.counts, $0.sum) }
        return .histogram(HistogramReading(bounds: self.bounds, counts: counts, sum: sum))
    }

    /// The index of the first bound that is not below `value`, by bisection.
    private func bucket(of value: Double) -> Int {
        var low = 0
        var high = self.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if self.bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// A double that several threads add to.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: self.bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { self.bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var expected = self.bits.load(ordering: .relaxed)
        while true {
            let desired = (Double(bitPattern: expected) + amount).bitPattern
            let attempt = self.bits.weakCompareExchange(expected: expected, desired: desired, ordering: .relaxed)
            if attempt.exchanged { return }
            expected = attempt.original
        }
    }
}
