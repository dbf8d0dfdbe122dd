internal import Foundation
public import Telemetry
public import Worker

/// Makes topics, and looks at topics and groups.
public final class KafkaAdministration {
    /// A topic as it should be.
    public struct Topic: Sendable, Equatable {
        public var name: String
        public var partitions: Int
        /// Nil for the broker's default.
        public var replicas: Int?
        /// Kafka's topic properties, such as `cleanup.policy`.
        public var properties: [String: String]

        public init(_ name: String, partitions: Int, replicas: Int? = nil, properties: [String: String] = [:]) {
            self.name = name
            self.partitions = partitions
            self.replicas = replicas
            self.properties = properties
        }
    }

    /// What became of the wish to make a topic.
    public enum Creation: Sendable, Equatable {
        case created
        case alreadyThere
        case failed(KafkaError)
    }

    /// Who takes part in a group.
    public struct GroupMember: Sendable, Equatable {
        /// What the group calls it in this life.
        public var memberID: String
        /// The worker id of a static member.
        public var instanceID: String?
        public var clientID: String
        public var host: String
        public var partitions: [TopicPartition]
    }

    private let configuration: KafkaConfiguration
    private let client: KafkaClient
    private let events: ClientEvents
    private let log: ClientLog
    private let timeout: Duration = .seconds(15)

    /// Connects.
    ///
    /// - Throws: ``KafkaConfigurationError``, or ``KafkaError`` when no broker answers within the start time-out.
    public init(configuration: KafkaConfiguration, logger: Logger = .silent) throws {
        self.configuration = try configuration.validated()
        self.log = ClientLog(logger: logger)
        // A consumer's questions make no topic, whatever the broker is set to.
        var properties = configuration.adminProperties
        properties["allow.auto.create.topics"] = "false"
        self.client = try KafkaClient(.consumer, properties)
        self.events = try ClientEvents(self.client, log: self.log)
        try self.checks.awaitBroker()
    }

    private var checks: StartupChecks {
        StartupChecks(configuration: self.configuration, client: self.client, takeErrors: self.events.takeErrors)
    }

    // MARK: Topics

    /// Makes topics; one that is there already is left as it is.
    ///
    /// - Throws: ``KafkaError`` when nothing was asked for, as with the embedded broker, or no answer came.
    public func create(_ topics: [Topic]) throws(KafkaError) -> [String: Creation] {
        guard !topics.isEmpty else { return [:] }
        try self.refuseEmbedded("its topics are made when it starts")
        return try self.client.createTopics(topics, upTo: self.timeout).mapValues { error in
            guard let error else { return .created }
            return error.name == "TOPIC_ALREADY_EXISTS" ? .alreadyThere : .failed(error)
        }
    }

    /// Every topic and how many partitions it has.
    public func topics() throws(KafkaError) -> [String: Int] {
        let all = try self.client.metadataOfAllTopics(upTo: self.timeout)
        return Dictionary(all.map { ($0.name, $0.partitions.count) }, uniquingKeysWith: { first, _ in first })
    }

    /// Describes topics with all their properties; one that is not there is absent from the result.
    public func describe(_ names: [String]) throws(KafkaError) -> [Topic] {
        var topics: [Topic] = []
        for name in names {
            let metadata = try self.client.metadata(of: name, upTo: self.timeout)
            if metadata.isMissing { continue }
            if let error = metadata.error { throw error.during("topic `\(name)`") }
            topics.append(Topic(name, partitions: metadata.partitions.count, replicas: metadata.replicas))
        }
        guard !topics.isEmpty else { return [] }
        try self.refuseEmbedded("its topics have no properties")
        let properties = try self.client.topicProperties(topics.map(\.name), upTo: self.timeout)
        return topics.map { topic in
            var topic = topic
            topic.properties = properties[topic.name] ?? [:]
            return topic
        }
    }

    /// Compares topics with what they should be.
    public func check(_ wanted: [Topic]) throws(KafkaError) -> [TopicDifference] {
        let found = try self.describe(wanted.map(\.name))
        return wanted.flatMap { wish in
            TopicDifference.between(wish, and: found.first { $0.name == wish.name })
        }
    }

    /// Checks that topics are there.
    ///
    /// - Throws: ``KafkaError`` that names those that are not.
    public func requireTopics(_ names: [String]) throws(KafkaError) { try self.checks.checkTopics(names) }

    /// Where the log of each of a topic's partitions begins and ends.
    public func logOffsets(of topic: String) throws(KafkaError) -> [TopicPartition: Range<Int64>] {
        try Self.logOffsets(of: topic, self.client, upTo: self.timeout)
    }

    private static func logOffsets(
        of topic: String,
        _ client: KafkaClient,
        upTo timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: Range<Int64>] {
        let metadata = try client.metadata(of: topic, upTo: timeout)
        if let error = metadata.error { throw error.during("topic `\(topic)`") }
        var offsets: [TopicPartition: Range<Int64>] = [:]
        for partition in metadata.partitions {
            let source = TopicPartition(topic: topic, partition: partition)
            offsets[source] = try client.logOffsets(of: source, upTo: timeout)
        }
        return offsets
    }

    // MARK: Groups

    /// How far a group has come with a topic, in the order of its partitions.
    ///
    /// Does not wait for transactions that are pending.
    public func progress(of group: String, topic: String) throws(KafkaError) -> [PartitionProgress] {
        var properties = self.configuration.adminProperties
        properties["allow.auto.create.topics"] = "false"
        properties["group.id"] = group
        properties["isolation.level"] = "read_uncommitted"
        let client = try KafkaClient(.consumer, properties)
        let logs = try Self.logOffsets(of: topic, client, upTo: self.timeout)
        let list = try PartitionList(Array(logs.keys))
        let deadline = Deadline(after: self.timeout)
        while true {
            do throws(KafkaError) {
                try client.readCommitted(into: list, upTo: deadline.remaining(atMost: .seconds(5)))
                break
            } catch {
                guard !error.needsOperator, !deadline.hasPassed else { throw error.during("group `\(group)`") }
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
        return list.entries.sorted { $0.source.partition < $1.source.partition }.map { entry in
            PartitionProgress(
                source: entry.source,
                committed: entry.offset.map { CommittedOffset(offset: $0, metadata: entry.metadata) },
                log: logs[entry.source] ?? 0..<0
            )
        }
    }

    /// Who is in a group now, and what each has; a group that does not exist has no members.
    public func members(of group: String) throws(KafkaError) -> [GroupMember] {
        try self.refuseEmbedded("it does not say who is in a group")
        return try self.client.members(of: group, upTo: self.timeout)
    }

    private func refuseEmbedded(_ reason: String) throws(KafkaError) {
        guard self.client.clusterID(upTo: .seconds(5))?.hasPrefix("mockCluster") == true else { return }
        throw KafkaError(
            name: "_UNSUPPORTED_FEATURE",
            message: "the embedded broker has no administration: \(reason)"
        )
    }
}
