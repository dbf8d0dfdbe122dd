import InferenceEngine
import JobContract
import OffsetLedger
import OrderedJSON
import ServingCore
import TestSupport
import Testing

@testable import Worker

/// Records in, records out: the delivery loop and the job runner together, over a broker in memory.
@Suite("A worker in memory")
struct WorkerInMemoryTests {
    typealias Harness = JobServiceHarness

    private static let partitions = (0..<3).map { TopicPartition(topic: "dure.jobs", partition: $0) }

    @Test("every record has exactly one answer, and every offset is finished")
    func everyRecord() throws {
        let broker = InMemoryBroker()
        var expected: [String: BadRecord] = [:]
        let bad = BadRecords(model: "toy").all
        for (index, record) in bad.enumerated() {
            let partition = Self.partitions[index % 3]
            let good = Harness.chat(["max_tokens": 3], id: "good-\(index)").serialized()
            broker.produce(partition, key: nil, value: good)
            broker.produce(partition, key: record.key, value: record.value, headers: record.headers)
            expected["\(partition)/\(index / 3 * 2 + 1)"] = record
        }

        let transport = broker.makeTransport()
        let mailbox = CompletionMailbox { transport.wake() }
        let harness = try Harness()
        var delivery = DeliveryConfiguration()
        delivery.commitInterval = .milliseconds(1)
        delivery.limits.jobsInFlight = 16
        delivery.limits.ledger = LedgerLimits(window: 32, maximumAttempts: 3)
        let loop = DeliveryLoop(
            transport: transport,
            executor: JobRunner(
                service: harness.service,
                mailbox: mailbox,
                configuration: JobRunnerConfiguration(workerID: "w")
            ),
            mailbox: mailbox,
            observer: SilentObserver(),
            configuration: delivery
        )
        transport.give(Self.partitions)
        let isDone = eventually(seconds: 120) {
            _ = try? loop.turn()
            loop.checkIntegrity()
            return broker.published.count >= 2 * bad.count
        }
        #expect(isDone)
        mailbox.requestStop()
        #expect(try eventually { try loop.turn() })

        let published = broker.published
        #expect(published.count == 2 * bad.count)
        var sources: Set<String> = []
        for record in published {
            let source = try #require(Self.source(of: record))
            #expect(sources.insert(source).inserted, "\(source) is answered twice")
            guard let bad = expected[source] else {
                let result = try JSONValue(parsing: try #require(record.value))
                #expect(result["response"]?["status_code"] == 200)
                #expect(result["custom_id"]?.string?.hasPrefix("good-") == true)
                continue
            }
            if record.topic == "dure.dead-letters" {
                let letter = DeadLetter(reading: record.headers.map { (name: $0.name, value: $0.value) })
                #expect(letter.map { bad.answer == .deadLetter($0.reason) } == true, "\(bad.what)")
            } else {
                let result = try JSONValue(parsing: try #require(record.value))
                #expect(bad.problem(withResult: result) == nil, "\(bad.what)")
            }
            #expect(record.key == bad.key)
        }
        for partition in Self.partitions {
            let count = bad.indices.count { $0 % 3 == Int(partition.partition) } * 2
            #expect(broker.committed(partition)?.offset == Int64(count))
        }
        #expect(harness.service.standing.isIdle)
    }

    private static func source(of record: OutgoingRecord) -> String? {
        let fields = record.headers.map { (name: $0.name, value: $0.value) }
        if let letter = DeadLetter(reading: fields) { return letter.source.description }
        return record.headers.first { $0.name == "dure-source" }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}
