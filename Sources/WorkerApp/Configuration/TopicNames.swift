public import Settings

/// The topics that workers and clients meet in.
public struct TopicNames: Sendable, Equatable {
    public var jobs = "dure.jobs"
    public var results = "dure.results"
    public var deadLetters = "dure.dead-letters"
    /// Nil: no metrics records.
    public var metrics: String? = "dure.metrics"

    public init() {}

    public static let settings = SettingGroup<Self>("", "Topics") {
        Setting("jobs-topic", \.jobs, Self.topic, help: "where jobs are read from")
        Setting("results-topic", \.results, Self.topic, help: "where results go")
        Setting("dead-letters-topic", \.deadLetters, Self.topic, help: "where records go that no job could be made of")
        Setting(
            "metrics-topic",
            \.metrics,
            .orNone(Self.topic),
            help: "where each worker tells its counts from time to time"
        )
    }

    private static let topic = ValueFormat<String>.name("TOPIC").restricted(
        to: { name in
            (1...249).contains(name.utf8.count) && name != "." && name != ".."
                && name.utf8.allSatisfy {
                    "._-".utf8.contains($0) || Character(Unicode.Scalar($0)).isASCIILetterOrDigit
                }
        },
        expected: "1 to 249 letters, digits, dots, dashes or underscores"
    )
}

extension Character {
    var isASCIILetterOrDigit: Bool { self.isASCII && (self.isLetter || self.isNumber) }
}
