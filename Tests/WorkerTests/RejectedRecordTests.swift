import Synchronization
import TestSupport
import Testing

@testable import Worker

/// Ends every job at once, with a result of the length that the job asks for.
private final class SizedExecutor: JobExecutor {
    let mailbox: CompletionMailbox
    let replacementBytes: Int?
    private let replaced = Mutex<[JobCoordinates]>([])

    init(mailbox: CompletionMailbox, replacementBytes: Int?) {
        self.mailbox = mailbox
        self.replacementBytes = replacementBytes
    }

    var replacedJobs: [JobCoordinates] { self.replaced.withLock { $0 } }

    func run(_ ticket: JobTicket) {
        let bytes = Int(String(decoding: ticket.record.value ?? [], as: UTF8.self)) ?? 0
        let results = [
            OutgoingRecord(topic: "results", key: ticket.record.value, value: Array(repeating: 0, count: bytes)),
            OutgoingRecord(topic: "results", key: ticket.record.value, value: []),
        ]
        self.mailbox.complete(Completion(coordinates: ticket.coordinates, records: results))
    }

    func giveUp(_ ticket: JobTicket) {}
    func cancel(_ jobs: [JobCoordinates]) {}

    func replacement(for record: OutgoingRecord, of job: JobCoordinates, reason: TransportError) -> OutgoingRecord? {
        self.replaced.withLock { $0.append(job) }
        guard let bytes = self.replacementBytes else { return nil }
        return OutgoingRecord(topic: record.topic, key: record.key, value: Array(repeating: 1, count: bytes))
    }
}

private final class RecordingObserver: DeliveryObserver {
    private let errors = Mutex<[String]>([])

    var messages: [String] { self.errors.withLock { $0 } }

    func assigned(_ partitions: [TopicPartition]) {}
    func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int) {}
    func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration) {}
    func transportReported(_ error: TransportError) { self.errors.withLock { $0.append(error.message) } }
    func recordSkipped(_ coordinates: JobCoordinates) {}
    func turned(_ standing: DeliveryStanding) {}
    func metricsRecords() -> [OutgoingRecord] {
        [OutgoingRecord(topic: "metrics", key: nil, value: Array(repeating: 2, count: 50))]
    }
}

@Suite("Records that no broker takes")
struct RejectedRecordTests {
    private static let partition = TopicPartition(topic: "jobs", partition: 0)

    /// Runs jobs whose results are `sizes` bytes long against a results topic that takes 100.
    private static func run(
        sizes: [Int],
        replacementBytes: Int?
    ) throws -> (broker: InMemoryBroker, executor: SizedExecutor, observer: RecordingObserver) {
        let broker = InMemoryBroker()
        broker.limit("results", toBytes: 100)
        broker.limit("metrics", toBytes: 10)
        for size in sizes { broker.produce(Self.partition, value: Array(String(size).utf8)) }
        let clock = ManualClock()
        let transport = broker.makeTransport()
        transport.onWait { timeout in clock.advance(by: max(timeout, .milliseconds(1))) }
        let mailbox = CompletionMailbox { transport.wake() }
        let executor = SizedExecutor(mailbox: mailbox, replacementBytes: replacementBytes)
        let observer = RecordingObserver()
        let loop = DeliveryLoop(
            transport: transport,
            executor: executor,
            mailbox: mailbox,
            observer: observer,
            configuration: DeliveryConfiguration(),
            clock: clock
        )
        transport.give([Self.partition])
        for _ in 0..<60 {
            _ = try loop.turn()
            loop.checkIntegrity()
        }
        return (broker, executor, observer)
    }

    @Test("are replaced; neighbours, other records of the same job, and offsets are committed")
    func replaced() throws {
        let (broker, executor, observer) = try Self.run(sizes: [10, 500, 20, 900], replacementBytes: 30)
        let results = broker.published.filter { $0.topic == "results" && !($0.value ?? []).isEmpty }
        #expect(results.map { $0.value?.count } == [10, 30, 20, 30])
        #expect(broker.published.count { $0.topic == "results" } == 8)
        #expect(executor.replacedJobs.map(\.offset) == [1, 3])
        #expect(broker.committed(Self.partition)?.offset == 4)
        #expect(!observer.messages.contains { $0.contains("has no answer") })
    }

    @Test("are left out when nothing takes their place, and that is reported", arguments: [nil, 500, 499])
    func leftOut(replacementBytes: Int?) throws {
        let (broker, executor, observer) = try Self.run(sizes: [10, 500], replacementBytes: replacementBytes)
        let results = broker.published.filter { $0.topic == "results" && !($0.value ?? []).isEmpty }
        #expect(results.map { $0.value?.count } == [10])
        #expect(broker.committed(Self.partition)?.offset == 2)
        #expect(executor.replacedJobs.allSatisfy { $0.offset == 1 } && !executor.replacedJobs.isEmpty)
        #expect(observer.messages.contains { $0.contains("job jobs/0/1 has no answer there") })
    }

    @Test("are dropped when they are metrics")
    func metrics() throws {
        let (broker, _, observer) = try Self.run(sizes: [], replacementBytes: nil)
        #expect(broker.published.isEmpty)
        #expect(observer.messages.contains { $0.contains("a metrics record is dropped") })
    }
}
