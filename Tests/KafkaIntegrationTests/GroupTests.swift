import Telemetry
import TestSupport
import Testing
import Worker

@testable import KafkaTransport

extension RealKafkaTests {
    @Suite("shares partitions within a group")
    struct GroupTests {
        private static let assignors =
            KafkaLibrary.hasSoundCooperativeAssignor ? ["range", "cooperative-sticky"] : ["range"]

        @Test(
            "two workers divide the partitions, and one takes over all when the other goes",
            arguments: Self.assignors
        )
        func rebalance(assignor: String) throws {
            let topics = try RealKafkaTests.kafka().topics(jobPartitions: 4)
            // Dynamic members leave the group when they close.
            let change: (inout KafkaConfiguration) -> Void = {
                $0.usesStaticMembership = false
                $0.properties["partition.assignment.strategy"] = assignor
            }
            let first = try ManualWorker(topics.worker("w-1", change))
            try first.join(partitions: 4)
            let second = try ManualWorker(topics.worker("w-2", change))
            let hasShared = try eventually(withinSeconds: 30) {
                try first.turn()
                try second.turn()
                return first.partitions.count == 2 && second.partitions.count == 2
            }
            #expect(hasShared && Set(first.partitions + second.partitions).count == 4)
            // Both may commit for what they have now.
            for worker in [first, second] {
                let offsets = [worker.partitions[0]: CommittedOffset(offset: 1, metadata: "")]
                #expect(worker.commit([topics.result(1)], offsets).summary == "committed")
            }
            try topics.produceJobs(40)
            var seen: Set<JobCoordinates> = []
            let hasRead = try eventually(withinSeconds: 30) {
                for worker in [first, second] {
                    try worker.turn()
                    for record in worker.partitions.flatMap({ worker.transport.fetch($0, limit: 3) }) {
                        seen.insert(JobCoordinates(source: record.source, offset: record.offset, epoch: 0))
                    }
                }
                return seen.count >= 38
            }
            #expect(hasRead)
            second.transport.close()
            #expect(try first.turns { $0.partitions.count == 4 })
            #expect(first.lost.isEmpty && first.inherited.allSatisfy { $0.value.offset == 1 })
        }

        @Test("a worker that does not poll in time loses its partitions, and cannot commit for them")
        func lost() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let worker = try ManualWorker(
                topics.worker("w-1") {
                    $0.sessionTimeout = .seconds(1)
                    $0.properties["max.poll.interval.ms"] = "1000"
                }
            )
            try worker.join()
            let source = worker.partitions[0]
            let administration = try KafkaAdministration(configuration: topics.configuration)
            let other = try GroupConsumer(topics.worker("w-2"), signal: WakeSignal(), log: ClientLog(logger: .silent))
            defer { other.close(within: .seconds(5)) }
            try other.join()
            // Somebody else is given what the worker had, and does not even answer.
            let isTaken = try eventually(withinSeconds: 30) {
                for case .assigned(let got) in other.takeEvents() {
                    if got.contains(source) { return true }
                    try other.assign(Dictionary(uniqueKeysWithValues: got.map { ($0, .some(0)) }))
                }
                return false
            }
            #expect(isTaken)
            let outcome = worker.commit([topics.result(1)], [source: CommittedOffset(offset: 1, metadata: "")])
            #expect(outcome.summary.hasPrefix("aborted "), "\(outcome)")
            #expect(try topics.read(topics.results).isEmpty)
            #expect(try worker.turns { $0.lost.contains(source) })
            #expect(try administration.progress(of: topics.configuration.group, topic: topics.jobs)[0].committed == nil)
        }

        @Test("a static member that restarts keeps its partitions without a rebalance")
        func staticMember() throws {
            let topics = try RealKafkaTests.kafka().topics(jobPartitions: 4)
            let first = try ManualWorker(topics.worker("w-1") { $0.sessionTimeout = .seconds(60) })
            let second = try ManualWorker(topics.worker("w-2") { $0.sessionTimeout = .seconds(60) })
            let hasShared = try eventually(withinSeconds: 30) {
                try first.turn()
                try second.turn()
                return first.partitions.count == 2 && second.partitions.count == 2
            }
            #expect(hasShared)
            let before = first.partitions
            let (old, kept) = (second.partitions, ContinuousClock.now)
            second.transport.close()
            let again = try ManualWorker(topics.worker("w-2") { $0.sessionTimeout = .seconds(60) })
            let isBack = try eventually(withinSeconds: 30) {
                try first.turn()
                try again.turn()
                return !again.partitions.isEmpty
            }
            #expect(isBack && Set(again.partitions) == Set(old) && ContinuousClock.now - kept < .seconds(20))
            #expect(first.partitions == before)
            let offsets = [again.partitions[0]: CommittedOffset(offset: 1, metadata: "")]
            #expect(again.commit([topics.result(1)], offsets).summary == "committed")
        }

        @Test("says that a committed offset lies beyond the log's end")
        func beyondEnd() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let first = try ManualWorker(topics.worker("w-1"))
            try first.join()
            let offsets = [first.partitions[0]: CommittedOffset(offset: 1000, metadata: "")]
            #expect(first.commit([topics.result(1)], offsets).summary == "committed")
            first.transport.close()
            let second = try ManualWorker(topics.worker("w-1"))
            try second.join()
            #expect(try second.turns { $0.errors.contains { $0.message.contains("before the committed offset 1000") } })
        }

        @Test("names the topics that are missing")
        func missingTopics() throws {
            let topics = try RealKafkaTests.kafka().topics()
            var configuration = topics.worker("w-1")
            configuration.outputTopics += ["no-such-topic", "nor-this"]
            let error = #expect(throws: KafkaError.self) { try KafkaJobTransport(configuration: configuration) }
            let message = try #require(error).message
            #expect(message.contains("`no-such-topic`, `nor-this`: make them with `dure topics create`"), "\(message)")
        }
    }
}
