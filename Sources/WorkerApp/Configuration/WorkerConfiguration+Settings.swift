import ExpertCache
import Foundation
import InferenceEngine
public import JobContract
import KafkaTransport
import MoEModel
public import Settings
import Worker

extension JobPolicy.UnknownFields: SettingValue {}

extension WorkerConfiguration {
    /// The defaults on this host: its name as the worker's, a thread for each of its processors.
    public static var ofThisHost: WorkerConfiguration {
        var configuration = WorkerConfiguration()
        configuration.member = GroupMember()
        configuration.topics = TopicNames()
        configuration.decoder.threads = min(1024, ProcessInfo.processInfo.activeProcessorCount)
        return configuration
    }

    /// Everything that a worker can be told, in the order in which help shows it.
    @ParameterBuilder<WorkerConfiguration>
    public static var parameters: [Parameter<WorkerConfiguration>] {
        Self.modelSettings
        KafkaConfiguration.connectionSettings.at(\.kafka)
        GroupMember.settings.at(\.member)
        KafkaConfiguration.membershipSettings.at(\.kafka)
        TopicNames.settings.at(\.topics)
        KafkaConfiguration.deliverySettings.at(\.kafka)
        DeliveryConfiguration.settings.at(\.delivery)
        ExpertCacheConfiguration.parameters.map { $0.at(\.model.expertCache) }
        DecoderModelConfiguration.settings.at(\.decoder)
        EngineConfiguration.settings.at(\.engine)
        Self.jobSettings
        JobServiceConfiguration.settings.at(\.jobs)
        JobLimits.settings.at(\.limits)
        Self.pageSettings
        Watchdog.Limits.settings.at(\.watchdog)
    }

    private static let modelSettings = SettingGroup<Self>("", "Model") {
        ModelLocation.settings.requiring("model").at(\.model.directory)
        Setting(
            "served-model-name",
            \.servedNames,
            .list(.name()),
            default: "the name of the model's directory",
            help: "what a job's model may say; * accepts any"
        )
        ModelOptions.formParameters.map { $0.at(\.model) }
    }

    private static let jobSettings = SettingGroup<Self>("jobs", "Jobs") {
        Setting(
            "unknown-fields",
            \.unknownFields,
            help:
                "what becomes of a field that no version of the API defines; one that is known and not supported is refused"
        )
        Setting(
            "reply-topics",
            \.replyTopics,
            .list(.name("PATTERN")),
            default: "none",
            help: "topics that a job's dure-reply-topic may name; * stands for any characters"
        )
        Setting(
            "max-record-bytes",
            \.runner.maximumRecordBytes,
            .bytes.within((16 << 10)...(1 << 30)),
            help: "a record that is produced; must be below what topics and producer take (max.message.bytes)"
        )
    }

    private static let pageSettings = SettingGroup<Self>("", "Pages") {
        Setting(
            "http",
            \.http,
            .orNone(HostPort.format),
            help: "where /metrics, /healthz and /readyz are served; port 0 is any free one, which is printed"
        )
    }
}

// MARK: What several parts know

extension WorkerConfiguration {
    /// The group and the worker's name, which the transport and the dead letters both carry.
    public var member: GroupMember {
        get { GroupMember(group: self.kafka.group, workerID: self.kafka.workerID) }
        set {
            self.kafka.group = newValue.group
            self.kafka.workerID = newValue.workerID
            self.runner.group = newValue.group
            self.runner.workerID = newValue.workerID
        }
    }

    /// The topics, which the transport, the answers and the metrics carry each in part.
    public var topics: TopicNames {
        get {
            var topics = TopicNames()
            topics.jobs = self.kafka.jobsTopic
            topics.results = self.runner.resultsTopic
            topics.deadLetters = self.runner.deadLettersTopic
            topics.metrics = self.metricsTopic
            return topics
        }
        set {
            self.kafka.jobsTopic = newValue.jobs
            self.runner.resultsTopic = newValue.results
            self.runner.deadLettersTopic = newValue.deadLetters
            self.metricsTopic = newValue.metrics
            self.kafka.outputTopics = [newValue.results, newValue.deadLetters] + (newValue.metrics.map { [$0] } ?? [])
        }
    }
}
