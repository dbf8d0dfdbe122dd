import Foundation
import KafkaTransport
import OrderedJSON
import Settings
import Worker
import WorkerApp

/// How far a group, or one batch, has come.
struct StatusCommand: Command {
    static let help = CommandHelp(
        "status",
        "Shows how far the workers of a group have come, or one batch.",
        example: "dure status --bootstrap localhost:9092",
        moreExamples: ["dure status batch_4f0c… --json"],
        discussion: """
            Unfinished counts records without a result. Lag is what Kafka's own tools show: offsets above the committed one, \
            finished or not, so it is larger where jobs finish out of order.
            """
    )

    var batchID: String?
    var json = false
    var kafka = KafkaConfiguration(workerID: "dure-status")
    var member = GroupMember(workerID: "dure-status")
    var topics = TopicNames()

    static var parameters: [Parameter<Self>] {
        Argument("BATCH", \.batchID, .optional(.name("BATCH")), help: "a batch's id, as dure submit printed it")
        Option("json", \.json, help: "print one JSON object")
        KafkaConfiguration.connectionSettings.at(\.kafka)
        GroupMember.settings.only("group").at(\.member)
        TopicNames.settings.at(\.topics)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        var kafka = self.kafka
        kafka.group = self.member.group
        let (configuration, topics) = (kafka, self.topics)
        if let batchID {
            let counts = try await BlockingWork.run(named: "dure-status") {
                try Self.counts(of: batchID, topics, configuration)
            }
            guard counts.lines + counts.answered > 0 else {
                throw CommandError("neither \(topics.jobs) nor \(topics.results) knows batch \(batchID)")
            }
            try self.show(counts, of: batchID, context.console)
        } else {
            let status = try await BlockingWork.run(named: "dure-status") {
                try GroupStatus(kafka: configuration, topics: topics)
            }
            try self.show(status, context.console)
        }
        return .done
    }

    private static func counts(
        of batchID: String,
        _ topics: TopicNames,
        _ kafka: KafkaConfiguration
    ) throws -> BatchTracker.Counts {
        let watch = try BatchWatch(batchID: batchID, topics: topics, configuration: kafka)
        while try !watch.next(upTo: .milliseconds(500)).isCaughtUp {}
        return watch.tracker.counts
    }

    private func show(_ counts: BatchTracker.Counts, of batchID: String, _ console: Console) throws {
        if self.json {
            let object: JSONValue = [
                "batch_id": .string(batchID), "lines": .integer(Int64(counts.lines)),
                "succeeded": .integer(Int64(counts.succeeded)), "failed": .integer(Int64(counts.failed)),
                "dead_letters": .integer(Int64(counts.deadLetters)), "open": .integer(Int64(counts.open)),
            ]
            return try console.print(object.text())
        }
        var table = Table([("lines", .right), ("answered", .right), ("failed", .right), ("open", .right)])
        table.add(String(counts.lines), String(counts.succeeded), String(counts.failed), String(counts.open))
        try table.print(to: console)
    }

    private func show(_ status: GroupStatus, _ console: Console) throws {
        if self.json { return try console.print(Self.json(of: status).text()) }
        var partitions = Table([
            ("partition", .right), ("committed", .right), ("end", .right), ("lag", .right), ("unfinished", .right),
        ])
        for progress in status.partitions {
            partitions.add(
                String(progress.source.partition),
                progress.committed.map { String($0.offset) } ?? "–",
                String(progress.log.upperBound),
                String(progress.lag),
                progress.unfinished.map(String.init) ?? "?"
            )
        }
        try partitions.print(to: console)
        console.note("\(status.unfinished) unfinished records; \(status.workers.count) workers seen in the last minute")
        guard !status.workers.isEmpty else { return }
        var workers = Table([
            ("worker", .left), ("running", .right), ("tokens/s", .right), ("experts found", .right), ("seen", .right),
        ])
        for worker in status.workers {
            workers.add(
                worker.id,
                String(worker.running),
                String(format: "%.1f", worker.generatedPerSecond),
                worker.expertHitRate.map { String(format: "%.0f %%", $0 * 100) } ?? "–",
                String(format: "%.0f s ago", worker.secondsAgo)
            )
        }
        try workers.print(to: console)
    }

    private static func json(of status: GroupStatus) -> JSONValue {
        let partitions = status.partitions.map { progress -> JSONValue in
            [
                "partition": .integer(Int64(progress.source.partition)),
                "committed": progress.committed.map { .integer($0.offset) } ?? .null,
                "end": .integer(progress.log.upperBound), "lag": .integer(progress.lag),
                "unfinished": progress.unfinished.map(JSONValue.integer) ?? .null,
            ]
        }
        let workers = status.workers.map { worker -> JSONValue in
            [
                "worker": .string(worker.id), "running": .integer(Int64(worker.running)),
                "generated_per_second": .double(worker.generatedPerSecond),
                "expert_hit_rate": worker.expertHitRate.map(JSONValue.double) ?? .null,
                "seconds_ago": .double(worker.secondsAgo),
            ]
        }
        return [
            "unfinished": .integer(status.unfinished), "lag": .integer(status.lag), "partitions": .array(partitions),
            "workers": .array(workers),
        ]
    }
}
