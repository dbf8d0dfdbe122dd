import Synchronization

/// One series of a metric: a ``Counter``, a ``Gauge`` or a ``Histogram``.
public protocol MetricSeries: AnyObject, Sendable {
    /// What the series shows at this moment.
    func reading() -> MetricReading
    init(definition: MetricDefinition)
}

/// All series of one metric, told apart by the values of its labels.
///
/// Label values can come from outside (a topic, a model's name), so their number is bounded: once
/// ``MetricDefinition/maxSeries`` series exist, every new combination of values shares one more series whose label
/// values are all ``overflowValue``, and ``overflowCount`` grows. Nothing is lost from a sum over all series.
public final class MetricFamily<Series: MetricSeries>: Sendable {
    private struct State {
        var series: [[String]: Series] = [:]
        var overflow: Series?
        var overflowCount: UInt64 = 0
    }

    public let definition: MetricDefinition
    private let state = Mutex(State())

    init(_ definition: MetricDefinition) { self.definition = definition }

    /// What the overflow series shows for every label.
    public static var overflowValue: String { "_other" }

    /// The series with these label values, in the order of the definition's labels; made when it is first asked for.
    ///
    /// Keep what this returns where the values do not change: looking it up takes a lock. A wrong number of values is a
    /// mistake of the program and traps.
    public func series(_ labelValues: [String]) -> Series {
        precondition(
            labelValues.count == self.definition.labels.count,
            "\(self.definition.name) has labels \(self.definition.labels), got values \(labelValues)"
        )
        return self.state.withLock { state in
            if let series = state.series[labelValues] { return series }
            if state.series.count < self.definition.maxSeries {
                let series = Series(definition: self.definition)
                state.series[labelValues] = series
                return series
            }
            state.overflowCount += 1
            let overflow = state.overflow ?? Series(definition: self.definition)
            state.overflow = overflow
            return overflow
        }
    }

    public func series(_ labelValues: String...) -> Series { self.series(labelValues) }

    /// Forgets a series, for example the lag of a partition that was revoked.
    ///
    /// A counter that comes back starts at zero, which Prometheus reads as a restart.
    public func remove(_ labelValues: String...) { self.state.withLock { $0.series[labelValues] = nil } }

    /// How often a series was asked for that the bound did not allow.
    public var overflowCount: UInt64 { self.state.withLock { $0.overflowCount } }
}

/// A family of any kind, as the registry keeps it.
protocol AnyMetricFamily: Sendable {
    var definition: MetricDefinition { get }
    func snapshot() -> MetricSnapshot
}

extension MetricFamily: AnyMetricFamily {
    func snapshot() -> MetricSnapshot {
        let (series, overflow) = self.state.withLock { ($0.series, $0.overflow) }
        var samples = series.map { MetricSnapshot.Sample(labelValues: $0.key, reading: $0.value.reading()) }
        samples.sort { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }
        if let overflow {
            let values = self.definition.labels.map { _ in Self.overflowValue }
            samples.append(MetricSnapshot.Sample(labelValues: values, reading: overflow.reading()))
        }
        return MetricSnapshot(definition: self.definition, samples: samples)
    }
}
