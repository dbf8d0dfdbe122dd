import Foundation
import KafkaTransport
import Synchronization
import TestSupport
import Testing
import Worker

/// One real broker for all tests of this target; it ends with the process.
///
/// `DURE_TEST_KAFKA` names bootstrap servers to test against instead: another version, or one behind a fault proxy.
/// Tests that stop the broker do not run there.
final class RealKafka: Sendable {
    /// Nil where there is no Kafka to start; why is said once.
    static let shared: RealKafka? = try? RealKafka.outcome.get()

    /// Whether the tests run: they do, and fail, where there is a Kafka that does not start.
    static var isWanted: Bool {
        guard case .failure(let failure) = Self.outcome else { return true }
        return !failure.isAbsence
    }

    static let outcome: Result<RealKafka, Failure> = {
        if let servers = ProcessInfo.processInfo.environment["DURE_TEST_KAFKA"] {
            return .success(RealKafka(at: servers))
        }
        do throws(Failure) {
            return .success(try RealKafka(brokers: 1))
        } catch {
            let what = error.isAbsence ? "tests against a real Kafka are skipped" : "the real Kafka does not start"
            FileHandle.standardError.write(Data("\(what): \(error)\n".utf8))
            return .failure(error)
        }
    }()

    struct Failure: Error, CustomStringConvertible {
        let description: String
        /// There is no Kafka or no Java here.
        var isAbsence = false
    }

    let bootstrapServers: String
    private let directory: String?
    /// While it is open, the brokers run.
    private let lifeline: Pipe?
    /// Topics of other runs may be there still.
    private let run = UInt32.random(in: 0...UInt32.max)
    private let topicCount = Atomic<Int>(0)

    private static let script = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy/kafka/cluster").path

    init(at servers: String) {
        self.bootstrapServers = servers
        self.directory = nil
        self.lifeline = nil
    }

    var canBeStopped: Bool { self.directory != nil }

    init(brokers: Int) throws(Failure) {
        let directory = NSTemporaryDirectory() + "/dure-kafka-\(UUID().uuidString)"
        let (process, output, lifeline) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: Self.script)
        process.arguments = ["run", "--brokers", String(brokers), "--data", directory]
        process.standardInput = lifeline
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            throw Failure(description: "\(Self.script): \(error)")
        }
        var text = ""
        var servers: Substring?
        while servers == nil {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
            // What it says on the way comes before; a line that is not whole yet has no end.
            servers = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .first { $0.hasPrefix("127.0.0.1:") }
        }
        guard let servers else {
            process.waitUntilExit()
            throw Failure(description: text, isAbsence: process.terminationStatus == 69)
        }
        self.bootstrapServers = String(servers)
        self.directory = directory
        self.lifeline = lifeline
    }

    /// Sends a signal to a broker's process: `STOP`, `CONT`, `KILL`.
    func signal(_ name: String, broker: Int = 1) throws {
        guard let directory = self.directory else { throw Failure(description: "this broker cannot be stopped") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.script)
        process.arguments = ["kill", "--data", directory, "--broker", String(broker), "--signal", name]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "cannot send \(name) to broker \(broker)")
        }
    }

    /// Topics and a group that no other test has.
    func topics(
        jobPartitions: Int = 2,
        resultProperties: [String: String] = [:],
        deliveryMode: DeliveryMode = .exactlyOnce
    ) throws -> TestTopics {
        let number = "\(self.run)-\(self.topicCount.wrappingAdd(1, ordering: .relaxed).newValue)"
        var configuration = KafkaConfiguration(workerID: "w-1")
        configuration.bootstrapServers = self.bootstrapServers
        configuration.group = "group-\(number)"
        configuration.jobsTopic = "jobs-\(number)"
        configuration.outputTopics = ["results-\(number)"]
        configuration.deliveryMode = deliveryMode
        configuration.sessionTimeout = .seconds(6)
        configuration.transactionTimeout = .seconds(10)
        let administration = try KafkaAdministration(configuration: configuration)
        let created = try administration.create([
            .init(configuration.jobsTopic, partitions: jobPartitions),
            .init(configuration.outputTopics[0], partitions: 2, properties: resultProperties),
        ])
        #expect(created.values.allSatisfy { $0 == .created }, "\(created)")
        return TestTopics(configuration: configuration)
    }
}

/// The topics of one test.
struct TestTopics {
    let configuration: KafkaConfiguration

    var jobs: String { self.configuration.jobsTopic }
    var results: String { self.configuration.outputTopics[0] }

    func worker(_ id: String, _ change: (inout KafkaConfiguration) -> Void = { _ in }) -> KafkaConfiguration {
        var configuration = self.configuration
        configuration.workerID = id
        change(&configuration)
        return configuration
    }

    func result(_ index: Int, bytes: Int = 0) -> OutgoingRecord {
        var random = SeededRandom(seed: UInt64(index + 1))
        // Incompressible, so that a record is as large in its batch as it says.
        let body = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &random) }
        return OutgoingRecord(topic: self.results, key: Array("\(index)".utf8), value: body)
    }

    func produceJobs(_ count: Int) throws {
        let producer = try RecordProducer(configuration: self.configuration, topics: [self.jobs])
        for index in 0..<count {
            producer.send(
                .init(topic: self.jobs, key: Array("key-\(index)".utf8), value: Array("\(index)".utf8)),
                tag: index
            )
        }
        #expect(producer.flush(upTo: .seconds(30)))
        #expect(producer.takeReports().allSatisfy { $0.error == nil })
    }

    /// What a `read_committed` reader sees now.
    func read(_ topic: String) throws -> [ConsumedRecord] {
        let reader = try RecordReader(configuration: self.configuration, topic: topic)
        var records: [ConsumedRecord] = []
        let isComplete = try eventually(withinSeconds: 30) {
            records += try reader.next(upTo: .seconds(1)).records
            return reader.isFinished
        }
        #expect(isComplete)
        return records
    }

    func readKeys(_ topic: String) throws -> [String] {
        try self.read(topic).map { String(decoding: $0.key ?? [], as: UTF8.self) }
    }

    /// Whether the results are, or soon will be, exactly those with these keys.
    ///
    /// A commit is answered a moment before its marks reach the partitions.
    func haveResults(_ keys: [String]) throws -> Bool {
        try eventually(withinSeconds: 10) { try self.readKeys(self.results).sorted() == keys.sorted() }
    }

    func progress() throws -> [PartitionProgress] {
        try KafkaAdministration(configuration: self.configuration)
            .progress(of: self.configuration.group, topic: self.jobs)
    }
}

/// Every test against the real broker, one after another: some of them stop it.
@Suite("A real Kafka", .serialized, .enabled(if: RealKafka.isWanted, "there is no Kafka to start"))
struct RealKafkaTests {
    static func kafka() throws -> RealKafka { try RealKafka.outcome.get() }
}
