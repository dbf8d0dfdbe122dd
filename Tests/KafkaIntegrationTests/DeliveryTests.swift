import TestSupport
import Testing
import Worker

@testable import KafkaTransport

extension RealKafkaTests {
    @Suite("delivers")
    struct DeliveryTests {
        private static func worker(_ id: String, _ topics: TestTopics) throws -> RunningLoop {
            var configuration = DeliveryConfiguration()
            configuration.commitInterval = .milliseconds(100)
            let transport = try KafkaJobTransport(configuration: topics.worker(id))
            return RunningLoop(transport: transport, resultsTopic: topics.results, configuration: configuration)
        }

        private static func sources(_ topics: TestTopics) throws -> [String] {
            try topics.read(topics.results).map { record in
                String(decoding: record.headers.first { $0.name == "dure-source" }?.value ?? [], as: UTF8.self)
            }
        }

        @Test("2,000 jobs over two workers, one of which restarts: each has exactly one result")
        func exactlyOnce() throws {
            let topics = try RealKafkaTests.kafka().topics(jobPartitions: 6)
            let first = try Self.worker("w-1", topics)
            let second = try Self.worker("w-2", topics)
            #expect(eventually(withinSeconds: 30) { second.observer.report.assigned.count >= 3 })
            try topics.produceJobs(1000)
            #expect(eventually(withinSeconds: 30) { first.executor.endedCount > 0 && second.executor.endedCount > 0 })
            #expect(try second.stop(withinSeconds: 30))
            try topics.produceJobs(1000)
            let again = try Self.worker("w-2", topics)
            #expect(
                try eventually(withinSeconds: 60) {
                    try topics.progress().allSatisfy { $0.unfinished == 0 }
                }
            )
            #expect(try first.stop(withinSeconds: 30))
            #expect(try again.stop(withinSeconds: 30))
            let sources = try Self.sources(topics)
            #expect(sources.count == 2000 && Set(sources).count == 2000)
            #expect(first.observer.report.lost.isEmpty)
        }

        @Test("at-least-once, without a crash, each job has one result as well")
        func atLeastOnce() throws {
            let topics = try RealKafkaTests.kafka().topics(jobPartitions: 4, deliveryMode: .atLeastOnce)
            try topics.produceJobs(500)
            let worker = try Self.worker("w-1", topics)
            #expect(try eventually(withinSeconds: 60) { try topics.progress().allSatisfy { $0.unfinished == 0 } })
            #expect(try worker.stop(withinSeconds: 30))
            let sources = try Self.sources(topics)
            #expect(sources.count == 500 && Set(sources).count == 500)
        }

        @Test("work goes on after the broker was away", .enabled(if: RealKafka.shared?.canBeStopped == true))
        func brokerAway() throws {
            let kafka = try RealKafkaTests.kafka()
            let topics = try kafka.topics(jobPartitions: 2)
            let worker = try Self.worker("w-1", topics)
            try topics.produceJobs(200)
            #expect(eventually(withinSeconds: 30) { worker.executor.endedCount == 200 })
            try kafka.signal("STOP")
            // Long enough for requests to time out; nothing can be waited for while nobody answers.
            let hasWaited = eventually(withinSeconds: 12) { worker.result != nil }
            try kafka.signal("CONT")
            #expect(!hasWaited, "the worker waits for its broker")
            try topics.produceJobs(200)
            #expect(try eventually(withinSeconds: 60) { try topics.progress().allSatisfy { $0.unfinished == 0 } })
            #expect(try worker.stop(withinSeconds: 30))
            let sources = try Self.sources(topics)
            #expect(sources.count == 400 && Set(sources).count == 400)
        }
    }
}
