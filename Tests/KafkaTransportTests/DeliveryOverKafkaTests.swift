import TestSupport
import Testing
import Worker

@testable import KafkaTransport

@Suite("Delivery over the embedded broker")
struct DeliveryOverKafkaTests {
    private static var quick: DeliveryConfiguration {
        var configuration = DeliveryConfiguration()
        configuration.commitInterval = .milliseconds(50)
        configuration.revocationDrain = .seconds(1)
        configuration.stopDrain = .seconds(2)
        return configuration
    }

    private static func worker(_ id: String, _ kafka: EmbeddedKafka) throws -> RunningLoop {
        let transport = try KafkaJobTransport(configuration: kafka.worker(id))
        return RunningLoop(transport: transport, resultsTopic: "results", configuration: Self.quick)
    }

    @Test("every job is answered while a second worker comes and the first goes")
    func rebalance() throws {
        let kafka = try EmbeddedKafka(jobPartitions: 4)
        try kafka.produceJobs(500)
        let first = try Self.worker("w-1", kafka)
        #expect(eventually(withinSeconds: 20) { first.executor.endedCount == 500 })

        let second = try Self.worker("w-2", kafka)
        #expect(eventually(withinSeconds: 30) { !second.observer.report.assigned.isEmpty })
        try kafka.produceJobs(500)
        #expect(eventually(withinSeconds: 20) { first.executor.endedCount + second.executor.endedCount >= 1000 })
        #expect(second.executor.endedCount > 0)

        #expect(try first.stop(withinSeconds: 20))
        try kafka.produceJobs(500)
        #expect(eventually(withinSeconds: 30) { second.observer.report.assigned.count >= 6 })
        let administration = try KafkaAdministration(configuration: kafka.configuration)
        #expect(
            try eventually(withinSeconds: 20) {
                try administration.progress(of: "dure", topic: "jobs").allSatisfy { $0.unfinished == 0 }
            }
        )
        #expect(try second.stop(withinSeconds: 20))

        let results = try kafka.read("results")
        let sources = results.compactMap { $0.headers.first { $0.name == "dure-source" }?.value }
        #expect(Set(sources).count == 1500, "none is lost")
        // The embedded broker refuses offset commits while it rebalances, unlike Kafka.
        #expect(results.count >= 1500)
    }
}
