// Prometheus' text exposition format, version 0.0.4.
// Source: prometheus.io/docs/instrumenting/exposition_formats

extension MetricsSnapshot {
    /// The HTTP content type of ``prometheusText()``.
    public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The snapshot as a page for Prometheus to scrape.
    ///
    /// O(series); allocates the page.
    public func prometheusText() -> String {
        var page = ""
        for metric in self.metrics { metric.appendPrometheusText(to: &page) }
        return page
    }
}

extension MetricSnapshot {
    fileprivate func appendPrometheusText(to page: inout String) {
        let name = self.definition.name
        let help = self.definition.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        page += "# HELP \(name) \(help)\n# TYPE \(name) \(self.definition.kind.name)\n"
        for sample in self.samples {
            let labels = zip(self.definition.labels, sample.labelValues).map { "\($0)=\"\(Self.escaped($1))\"" }
            switch sample.reading {
            case .number(let number):
                page += "\(name)\(Self.braced(labels)) \(Self.text(number))\n"
            case .histogram(let histogram):
                let bounds = histogram.bounds.map(Self.text) + ["+Inf"]
                for (bound, count) in zip(bounds, histogram.cumulativeCounts) {
                    page += "\(name)_bucket\(Self.braced(labels + ["le=\"\(bound)\""])) \(count)\n"
                }
                page += "\(name)_sum\(Self.braced(labels)) \(Self.text(histogram.sum))\n"
                page += "\(name)_count\(Self.braced(labels)) \(histogram.count)\n"
            }
        }
    }

    private static func braced(_ labels: [String]) -> String {
        labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        // Whole numbers without a fraction, as far as a double holds each of them.
        if number == number.rounded(), abs(number) < 9_007_199_254_740_992 { return String(Int64(number)) }
        return String(number)
    }
}
