import TestSupport
import Testing
import Worker

@testable import KafkaTransport

extension RealKafkaTests {
    @Suite("serves clients outside of a group")
    struct ClientTests {
        @Test("topics are made once, described, and compared with what they should be")
        func topics() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let administration = try KafkaAdministration(configuration: topics.configuration)
            let name = topics.jobs + "-made"
            let wish = KafkaAdministration.Topic(
                name,
                partitions: 3,
                replicas: 1,
                properties: ["cleanup.policy": "compact", "max.message.bytes": "123456"]
            )
            #expect(try administration.create([wish]) == [name: .created])
            #expect(try administration.create([wish]) == [name: .alreadyThere])
            #expect(try eventually(withinSeconds: 10) { try administration.check([wish]).isEmpty })
            let found = try #require(try administration.describe([name, "no-such-topic"]).first)
            #expect(found.partitions == 3 && found.properties["max.message.bytes"] == "123456")
            #expect(try administration.describe(["no-such-topic"]).isEmpty)
            var more = wish
            more.partitions = 5
            more.properties["max.message.bytes"] = "999999"
            #expect(try administration.check([more, .init("no-such-topic", partitions: 1)]).count == 3)
            let bad = try administration.create([
                .init("bad", partitions: 1, properties: ["no.such.property": "1"]),
                .init("many", partitions: 1, replicas: 7),
            ])
            for creation in bad.values { if case .failed = creation { continue } else { Issue.record("\(creation)") } }
            #expect(bad.count == 2)
        }

        @Test("a reader sees neither aborted records nor open transactions, and ends where they end")
        func readCommitted() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let producer = try RecordProducer(
                configuration: topics.configuration,
                topics: [topics.results],
                transactionalID: "producer-\(topics.results)"
            )
            try producer.begin()
            for tag in 0..<10 { producer.send(topics.result(tag), tag: tag) }
            try producer.abort()
            #expect(try topics.read(topics.results).isEmpty)
            try producer.begin()
            for tag in 10..<20 { producer.send(topics.result(tag), tag: tag) }
            #expect(producer.flush(upTo: .seconds(20)))
            #expect(try topics.read(topics.results).isEmpty)
            try producer.commit()
            #expect(try topics.haveResults((10..<20).map(String.init)))
            let reader = try RecordReader(configuration: topics.configuration, topic: topics.results, until: .never)
            var count = 0
            let isCaughtUp = try eventually(withinSeconds: 20) {
                let batch = try reader.next(upTo: .seconds(1))
                count += batch.records.count
                return batch.isCaughtUp
            }
            #expect(isCaughtUp && count == 10)
            let rest = try RecordReader(
                configuration: topics.configuration,
                topic: topics.results,
                from: .offsets(reader.nextOffsets)
            )
            #expect(rest.isFinished)
        }

        @Test("tombstones, null keys and large records pass through a worker's transport unchanged")
        func shapes() throws {
            let topics = try RealKafkaTests.kafka().topics(jobPartitions: 1)
            let jobs: [OutgoingRecord] = [
                .init(topic: topics.jobs, key: [1], value: nil), .init(topic: topics.jobs, key: nil, value: []),
                .init(topic: topics.jobs, key: nil, value: topics.result(1, bytes: 900_000).value),
                .init(
                    topic: topics.jobs,
                    key: [],
                    value: [2],
                    headers: [.init(name: "h", value: nil), .init(name: "h", value: [])]
                ),
            ]
            let producer = try RecordProducer(configuration: topics.configuration, topics: [topics.jobs])
            for (tag, job) in jobs.enumerated() { producer.send(job, tag: tag) }
            #expect(producer.flush(upTo: .seconds(20)) && producer.takeReports().allSatisfy { $0.error == nil })
            let worker = try ManualWorker(topics.worker("w-1"))
            try worker.join(partitions: 1)
            var records: [ConsumedRecord] = []
            #expect(
                try worker.turns {
                    records += $0.transport.fetch($0.partitions[0], limit: 1)
                    return records.count == 4
                }
            )
            #expect(records.map(\.key) == jobs.map(\.key))
            #expect(records.map(\.value) == jobs.map(\.value))
            #expect(records.map(\.headers) == jobs.map(\.headers))
        }
    }
}
