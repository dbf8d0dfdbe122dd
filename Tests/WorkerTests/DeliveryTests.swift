import Foundation
import TestSupport
import Testing

@testable import Worker

@Suite("Delivery")
struct DeliveryTests {
    /// How many histories are tried; `DURE_TEST_SEEDS` asks for more.
    static let seeds = ProcessInfo.processInfo.environment["DURE_TEST_SEEDS"].flatMap { Int($0) } ?? 12

    @Test("every job has one result over random crashes, rebalances and failed commits", arguments: 1...seeds)
    func exactlyOnce(seed: Int) throws {
        let simulation = DeliverySimulation(seed: UInt64(seed), partitions: 4, jobs: 200, lossRate: 0.3)
        let published = try simulation.run(steps: 6_000, faultRate: 0.05)
        // With faults enough, an innocent record may be under way in three crashes in a row.
        let results = published["results"] ?? [:]
        let dead = published["dead-letters"] ?? [:]
        #expect(results.count + dead.count == 200, "seed \(seed)")
        #expect(results.values.allSatisfy { $0 == 1 } && dead.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        #expect(Set(results.keys).isDisjoint(with: dead.keys), "seed \(seed)")
    }

    @Test("a record that kills its worker becomes a dead letter, and takes nobody with it", arguments: 1...seeds)
    func poison(seed: Int) throws {
        let simulation = DeliverySimulation(seed: UInt64(seed), partitions: 3, jobs: 120, poison: 3)
        let published = try simulation.run(steps: 20_000, faultRate: 0)
        #expect(published["dead-letters"]?.count == 3, "seed \(seed): \(published["dead-letters"] ?? [:])")
        #expect(published["results"]?.count == 117, "seed \(seed)")
        #expect(simulation.crashes >= 3 && simulation.crashes <= 12, "seed \(seed): \(simulation.crashes) crashes")
    }
}
