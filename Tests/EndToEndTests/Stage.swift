import Foundation
import OrderedJSON
import TestSupport
import Testing

/// Topics of its own on a real broker, workers of the built program, and a client that knows nothing of Dure.
final class Stage: Sendable {
    let directory: URL
    let bootstrap: String
    let suffix: String
    let model: URL

    var jobs: String { "jobs-\(self.suffix)" }
    var results: String { "results-\(self.suffix)" }
    var deadLetters: String { "dead-letters-\(self.suffix)" }
    var metrics: String { "metrics-\(self.suffix)" }
    var group: String { "group-\(self.suffix)" }

    /// Makes the topics.
    init(partitions: Int, kafka own: RealKafka? = nil) async throws {
        let kafka = if let own { own } else { try await RealKafka.shared() }
        self.bootstrap = kafka.clientBootstrap
        self.suffix = String(UUID().uuidString.prefix(8)).lowercased()
        self.directory = kafka.directory.appending(path: self.suffix)
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
        self.model = try await TinyModel.shared()
        let created = try await self.dure(
            ["topics", "create"] + self.topicFlags + ["--partitions", String(partitions), "--replication", "1"]
        )
        try #require(created.status == 0, "topics create: \(created.errors)")
    }

    /// What every command that meets the broker is told.
    var topicFlags: [String] {
        [
            "--bootstrap", self.bootstrap, "--jobs-topic", self.jobs, "--results-topic", self.results,
            "--dead-letters-topic", self.deadLetters, "--metrics-topic", self.metrics,
        ]
    }

    func dure(
        _ arguments: [String],
        within limit: Duration = .seconds(60)
    ) async throws -> (status: Int32?, output: String, errors: String) {
        try await ChildProcess.run(Programs.dure, arguments, directory: self.directory, within: limit)
    }

    /// Starts a worker; one that had the same id before is taken to be gone.
    func startWorker(_ id: String, _ more: [String] = [], environment: [String: String] = [:]) throws -> ChildProcess {
        let flags = [
            "worker", "--model", self.model.path, "--served-model-name", "tiny", "--worker-id", "\(id)-\(self.suffix)",
            "--group", self.group, "--http", "127.0.0.1:0", "--threads", "1",
        ]
        return try ChildProcess(
            Programs.dure,
            flags + self.topicFlags + more,
            environment: environment,
            directory: self.directory
        )
    }

    /// Writes records with the independent client, each acknowledged by the broker.
    func produce(_ records: [JSONValue]) async throws {
        let file = self.directory.appending(path: "\(UUID().uuidString).jsonl")
        let lines = records.map { $0.text() }.joined(separator: "\n")
        try lines.write(to: file, atomically: true, encoding: .utf8)
        let ended = try await ChildProcess.run(
            Programs.python,
            [Programs.client, "produce", "--bootstrap", self.bootstrap, "--topic", self.jobs, "--file", file.path],
            directory: self.directory,
            within: .seconds(120)
        )
        try #require(ended.status == 0, "produce: \(ended.errors)")
    }

    /// Starts reading results and dead letters, as a `read_committed` client sees them.
    func startReading(count: Int, timeout: Int = 240) throws -> ChildProcess {
        try ChildProcess(
            Programs.python,
            [
                Programs.client, "read", "--bootstrap", self.bootstrap, "--topic", self.results, "--topic",
                self.deadLetters, "--count", String(count), "--timeout", String(timeout),
            ],
            directory: self.directory
        )
    }

    /// The records that a reader has printed so far.
    static func records(_ reader: ChildProcess) throws -> [JSONValue] {
        try reader.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    /// Asks workers to drain, and checks that each ends well.
    func stop(_ workers: [ChildProcess]) async {
        for worker in workers { worker.signal(SIGTERM) }
        for worker in workers {
            let status = await worker.end(within: .seconds(60))
            #expect(status == 0, "a worker did not drain: \(worker.errors.suffix(2000))")
        }
    }
}

/// The programs that these tests run.
enum Programs {
    static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let client = Self.checkout.appending(path: "Tests/EndToEndTests/client.py").path
    private static let environment = ProcessInfo.processInfo.environment

    /// The release build where the test script made one, else the debug build.
    static let dure =
        Self.environment["DURE_BINARY"] ?? Self.checkout.appending(path: ".build/debug/dure").path
    static let python =
        Self.environment["DURE_PYTHON"] ?? Self.checkout.appending(path: ".build/python/bin/python").path

    /// Why these tests cannot run here; nil if they can.
    static let obstacle: String? = {
        if !FileManager.default.isExecutableFile(atPath: Self.dure) { return "there is no built dure" }
        if !FileManager.default.isExecutableFile(atPath: Self.python) { return "there is no Python for the client" }
        if RealKafka.home == nil { return "there is no Kafka: set DURE_KAFKA_HOME" }
        return nil
    }()
}

/// A job record for the independent client.
enum JobRecords {
    static func chat(_ id: String, _ text: String, maxTokens: Int = 4) -> JSONValue {
        let body: JSONValue = [
            "model": "tiny", "messages": [["role": "user", "content": .string(text)]],
            "max_tokens": .integer(Int64(maxTokens)),
        ]
        return Self.record(id, "/v1/chat/completions", body)
    }

    static func completion(_ id: String, _ text: String, maxTokens: Int = 4) -> JSONValue {
        let body: JSONValue = [
            "model": "tiny", "prompt": .string(text), "max_tokens": .integer(Int64(maxTokens)),
        ]
        return Self.record(id, "/v1/completions", body)
    }

    private static func record(_ id: String, _ url: String, _ body: JSONValue) -> JSONValue {
        let line: JSONValue = ["custom_id": .string(id), "method": "POST", "url": .string(url), "body": body]
        return ["key": .string(id), "value": .string(line.text()), "headers": [["dure-batch-id", "stage"]]]
    }
}
