/// What one series showed at one moment.
public enum MetricReading: Sendable, Equatable {
    case number(Double)
    case histogram(HistogramReading)
}

/// What one histogram showed at one moment.
public struct HistogramReading: Sendable, Equatable {
    /// Upper bounds, ascending, without `+Inf`.
    public let bounds: [Double]
    /// Observations per bucket, one more than bounds, not cumulated.
    public let counts: [UInt64]
    public let sum: Double

    public var count: UInt64 { self.counts.reduce(0, +) }

    /// Observations at or below each bound; the last is all of them.
    public var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        return self.counts.map { count in
            total += count
            return total
        }
    }
}

/// One metric with all its series at one moment.
public struct MetricSnapshot: Sendable, Equatable {
    public struct Sample: Sendable, Equatable {
        /// In the order of the definition's labels.
        public let labelValues: [String]
        public let reading: MetricReading
    }

    public let definition: MetricDefinition
    public let samples: [Sample]
}

/// All metrics of a registry at one moment.
///
/// The Prometheus page and the metrics record are both made from one, so they agree.
public struct MetricsSnapshot: Sendable, Equatable {
    public let metrics: [MetricSnapshot]

    /// The metric of that name.
    public func metric(_ name: String) -> MetricSnapshot? { self.metrics.first { $0.definition.name == name } }

    /// The number that a counter or gauge showed, if it has a series with these label values.
    public func number(_ definition: MetricDefinition, _ labelValues: String...) -> Double? {
        guard case .number(let number)? = self.reading(definition.name, labelValues) else { return nil }
        return number
    }

    /// The sum of a counter's or gauge's series; zero if there is none.
    public func total(_ definition: MetricDefinition) -> Double {
        self.metric(definition.name)?.samples.reduce(0) { total, sample in
            guard case .number(let number) = sample.reading else { return total }
            return total + number
        } ?? 0
    }

    /// What a histogram showed, if it has a series with these label values.
    public func histogram(_ definition: MetricDefinition, _ labelValues: String...) -> HistogramReading? {
        guard case .histogram(let reading)? = self.reading(definition.name, labelValues) else { return nil }
        return reading
    }

    private func reading(_ name: String, _ labelValues: [String]) -> MetricReading? {
        self.metric(name)?.samples.first { $0.labelValues == labelValues }?.reading
    }
}
