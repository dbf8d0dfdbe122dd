import Telemetry
import TestSupport
import Testing
import Worker

@testable import KafkaTransport

@Suite("At-least-once delivery, on the embedded broker")
struct AtLeastOnceTests {
    @Test("a record is read, answered, and its offset committed with the map")
    func cycle() throws {
        let broker = EmbeddedBroker()
        try broker.start(topics: [.init("dure.jobs", partitions: 2), .init("dure.results", partitions: 2)])
        defer { broker.stop() }
        var configuration = KafkaConfiguration.embedded(bootstrapServers: try #require(broker.bootstrapServers))
        configuration.outputTopics = ["dure.results"]
        let log = ClientLog(logger: .silent)
        let sender = try RecordSender(configuration.producerProperties, signal: nil, log: log)
        let jobs = (0..<100).map { OutgoingRecord(topic: "dure.jobs", key: Array("\($0)".utf8), value: [UInt8($0)]) }
        #expect(sender.deliver(jobs, at: jobs.indices, upTo: .seconds(5)).isEmpty)

        let transport = try KafkaJobTransport(configuration: configuration)
        defer { transport.close() }
        var seen = 0
        var partitions: [TopicPartition] = []
        let deadline = Deadline(after: .seconds(20))
        while seen < 100, !deadline.hasPassed {
            for event in transport.wait(upTo: .seconds(1)) {
                guard case .assigned(let assigned) = event else { continue }
                partitions = assigned
                #expect(try transport.committed(assigned).isEmpty)
                let starts: [(TopicPartition, Int64?)] = assigned.map { ($0, nil) }
                try transport.assign(Dictionary(uniqueKeysWithValues: starts))
            }
            for partition in partitions { seen += transport.fetch(partition, limit: 7).count }
        }
        #expect(seen == 100 && partitions.count == 2)
        let offset = CommittedOffset(offset: 3, metadata: "d1o:rAAE=:")
        let result = OutgoingRecord(topic: "dure.results", key: nil, value: nil)
        let outcome = transport.commit(CommitCycle(records: [result], offsets: [partitions[0]: offset]))
        guard case .committed = outcome else { throw KafkaError(name: "outcome", message: "\(outcome)") }
        #expect(try transport.committed(partitions) == [partitions[0]: offset])
    }
}
