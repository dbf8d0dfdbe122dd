import JobContract
public import KafkaTransport
import OrderedJSON
import Worker

/// What there is to know of a worker group from its topics: how far it has come, and who works in it.
public struct GroupStatus: Sendable {
    public struct WorkerLine: Sendable {
        public var id: String
        public var secondsAgo: Double
        public var running: Int
        public var generatedPerSecond: Double
        /// The share of demanded experts that were in memory, since the worker's start; nil where all are mapped files.
        public var expertHitRate: Double?
    }

    public let partitions: [PartitionProgress]
    /// Those that have written a metrics record lately, by their names.
    public let workers: [WorkerLine]

    /// How old a worker's last record may be.
    private static let recentSeconds = 60.0
    /// How many metrics records are read per partition, from the end.
    private static let metricsRecords: Int64 = 2000

    /// Reads it all; blocks.
    ///
    /// - Parameters:
    ///   - kafka: Where Kafka is, and the group.
    ///   - topics: The topics.
    /// - Throws: ``KafkaError``.
    public init(kafka: KafkaConfiguration, topics: TopicNames) throws {
        let administration = try KafkaAdministration(configuration: kafka)
        self.partitions = try administration.progress(of: kafka.group, topic: topics.jobs)
        guard let metrics = topics.metrics else {
            self.workers = []
            return
        }
        self.workers = try Self.recentWorkers(metrics, administration, kafka)
    }

    public var unfinished: Int64 { self.partitions.reduce(0) { $0 + ($1.unfinished ?? $1.lag) } }
    public var lag: Int64 { self.partitions.reduce(0) { $0 + $1.lag } }

    private static func recentWorkers(
        _ topic: String,
        _ administration: KafkaAdministration,
        _ kafka: KafkaConfiguration
    ) throws -> [WorkerLine] {
        var starts: [Int32: Int64] = [:]
        for (partition, log) in try administration.logOffsets(of: topic) {
            starts[partition.partition] = max(log.lowerBound, log.upperBound - Self.metricsRecords)
        }
        let reader = try RecordReader(configuration: kafka, topic: topic, from: .offsets(starts))
        let now = Double(WallTime.now().millisecondsSince1970)
        var latest: [String: WorkerLine] = [:]
        while !reader.isFinished {
            for record in try reader.next(upTo: .milliseconds(500)).records {
                // What is no metrics record tells nothing.
                guard let value = record.value.flatMap({ try? JSONValue(parsing: $0) }),
                    let id = value["worker"]?["id"]?.string, let time = record.timestampMs
                else { continue }
                latest[id] = WorkerLine(
                    id: id,
                    secondsAgo: max(0, (now - Double(time)) / 1000),
                    running: Int(value["jobs"]?["running"]?.integer ?? 0),
                    generatedPerSecond: value["tokens"]?["generated_per_second"]?.double ?? 0,
                    expertHitRate: Self.expertHitRate(in: value)
                )
            }
        }
        return latest.values.filter { $0.secondsAgo <= Self.recentSeconds }.sorted { $0.id < $1.id }
    }

    /// Of the experts that a worker's sweeps asked for, the share that was in memory; nil where it has no cache of them.
    static func expertHitRate(in metrics: JSONValue) -> Double? {
        guard let cache = metrics["expert_cache"], cache != .null else { return nil }
        let hits = cache["hits"]?.integer ?? 0
        let demands = hits + (cache["misses"]?.integer ?? 0) + (cache["coalesced_loads"]?.integer ?? 0)
        return Double(hits) / Double(max(demands, 1))
    }
}
