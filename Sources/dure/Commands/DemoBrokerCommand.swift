import KafkaTransport
import Settings

/// The demo's broker, in a process of its own: its checks would end whatever hosts it.
struct DemoBrokerCommand: Command {
    static let help = CommandHelp(
        "demo-broker",
        "Runs the demo's in-memory broker until standard input ends, and prints its address.",
        example: "dure demo-broker --topic dure.jobs --topic dure.results < some-pipe",
        isHidden: true
    )

    var topics: [String] = []
    var partitions = 4

    static var parameters: [Parameter<Self>] {
        Option("topic", \.topics, help: "a topic to begin with; may be given several times")
        Option("partitions", \.partitions, .within(1...100), help: "of each topic")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let broker = EmbeddedBroker()
        try broker.start(topics: self.topics.map { EmbeddedBroker.Topic($0, partitions: self.partitions) })
        try context.console.print(broker.bootstrapServers ?? "")
        // Whoever started this holds the other end, so that the broker never outlives it.
        while !(try context.console.input.read(4096)).isEmpty {}
        broker.stop()
        return .done
    }
}
