import Telemetry
import TestSupport
import Testing
import Worker

@testable import KafkaTransport

/// An embedded broker in this process, with the topics of a worker.
final class EmbeddedKafka {
    let broker = EmbeddedBroker()
    let configuration: KafkaConfiguration

    init(jobPartitions: Int = 2, resultPartitions: Int = 2) throws {
        try self.broker.start(topics: [
            .init("jobs", partitions: jobPartitions), .init("results", partitions: resultPartitions),
        ])
        var configuration = KafkaConfiguration.embedded(bootstrapServers: try #require(self.broker.bootstrapServers))
        configuration.jobsTopic = "jobs"
        configuration.outputTopics = ["results"]
        self.configuration = configuration
    }

    deinit { self.broker.stop() }

    func worker(_ id: String) -> KafkaConfiguration {
        var configuration = self.configuration
        configuration.workerID = id
        return configuration
    }

    /// Produces records and waits until all are there.
    func produce(_ records: [OutgoingRecord]) throws {
        let topics = Array(Set(records.map(\.topic)))
        let producer = try RecordProducer(configuration: self.configuration, topics: topics)
        for (tag, record) in records.enumerated() { producer.send(record, tag: tag) }
        #expect(producer.flush(upTo: .seconds(20)))
        #expect(producer.takeReports().allSatisfy { $0.error == nil })
    }

    func produceJobs(_ count: Int) throws {
        try self.produce((0..<count).map { .init(topic: "jobs", key: Array("key-\($0)".utf8), value: Self.body($0)) })
    }

    static func body(_ index: Int) -> [UInt8] { Array("job-\(index)".utf8) }

    /// Everything in a topic now.
    func read(_ topic: String) throws -> [ConsumedRecord] {
        let reader = try RecordReader(configuration: self.configuration, topic: topic)
        var records: [ConsumedRecord] = []
        let deadline = Deadline(after: .seconds(20))
        while !reader.isFinished, !deadline.hasPassed { records += try reader.next(upTo: .seconds(1)).records }
        #expect(reader.isFinished)
        return records
    }
}
