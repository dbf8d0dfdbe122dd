public import KafkaTransport
public import Settings

extension DeliveryMode: SettingValue {}

extension KafkaConfiguration {
    /// How to reach Kafka: what every command that talks to it takes.
    public static let connectionSettings = SettingGroup<Self>("", "Kafka") {
        Setting(
            "bootstrap",
            \.bootstrapServers,
            Self.servers,
            help: "a broker to begin with; several with commas between"
        )
        Setting(
            "kafka",
            \.properties,
            secret: .keys { KafkaConfiguration.isSecret(property: $0) },
            help: "any property of librdkafka but those that Dure's promises rest on, such as security.protocol"
        )
        Setting(
            "start-timeout",
            \.startTimeout,
            .within(.milliseconds(100)...(.seconds(3600))),
            help: "how long a start waits for a broker that answers"
        )
    }

    private static let servers = ValueFormat<String>.text("HOST:PORT").restricted(
        to: { text in
            text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { server in
                let server = server.drop { $0 == " " }
                return server.contains(":") && HostPort(String(server)).map { $0.port > 0 } ?? false
            }
        },
        expected: "HOST:PORT, several with commas between"
    )

    /// How a worker is a member of its group.
    public static let membershipSettings = SettingGroup<Self>("", "Kafka") {
        Setting(
            "session-timeout",
            \.sessionTimeout,
            .within(.milliseconds(500)...(.seconds(1800))),
            help:
                "after so long without a sign of life, a worker's partitions go to others; a restart that takes less keeps them"
        )
        Setting(
            "transaction-timeout",
            \.transactionTimeout,
            .within(.seconds(1)...(.seconds(900))),
            help: "the longest a commit cycle may take, and that a dead worker's cycle holds up its partitions"
        )
        Setting(
            "static-membership",
            \.usesStaticMembership,
            help: "take up the old place in the group after a restart"
        )
    }

    public static let deliverySettings = SettingGroup<Self>("delivery", "Delivery") {
        Setting(
            "mode",
            \.deliveryMode,
            help:
                "exactly-once by transactions; at-least-once for brokers without them: after a crash a result may be there twice"
        )
    }
}
