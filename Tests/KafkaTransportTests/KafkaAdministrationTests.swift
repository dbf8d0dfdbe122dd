import TestSupport
import Testing
import Worker

@testable import KafkaTransport

@Suite("KafkaAdministration, on the embedded broker")
struct KafkaAdministrationTests {
    @Test("says what the embedded broker cannot do, at once")
    func refusals() throws {
        let kafka = try EmbeddedKafka()
        let administration = try KafkaAdministration(configuration: kafka.configuration)
        let start = ContinuousClock.now
        let creation = #expect(throws: KafkaError.self) { try administration.create([.init("t", partitions: 1)]) }
        #expect(creation?.message.contains("the embedded broker has no administration") == true)
        #expect(throws: KafkaError.self) { try administration.describe(["jobs"]) }
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test("knows topics, offsets, and how far a group has come")
    func progress() throws {
        let kafka = try EmbeddedKafka()
        try kafka.produceJobs(30)
        let administration = try KafkaAdministration(configuration: kafka.configuration)
        let topics = try administration.topics()
        #expect(topics["jobs"] == 2 && topics["results"] == 2)
        #expect(try administration.logOffsets(of: "jobs").values.reduce(0) { $0 + $1.count } == 30)
        let progress = try administration.progress(of: "dure", topic: "jobs")
        #expect(progress.map(\.source.partition) == [0, 1])
        #expect(progress.allSatisfy { $0.committed == nil && $0.unfinished == $0.lag })
        #expect(progress.reduce(0) { $0 + $1.lag } == 30)
    }

    @Test("asks again where a log begins and ends, while the cluster cannot say")
    func passingErrors() throws {
        let kafka = try EmbeddedKafka()
        try kafka.produceJobs(30)
        let administration = try KafkaAdministration(configuration: kafka.configuration)
        // ListOffsets: UNKNOWN_SERVER_ERROR, which the library does not ask again for.
        kafka.broker.fail(request: 2, with: -1, times: 3)
        #expect(try administration.logOffsets(of: "jobs").values.reduce(0) { $0 + $1.count } == 30)
    }

    @Test("subtracts what the committed map says is finished")
    func unfinished() {
        let source = TopicPartition(topic: "jobs", partition: 0)
        var progress = PartitionProgress(source: source, committed: nil, log: 5..<25)
        #expect(progress.lag == 20 && progress.unfinished == 20)
        // One unfinished, three finished.
        progress.committed = CommittedOffset(offset: 10, metadata: "d1o:rAQM=:")
        #expect(progress.lag == 15 && progress.unfinished == 12)
        progress.committed = CommittedOffset(offset: 10, metadata: "somebody else's")
        #expect(progress.lag == 15 && progress.unfinished == nil)
        progress.committed = CommittedOffset(offset: 2, metadata: "")
        #expect(progress.lag == 20, "what retention deleted is not waited for")
    }

    @Test("tells differences that matter from those that do not")
    func differences() {
        let wish = KafkaAdministration.Topic(
            "t",
            partitions: 6,
            replicas: 3,
            properties: ["cleanup.policy": "compact,delete", "max.message.bytes": "1000", "retention.ms": "500"]
        )
        var found = wish
        #expect(TopicDifference.between(wish, and: found).isEmpty)
        found.partitions = 12
        found.properties = [
            "cleanup.policy": "delete,compact", "max.message.bytes": "2000", "retention.ms": "-1", "other": "1",
        ]
        #expect(TopicDifference.between(wish, and: found).isEmpty)
        found = .init("t", partitions: 3, replicas: 1, properties: ["cleanup.policy": "delete", "retention.ms": "499"])
        #expect(
            TopicDifference.between(wish, and: found).map(\.description) == [
                "t: expected 6 partitions, got 3", "t: expected 3 replicas, got 1",
                "t: expected cleanup.policy=compact,delete, got delete", "t: expected max.message.bytes=1000, got none",
                "t: expected retention.ms=500, got 499",
            ]
        )
        #expect(TopicDifference.between(wish, and: nil).map(\.description) == ["t: there is no such topic"])
    }
}
