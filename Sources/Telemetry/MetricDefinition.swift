/// What a metric is: declared once, and from that declaration registered, exposed and documented.
public struct MetricDefinition: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Only grows, from zero at the start of the process.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations at or below each of these bounds, which ascend; `+Inf` is added.
        case histogram(bounds: [Double])

        /// The word of the exposition format.
        public var name: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    public let name: String
    public let kind: Kind
    /// The unit in words, such as `seconds`, `bytes` or `tokens`; empty for a plain count.
    public let unit: String
    /// The names of the labels, whose values tell one series from another.
    public let labels: [String]
    public let help: String
    /// How many series may exist; further label values are counted together (see ``MetricFamily``).
    public let maxSeries: Int

    /// Declares a metric.
    ///
    /// A name or label that Prometheus would refuse, a repeated label, and bounds that do not ascend are mistakes of the
    /// program and trap. Colons are allowed in names, because vLLM's dashboards use them.
    public init(
        _ name: String,
        _ kind: Kind,
        unit: String = "",
        labels: [String] = [],
        maxSeries: Int = 256,
        help: String
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.maxSeries = maxSeries
        self.help = help
        if let broken = self.brokenRule() { preconditionFailure("metric \(name): \(broken)") }
    }

    /// Upper bounds in seconds that suit a wait from a millisecond to ten minutes.
    public static let durationBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600,
    ]

    private func brokenRule() -> String? {
        if !Self.isMetricName(self.name) { return "a name is [a-zA-Z_:][a-zA-Z0-9_:]*" }
        if let label = self.labels.first(where: { !Self.isLabelName($0) }) {
            return "label \(label) is not [a-zA-Z_][a-zA-Z0-9_]*, or starts with __"
        }
        if Set(self.labels).count != self.labels.count { return "a label stands twice in \(self.labels)" }
        if self.maxSeries < 1 { return "maxSeries must be at least 1, got \(self.maxSeries)" }
        guard case .histogram(let bounds) = self.kind else { return nil }
        if bounds.isEmpty || !bounds.allSatisfy(\.isFinite) { return "bounds must be finite, at least one" }
        if zip(bounds, bounds.dropFirst()).contains(where: { $0 >= $1 }) { return "bounds must ascend, got \(bounds)" }
        if self.labels.contains("le") { return "the label le belongs to the buckets" }
        return nil
    }

    /// Whether `name` may name a metric: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    public static func isMetricName(_ name: String) -> Bool {
        self.isName(name, extra: ":")
    }

    /// Whether `name` may name a label: `[a-zA-Z_][a-zA-Z0-9_]*`, not beginning with two underscores.
    public static func isLabelName(_ name: String) -> Bool {
        self.isName(name, extra: "_") && !name.hasPrefix("__")
    }

    private static func isName(_ name: String, extra: Unicode.Scalar) -> Bool {
        guard let first = name.unicodeScalars.first, !(0x30...0x39).contains(first.value) else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", extra: true
            default: false
            }
        }
    }
}

extension MetricDefinition {
    /// The declared metrics as a table in Markdown, in the order given.
    public static func markdownTable(_ definitions: [MetricDefinition]) -> String {
        var lines = ["| metric | type | unit | labels | meaning |", "|---|---|---|---|---|"]
        for definition in definitions {
            let labels = definition.labels.map { "`\($0)`" }.joined(separator: ", ")
            let help = definition.help.replacing("|", with: "\\|").replacing("\n", with: " ")
            let cells = ["`\(definition.name)`", definition.kind.name, definition.unit, labels, help]
            lines.append("| " + cells.map { $0.isEmpty ? "–" : $0 }.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
