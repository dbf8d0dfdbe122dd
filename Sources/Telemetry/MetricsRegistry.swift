import Synchronization

/// The metrics of one process.
///
/// Safe to use from any thread.
///
/// ```swift
/// let registry = MetricsRegistry()
/// let finished = registry.counters(.jobsFinished)       // a definition of the catalogue
/// let stopped = finished.series("stop")                 // kept by whoever counts
/// stopped.increment()
/// let text = registry.snapshot().prometheusText()
/// ```
public final class MetricsRegistry: Sendable {
    private struct State {
        var families: [any AnyMetricFamily] = []
        var indexByName: [String: Int] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// The counters of a definition; the same ones each time it is asked.
    ///
    /// A definition of another kind, or another definition of the same name, is a mistake of the program and traps.
    public func counters(_ definition: MetricDefinition) -> MetricFamily<Counter> {
        precondition(definition.kind == .counter, "\(definition.name) is a \(definition.kind.name), not a counter")
        return self.family(definition)
    }

    /// The gauges of a definition; the same ones each time it is asked.
    public func gauges(_ definition: MetricDefinition) -> MetricFamily<Gauge> {
        precondition(definition.kind == .gauge, "\(definition.name) is a \(definition.kind.name), not a gauge")
        return self.family(definition)
    }

    /// The histograms of a definition; the same ones each time it is asked.
    public func histograms(_ definition: MetricDefinition) -> MetricFamily<Histogram> {
        guard case .histogram = definition.kind else {
            preconditionFailure("\(definition.name) is a \(definition.kind.name), not a histogram")
        }
        return self.family(definition)
    }

    /// The counter with these label values.
    public func counter(_ definition: MetricDefinition, _ labelValues: String...) -> Counter {
        self.counters(definition).series(labelValues)
    }

    /// The gauge with these label values.
    public func gauge(_ definition: MetricDefinition, _ labelValues: String...) -> Gauge {
        self.gauges(definition).series(labelValues)
    }

    /// The histogram with these label values.
    public func histogram(_ definition: MetricDefinition, _ labelValues: String...) -> Histogram {
        self.histograms(definition).series(labelValues)
    }

    /// Has `collect` run before each snapshot, to set gauges that are read rather than counted.
    ///
    /// It runs on the thread that asks for the snapshot and should be quick; it is kept as long as the registry.
    public func addCollector(_ collect: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.collectors.append(collect) }
    }

    /// What every series shows now, in the order in which the metrics were registered.
    ///
    /// Each series is consistent in itself; different series may be an instant apart.
    public func snapshot() -> MetricsSnapshot {
        for collect in self.state.withLock({ $0.collectors }) { collect() }
        return MetricsSnapshot(metrics: self.state.withLock { $0.families }.map { $0.snapshot() })
    }

    /// The definitions registered so far.
    public var definitions: [MetricDefinition] { self.state.withLock { $0.families.map(\.definition) } }

    private func family<Series: MetricSeries>(_ definition: MetricDefinition) -> MetricFamily<Series> {
        self.state.withLock { state in
            if let index = state.indexByName[definition.name] {
                let known = state.families[index]
                guard known.definition == definition, let family = known as? MetricFamily<Series> else {
                    preconditionFailure("\(definition.name) is already registered, declared differently")
                }
                return family
            }
            let family = MetricFamily<Series>(definition)
            state.indexByName[definition.name] = state.families.count
            state.families.append(family)
            // Without labels there is one series, and it is shown from the start: a rate over it has no gap.
            if definition.labels.isEmpty { _ = family.series([]) }
            return family
        }
    }
}
