import KafkaTransport
import OrderedJSON
import Settings
import WorkerApp

/// Makes the topics that workers need.
struct TopicsCreateCommand: Command {
    static let help = CommandHelp(
        "create",
        "Makes the topics that workers need; those that are there are left as they are.",
        example: "dure topics create --bootstrap localhost:9092 --partitions 24 --replication 3"
    )

    var plan = TopicPlan()
    var kafka = KafkaConfiguration(workerID: "dure-topics")
    var json = false

    static var parameters: [Parameter<Self>] {
        TopicPlan.settings.at(\.plan)
        Option("json", \.json, help: "print one JSON object")
        TopicNames.settings.at(\.plan.names)
        KafkaConfiguration.connectionSettings.at(\.kafka)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let (plan, kafka) = (self.plan, self.kafka)
        let created = try await BlockingWork.run(named: "dure-topics") {
            try KafkaAdministration(configuration: kafka).create(plan.topics)
        }
        var failed = 0
        var rows: [(name: String, state: String)] = []
        for topic in plan.topics {
            switch created[topic.name] {
            case .created: rows.append((topic.name, "created"))
            case .alreadyThere: rows.append((topic.name, "exists"))
            case .failed(let error):
                failed += 1
                rows.append((topic.name, "failed: \(error)"))
            case nil:
                failed += 1
                rows.append((topic.name, "failed: no answer"))
            }
        }
        if self.json {
            let members = rows.map { ($0.name, JSONValue.string($0.state)) }
            try context.console.print(JSONValue.object(JSONObject(members)).text())
        } else {
            var table = Table([("topic", .left), ("", .left)])
            for row in rows { table.add(row.name, row.state) }
            try table.print(to: context.console)
        }
        if failed == 0 { return .done }
        return failed == rows.count ? .failed : .partlyFailed
    }
}

/// Says what of the topics differs from what workers need.
struct TopicsCheckCommand: Command {
    static let help = CommandHelp(
        "check",
        "Says how the topics differ from what workers need; the status is 1 if they do.",
        example: "dure topics check --bootstrap localhost:9092 --partitions 24"
    )

    var plan = TopicPlan()
    var kafka = KafkaConfiguration(workerID: "dure-topics")
    var json = false

    static var parameters: [Parameter<Self>] {
        TopicPlan.settings.at(\.plan)
        Option("json", \.json, help: "print one JSON object")
        TopicNames.settings.at(\.plan.names)
        KafkaConfiguration.connectionSettings.at(\.kafka)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let (plan, kafka) = (self.plan, self.kafka)
        let differences = try await BlockingWork.run(named: "dure-topics") {
            try KafkaAdministration(configuration: kafka).check(plan.topics)
        }
        if self.json {
            let list = differences.map { JSONValue.string($0.description) }
            try context.console.print(JSONValue.object(["differences": .array(list)]).text())
        } else if differences.isEmpty {
            try context.console.print("the topics are as workers need them")
        } else {
            for difference in differences { try context.console.print(difference.description) }
        }
        return differences.isEmpty ? .done : .failed
    }
}
