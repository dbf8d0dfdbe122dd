import OffsetLedger
import Telemetry
import TestSupport
import Testing
import Worker

@testable import KafkaTransport

extension RealKafkaTests {
    @Suite("commits a cycle whole or not at all")
    struct CommitCycleTests {
        @Test("a committed cycle's records, offsets and map are there; the next owner inherits them")
        func committed() throws {
            let topics = try RealKafkaTests.kafka().topics()
            try topics.produceJobs(10)
            let first = try ManualWorker(topics.worker("w-1"))
            try first.join()
            #expect(first.inherited.isEmpty)
            let map = OffsetMap(marks: [.unfinished(attempts: 1), .finished], isOpen: true)
            let offset = CommittedOffset(offset: 1, metadata: map.encoded(maximumAttempts: 3))
            let records = (0..<20).map { topics.result($0, bytes: 10) }
            #expect(first.commit(records, [first.partitions[0]: offset]).summary == "committed")
            #expect(try topics.haveResults((0..<20).map(String.init)))
            #expect(first.commit([]).summary == "committed")
            first.transport.close()

            let second = try ManualWorker(topics.worker("w-2"))
            try second.join()
            #expect(second.inherited == [second.partitions[0]: offset])
            let progress = try topics.progress()
            #expect(progress[0].committed == offset)
            #expect(progress.reduce(0) { $0 + $1.lag } == 9 && progress.reduce(0) { $0 + ($1.unfinished ?? 0) } == 8)
        }

        @Test("a record larger than its topic allows is named, and nothing of its cycle is visible")
        func tooLarge() throws {
            let topics = try RealKafkaTests.kafka().topics(resultProperties: ["max.message.bytes": "20000"])
            let worker = try ManualWorker(topics.worker("w-1"))
            try worker.join()
            let offsets = [worker.partitions[0]: CommittedOffset(offset: 5, metadata: "")]
            var records = (0..<6).map { topics.result($0, bytes: 100) }
            records[3] = topics.result(3, bytes: 50_000)
            #expect(worker.commit(records, offsets).summary == "rejected [3]")
            #expect(try topics.read(topics.results).isEmpty)
            #expect(try worker.transport.committed(worker.partitions).isEmpty)
            // Larger than what the client itself sends.
            records[3] = topics.result(3, bytes: 2_000_000)
            #expect(worker.commit(records, offsets).summary == "rejected [3]")
            records[3] = topics.result(3, bytes: 1000)
            #expect(worker.commit(records, offsets).summary == "committed")
            #expect(try topics.haveResults((0..<6).map(String.init)))
        }

        @Test("records that only exceed the limit together are sent one by one")
        func batchTooLarge() throws {
            let topics = try RealKafkaTests.kafka().topics(resultProperties: ["max.message.bytes": "20000"])
            let worker = try ManualWorker(topics.worker("w-1"))
            try worker.join()
            let records = (0..<40).map { topics.result($0, bytes: 5000) }
            #expect(worker.commit(records).summary == "committed")
            #expect(try topics.haveResults((0..<40).map(String.init)))
            // By now the producer makes smaller batches.
            #expect(worker.commit((40..<80).map { topics.result($0, bytes: 5000) }).summary == "committed")
            #expect(try topics.haveResults((0..<80).map(String.init)))
        }

        @Test("a null key that a compacted topic does not take is named")
        func invalidRecord() throws {
            let topics = try RealKafkaTests.kafka().topics(resultProperties: ["cleanup.policy": "compact"])
            let worker = try ManualWorker(topics.worker("w-1"))
            try worker.join()
            let records = [topics.result(0), OutgoingRecord(topic: topics.results, key: nil, value: [1])]
            #expect(worker.commit(records).summary == "rejected [1]")
            #expect(worker.commit([topics.result(0)]).summary == "committed")
        }

        @Test("metadata that the broker does not store ends the worker instead of failing for ever")
        func metadataTooLarge() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let worker = try ManualWorker(topics.worker("w-1"))
            try worker.join()
            let offset = CommittedOffset(offset: 1, metadata: String(repeating: "x", count: 5000))
            let outcome = worker.commit([topics.result(0)], [worker.partitions[0]: offset])
            #expect(outcome.summary == "failed OFFSET_METADATA_TOO_LARGE")
            #expect(try topics.read(topics.results).isEmpty)
        }

        @Test("a second process with the same worker id stops the first")
        func fencing() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let first = try ManualWorker(topics.worker("w-1"))
            try first.join()
            #expect(first.commit([topics.result(0)]).summary == "committed")
            let second = try ManualWorker(topics.worker("w-1"))
            let outcome = first.commit(
                [topics.result(1)],
                [first.partitions[0]: CommittedOffset(offset: 1, metadata: "")]
            )
            #expect(outcome.summary.hasPrefix("failed "), "\(outcome)")
            try second.join()
            #expect(try first.turns { $0.errors.contains(where: \.isFatal) })
            let fatal = first.errors.first { $0.isFatal }
            let error = try #require(fatal)
            #expect(error.name == "FENCED_INSTANCE_ID" && error.message.contains("give each worker an id of its own"))
            #expect(second.commit([topics.result(2)]).summary == "committed")
            #expect(try topics.haveResults(["0", "2"]))
        }

        @Test("a restart under the same worker id aborts what its predecessor left pending, at once")
        func restart() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let configuration = topics.worker("w-1") { $0.transactionTimeout = .seconds(60) }
            let dead = try ManualWorker(configuration)
            try dead.join()
            let offsets = [dead.partitions[0]: CommittedOffset(offset: 7, metadata: "")]
            let pending = try HangingCommit(dead, at: .offsetsSent, [topics.result(7)], offsets)
            let start = ContinuousClock.now
            let next = try ManualWorker(configuration)
            try next.join()
            #expect(next.inherited.isEmpty)
            #expect(next.commit([topics.result(8)]).summary == "committed")
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(try pending.resume().summary.hasPrefix("failed "))
            #expect(try topics.haveResults(["8"]))
        }

        @Test("a new owner waits for a dead owner's pending transaction; the dead one's late commit changes nothing")
        func pendingTransaction() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let quick: (inout KafkaConfiguration) -> Void = {
                $0.sessionTimeout = .seconds(2)
                $0.transactionTimeout = .seconds(8)
            }
            let dead = try ManualWorker(topics.worker("w-1", quick))
            try dead.join()
            let source = dead.partitions[0]
            let first = CommittedOffset(offset: 3, metadata: "d1o:b:")
            #expect(dead.commit([topics.result(3)], [source: first]).summary == "committed")
            // Its heartbeats go on: the thread hangs, not the process. It loses its partitions to `max.poll.interval.ms`
            // at the earliest, so that the new owner takes them by force: as the same static member.
            let late = CommittedOffset(offset: 9, metadata: "d1o:b:")
            let pending = try HangingCommit(dead, at: .offsetsSent, [topics.result(9)], [source: late])
            let successor = try GroupConsumer(
                topics.worker("w-1", quick),
                signal: WakeSignal(),
                log: ClientLog(logger: .silent)
            )
            let start = ContinuousClock.now
            let committed = try successor.committed([source], upTo: .seconds(30))
            #expect(committed == [source: first], "not what is pending")
            #expect(ContinuousClock.now - start > .seconds(3), "it waited for the coordinator to abort")
            let outcome = try pending.resume().summary
            #expect(outcome != "committed", "\(outcome)")
            #expect(try topics.haveResults(["3"]))
            #expect(try successor.committed([source], upTo: .seconds(30)) == [source: first])
        }

        @Test("a worker that pauses beyond the transaction's time goes on with a fresh producer")
        func exceededTime() throws {
            let topics = try RealKafkaTests.kafka().topics()
            let worker = try ManualWorker(topics.worker("w-1") { $0.transactionTimeout = .seconds(2) })
            try worker.join()
            let offsets = [worker.partitions[0]: CommittedOffset(offset: 4, metadata: "")]
            let paused = try HangingCommit(worker, at: .produced, [topics.result(4)], offsets)
            // The coordinator looks for transactions that took too long every half second.
            #expect(try worker.isAborted(topics, withinSeconds: 20))
            let outcome = try paused.resume().summary
            #expect(outcome.hasPrefix("aborted ") || outcome.hasPrefix("uncertain "), "\(outcome)")
            #expect(try worker.transport.committed(worker.partitions).isEmpty)
            #expect(worker.commit([topics.result(4)], offsets).summary == "committed")
            #expect(try topics.haveResults(["4"]))
        }

        @Test(
            "an end that nobody knows is reported as uncertain once the brokers answer, and the map says what happened",
            .enabled(if: RealKafka.shared?.canBeStopped == true)
        )
        func uncertain() throws {
            let kafka = try RealKafkaTests.kafka()
            let topics = try kafka.topics()
            let worker = try ManualWorker(topics.worker("w-1") { $0.transactionTimeout = .seconds(3) })
            try worker.join()
            let offsets = [worker.partitions[0]: CommittedOffset(offset: 6, metadata: "")]
            let pending = try HangingCommit(worker, at: .offsetsSent, [topics.result(6)], offsets)
            try kafka.signal("STOP")
            let outcome = Result { try pending.resume() }
            try kafka.signal("CONT")
            let summary = try outcome.get().summary
            #expect(summary.hasPrefix("aborted "), "there is no new producer yet: \(summary)")
            #expect(worker.commit([topics.result(7)]).summary.hasPrefix("uncertain "))
            let committed = try worker.transport.committed(worker.partitions)
            let keys = try topics.readKeys(topics.results)
            #expect(committed.isEmpty == keys.isEmpty && keys.count <= 1, "the record and its offset go together")
            #expect(worker.commit([topics.result(7)]).summary == "committed")
        }
    }
}

extension ManualWorker {
    /// Waits until the coordinator has ended whatever was pending: a reader's end moves past it then.
    func isAborted(_ topics: TestTopics, withinSeconds seconds: Double) throws -> Bool {
        let administration = try KafkaAdministration(configuration: topics.configuration)
        var properties = topics.configuration.readerProperties
        properties["isolation.level"] = "read_committed"
        let stable = try KafkaClient(.consumer, properties)
        return try eventually(withinSeconds: seconds) {
            for (partition, log) in try administration.logOffsets(of: topics.results) {
                let end = try stable.logOffsets(of: partition, upTo: .seconds(5)).upperBound
                if end < log.upperBound || log.isEmpty && end > 0 { return false }
            }
            // The abort's mark takes an offset of its own after the one record.
            return try administration.logOffsets(of: topics.results).values.contains { $0.count >= 2 }
        }
    }
}
