import OffsetLedger
import TestSupport
import Testing
import Worker

@testable import KafkaTransport

@Suite("KafkaJobTransport, on the embedded broker")
struct KafkaJobTransportTests {
    /// Waits for the first assignment and takes it from the beginning.
    private static func join(_ transport: KafkaJobTransport) throws -> [TopicPartition] {
        var partitions: [TopicPartition] = []
        _ = try eventually(withinSeconds: 20) {
            for case .assigned(let assigned) in transport.wait(upTo: .milliseconds(200)) {
                #expect(try transport.committed(assigned).isEmpty)
                let starts: [(TopicPartition, Int64?)] = assigned.map { ($0, nil) }
                try transport.assign(Dictionary(uniqueKeysWithValues: starts))
                partitions = assigned
            }
            return !partitions.isEmpty
        }
        return partitions
    }

    @Test("reads partitions in turn, however full they are, and never more than asked for")
    func fairness() throws {
        let kafka = try EmbeddedKafka(jobPartitions: 4)
        try kafka.produceJobs(4000)
        let transport = try KafkaJobTransport(configuration: kafka.configuration)
        defer { transport.close() }
        let partitions = try Self.join(transport)
        #expect(partitions.count == 4)
        var offsets: [TopicPartition: [Int64]] = [:]
        let isComplete = eventually(withinSeconds: 20) {
            _ = transport.wait(upTo: .milliseconds(20))
            for partition in partitions {
                let records = transport.fetch(partition, limit: 25)
                #expect(records.count <= 25 && records.allSatisfy { $0.source == partition })
                offsets[partition, default: []] += records.map(\.offset)
            }
            return offsets.values.reduce(0) { $0 + $1.count } == 4000
        }
        #expect(isComplete)
        for (partition, offsets) in offsets {
            #expect(offsets == Array(0..<Int64(offsets.count)))
            #expect(transport.logEndOffset(partition) == Int64(offsets.count))
        }
        #expect(transport.fetch(TopicPartition(topic: "jobs", partition: 9), limit: 5).isEmpty)
    }

    @Test("commits offsets with their maps, produces, and reads both back")
    func commit() throws {
        let kafka = try EmbeddedKafka()
        let transport = try KafkaJobTransport(configuration: kafka.configuration)
        defer { transport.close() }
        let partitions = try Self.join(transport)
        let map = OffsetMap(marks: [.unfinished(attempts: 1), .finished], isOpen: true)
        let offset = CommittedOffset(offset: 3, metadata: map.encoded(maximumAttempts: 3))
        let records = [OutgoingRecord(topic: "results", key: [1], value: [2])]
        let outcome = transport.commit(CommitCycle(records: records, offsets: [partitions[0]: offset]))
        guard case .committed = outcome else { throw TransportError(name: "", message: "\(outcome)", isFatal: true) }
        #expect(try transport.committed(partitions) == [partitions[0]: offset])
        #expect(try kafka.read("results").map(\.value) == [[2]])
    }

    @Test("says which records no broker takes, and does not produce the others again")
    func rejected() throws {
        let kafka = try EmbeddedKafka()
        let transport = try KafkaJobTransport(configuration: kafka.configuration)
        defer { transport.close() }
        let partitions = try Self.join(transport)
        let offsets = [partitions[0]: CommittedOffset(offset: 1, metadata: "")]
        var records = (0..<4).map { OutgoingRecord(topic: "results", key: [UInt8($0)], value: [UInt8($0)]) }
        records[2].value = Array(repeating: 0, count: 1_500_000)
        guard case .rejected(let rejected) = transport.commit(CommitCycle(records: records, offsets: offsets)) else {
            throw TransportError(name: "", message: "expected a rejection", isFatal: true)
        }
        #expect(rejected.map(\.index) == [2] && rejected.first?.reason.name == "MSG_SIZE_TOO_LARGE")
        #expect(try transport.committed(partitions).isEmpty)
        records[2].value = [9]
        guard case .committed = transport.commit(CommitCycle(records: records, offsets: offsets)) else {
            throw TransportError(name: "", message: "expected a commit", isFatal: true)
        }
        #expect(try kafka.read("results").compactMap(\.value).sorted { $0[0] < $1[0] } == [[0], [1], [3], [9]])
    }

    @Test("does not produce again what was acknowledged before its offsets could not be committed")
    func commitRefused() throws {
        let kafka = try EmbeddedKafka()
        let transport = try KafkaJobTransport(configuration: kafka.configuration)
        defer { transport.close() }
        let partitions = try Self.join(transport)
        let offsets = [partitions[0]: CommittedOffset(offset: 1, metadata: "")]
        let first = [OutgoingRecord(topic: "results", key: nil, value: [1])]
        // OffsetCommit: INVALID_COMMIT_OFFSET_SIZE, to which the library does nothing by itself.
        kafka.broker.fail(request: 8, with: 28, times: 1)
        guard case .aborted = transport.commit(CommitCycle(records: first, offsets: offsets)) else {
            throw TransportError(name: "", message: "expected an abort", isFatal: true)
        }
        let second = first + [OutgoingRecord(topic: "results", key: nil, value: [2])]
        guard case .committed = transport.commit(CommitCycle(records: second, offsets: offsets)) else {
            throw TransportError(name: "", message: "expected a commit", isFatal: true)
        }
        #expect(try kafka.read("results").compactMap(\.value).sorted { $0[0] < $1[0] } == [[1], [2]])
    }

    @Test("ends a wait early, also when woken before it began")
    func wake() throws {
        let kafka = try EmbeddedKafka()
        let transport = try KafkaJobTransport(configuration: kafka.configuration)
        defer { transport.close() }
        _ = try Self.join(transport)
        let start = ContinuousClock.now
        transport.wake()
        _ = transport.wait(upTo: .seconds(30))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("refuses exactly-once on a broker that only pretends to have transactions")
    func noTransactions() throws {
        let kafka = try EmbeddedKafka()
        var configuration = kafka.configuration
        configuration.deliveryMode = .exactlyOnce
        let error = #expect(throws: KafkaError.self) { try KafkaJobTransport(configuration: configuration) }
        #expect(error?.message.contains("at-least-once") == true)
    }

    @Test("says that no broker answers, where, and why")
    func unreachable() throws {
        var configuration = KafkaConfiguration.embedded(bootstrapServers: "127.0.0.1:1")
        configuration.startTimeout = .milliseconds(500)
        let error = #expect(throws: KafkaError.self) { try KafkaJobTransport(configuration: configuration) }
        let message = try #require(error).message
        #expect(message.contains("127.0.0.1:1") && message.contains("Connection refused"), "\(message)")
    }

    @Test("closes quickly before it has joined, while it joins, and twice")
    func closing() throws {
        let kafka = try EmbeddedKafka()
        let start = ContinuousClock.now
        let idle = try KafkaJobTransport(configuration: kafka.configuration)
        idle.close()
        idle.close()
        #expect(idle.wait(upTo: .zero).isEmpty)
        let joining = try KafkaJobTransport(configuration: kafka.configuration)
        _ = joining.wait(upTo: .milliseconds(100))
        joining.close()
        #expect(ContinuousClock.now - start < .seconds(12))
    }
}
