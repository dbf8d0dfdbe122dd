extension Duration: SettingValue {
    public static var format: ValueFormat<Duration> {
        ValueFormat(
            placeholder: "DURATION",
            expected: "a duration",
            example: "250ms, 10s or 2m",
            parse: { DurationText.parse($0) },
            text: { DurationText.text(of: $0) }
        )
    }
}

/// Durations as people write them in configurations.
enum DurationText {
    /// From the largest, in nanoseconds; `ns` is the base.
    private static let units: [(name: String, nanoseconds: Int)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    static func parse(_ text: String) -> Duration? {
        // The only duration that needs no unit.
        if text == "0" { return .zero }
        return DecimalQuantity.parse(text) { unit in self.units.first { $0.name == unit }?.nanoseconds }
            .map { .nanoseconds($0) }
    }

    /// In the largest unit of which it is a whole number.
    static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (whole, isTooLong) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        // Beyond 292 years nobody misses the rest of a second.
        guard !isTooLong else { return "\(seconds)s" }
        let nanoseconds = whole + Int(attoseconds / 1_000_000_000)
        guard nanoseconds != 0, let unit = self.units.first(where: { nanoseconds % $0.nanoseconds == 0 }) else {
            return "0s"
        }
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
}
