public import KafkaTransport
public import Settings

/// The topics that workers need, and how they should be.
public struct TopicPlan: Sendable, Equatable {
    public var names = TopicNames()
    /// Of jobs, results and dead letters; no more workers than this share the jobs.
    public var partitions = 12
    /// Nil: the broker's default.
    public var replicas: Int?
    /// The largest record that jobs, results and dead letters may have.
    public var maxMessageBytes = 2 << 20

    public init() {}

    public static let settings = SettingGroup<Self>("", "Topics to make") {
        Option(
            "partitions",
            \.partitions,
            .count(of: "partitions", 1...10_000),
            help: "of jobs, results and dead letters; no more workers than this share the jobs"
        )
        Option(
            "replication",
            \.replicas,
            .optional(.count(of: "replicas", 1...15)),
            default: "the broker's",
            help: "copies of each partition; 3 with min.insync.replicas 2 is what the promises are made for"
        )
        Option(
            "max-message-bytes",
            \.maxMessageBytes,
            .bytes.within((64 << 10)...(64 << 20)),
            help: "the largest record that jobs, results and dead letters may have"
        )
    }

    /// The topics, in the order in which a job meets them.
    public var topics: [KafkaAdministration.Topic] {
        let work = ["max.message.bytes": String(self.maxMessageBytes), "cleanup.policy": "delete"]
        var topics = [self.names.jobs, self.names.results, self.names.deadLetters].map { name in
            KafkaAdministration.Topic(
                name,
                partitions: self.partitions,
                replicas: self.replicas,
                properties: work
            )
        }
        if let metrics = self.names.metrics {
            let day = ["retention.ms": "86400000", "cleanup.policy": "delete"]
            topics.append(
                KafkaAdministration.Topic(metrics, partitions: 1, replicas: self.replicas, properties: day)
            )
        }
        return topics
    }
}
