/// What a results reader may rely on.
public enum DeliveryMode: String, Sendable, CaseIterable {
    /// One result per job for `read_committed` readers, by Kafka's transactions.
    case exactlyOnce = "exactly-once"
    /// For brokers without transactions: after a crash a result may be there twice.
    case atLeastOnce = "at-least-once"
}

/// Where Kafka is, who this process is in it, and how it delivers.
public struct KafkaConfiguration: Sendable, Equatable {
    /// `HOST:PORT`, several with commas between.
    public var bootstrapServers = "127.0.0.1:9092"
    /// The consumer group that shares the jobs topic.
    public var group = "dure"
    public var jobsTopic = "dure.jobs"
    /// Topics that are written to; they have to exist when a worker starts.
    public var outputTopics = ["dure.results", "dure.dead-letters", "dure.metrics"]
    /// Who this process is, over restarts, among all that share the group.
    ///
    /// The transactional id, the static member and the client id come from it, so that a restart ends what the process
    /// before it had begun, and a second process with the same id stops the first.
    public var workerID: String
    public var deliveryMode = DeliveryMode.exactlyOnce
    /// After this long without a sign of life, the group gives a worker's partitions to others; a restart that takes
    /// less keeps them.
    public var sessionTimeout: Duration = .seconds(45)
    /// The longest time a commit cycle may take, and that a dead worker's cycle holds up its partitions.
    public var transactionTimeout: Duration = .seconds(15)
    /// How long a start waits for a broker that answers.
    public var startTimeout: Duration = .seconds(15)
    /// Whether a worker that restarts takes up its old place in the group; the embedded broker cannot do that.
    public var usesStaticMembership = true
    /// Any of librdkafka's properties but those that Dure's promises rest on.
    public var properties: [String: String] = [:]

    public init(workerID: String = "dure") { self.workerID = workerID }

    /// What suits ``EmbeddedBroker``: at-least-once, quick rebalances and short waits.
    ///
    /// All clients of that broker need these: members whose assignors differ end it, and its rebalances take a second
    /// less than the session time-out.
    public static func embedded(bootstrapServers: String, workerID: String = "dure") -> KafkaConfiguration {
        var configuration = KafkaConfiguration(workerID: workerID)
        configuration.bootstrapServers = bootstrapServers
        configuration.deliveryMode = .atLeastOnce
        configuration.sessionTimeout = .seconds(3)
        configuration.usesStaticMembership = false
        configuration.properties = [
            "heartbeat.interval.ms": "500",
            "fetch.wait.max.ms": "10",
            "partition.assignment.strategy": "range",
        ]
        return configuration
    }
}

// MARK: Secrets

extension KafkaConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Whether a property's value must never be printed.
    public static func isSecret(property name: String) -> Bool {
        ["password", "secret", "key.pem", "oauthbearer.config", "jaas"].contains { name.contains($0) }
    }

    /// The properties with `<redacted>` in the place of secrets.
    public var printableProperties: [String: String] {
        Dictionary(
            uniqueKeysWithValues: self.properties.map { ($0, Self.isSecret(property: $0) ? "<redacted>" : $1) }
        )
    }

    public var description: String {
        let properties = self.printableProperties.sorted { $0.key < $1.key }.map { " \($0)=\($1)" }.joined()
        return "\(self.bootstrapServers) group=\(self.group) worker=\(self.workerID)"
            + " delivery=\(self.deliveryMode.rawValue) jobs=\(self.jobsTopic)\(properties)"
    }

    public var debugDescription: String { self.description }

    public var customMirror: Mirror { Mirror(self, children: ["configuration": self.description]) }
}
