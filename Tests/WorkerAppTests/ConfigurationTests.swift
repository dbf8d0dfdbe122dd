import Foundation
import InferenceEngine
import JobContract
import KafkaTransport
import MoEModel
import OffsetLedger
import Settings
import Synchronization
import Testing
import Worker
import WorkerApp

/// Every group of settings, as a command that does nothing has them.
private struct AllGroups: Command {
    static let help = CommandHelp("all", "Does nothing.", example: "sample all")

    var worker = WorkerConfiguration.ofThisHost
    var logging = LoggingConfiguration()

    static var parameters: [Parameter<Self>] {
        WorkerConfiguration.parameters.at(\.worker)
        LoggingConfiguration.settings.at(\.logging)
    }

    /// What the last run of a test was told; a test has a task of its own.
    @TaskLocal static var seen = SeenConfiguration()

    func run(_ context: CommandContext) throws -> Settings.ExitStatus {
        Self.seen.configuration.withLock { $0 = self.worker }
        return .done
    }
}

private final class SeenConfiguration: Sendable {
    let configuration = Mutex<WorkerConfiguration?>(nil)
}

@Suite("Settings of the configurations")
struct ConfigurationTests {
    private struct Run {
        var status: Settings.ExitStatus
        var output: String
        var error: String
        var worker: WorkerConfiguration?
    }

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async -> Run {
        let program = Program(
            name: "sample",
            summary: "A program for tests.",
            version: { "1" },
            variablePrefix: "DURE_",
            sections: [CommandSection("All", [.command(AllGroups.self)])]
        )
        let recording = ConsoleRecording()
        let seen = SeenConfiguration()
        let status = await AllGroups.$seen.withValue(seen) {
            await program.run(
                arguments: ["all"] + arguments,
                environment: ["DURE_MODEL": "m"].merging(environment) { $1 },
                console: recording.console
            )
        }
        return Run(
            status: status,
            output: recording.output,
            error: recording.error,
            worker: seen.configuration.withLock(\.self)
        )
    }

    @Test("every default is a value that its own setting accepts, and all of them go together")
    func defaults() async throws {
        let path = NSTemporaryDirectory() + "/dure-\(UUID().uuidString).yaml"
        // Nothing depends on it being gone.
        defer { try? FileManager.default.removeItem(atPath: path) }
        let listing = await self.run(["--print-config"]).output
        let lines = listing.split(separator: "\n")
        #expect(lines.count > 60)
        let values = lines.joined(separator: "\n")
        try Data(values.utf8).write(to: URL(fileURLWithPath: path))
        let run = await self.run(["--config", path])
        #expect(run.status == .done, "\(run.error)")
        #expect(run.worker?.problems == [])
    }

    @Test("the flags that everyone sets reach every part that needs them")
    func commonFlags() async throws {
        let run = await self.run(
            [
                "--bootstrap", "a:9092,b:9092", "--model", "/models/axk1", "--group", "g", "--jobs-topic", "j",
                "--results-topic", "r", "--dead-letters-topic", "d", "--metrics-topic", "m", "--worker-id", "w-0",
                "--served-model-name", "x", "--served-model-name", "*", "--precision", "f32", "--threads", "3",
                "--http", "127.0.0.1:0", "--kafka", "security.protocol=SSL", "--delivery-mode", "at-least-once",
            ],
            ["DURE_KAFKA_SSL_CA_LOCATION": "/ca.pem"]
        )
        let worker = try #require(run.worker, "\(run.error)")
        #expect(worker.kafka.bootstrapServers == "a:9092,b:9092")
        #expect(worker.model.directory == "/models/axk1")
        #expect(worker.kafka.group == "g" && worker.runner.group == "g")
        #expect(worker.kafka.workerID == "w-0" && worker.runner.workerID == "w-0")
        #expect(worker.kafka.jobsTopic == "j" && worker.kafka.outputTopics == ["r", "d", "m"])
        #expect(
            worker.runner.resultsTopic == "r" && worker.runner.deadLettersTopic == "d" && worker.metricsTopic == "m"
        )
        #expect(worker.servedNames == ["x", "*"])
        #expect(worker.decoder.threads == 3)
        #expect(worker.http == HostPort(host: "127.0.0.1", port: 0))
        #expect(worker.kafka.properties == ["security.protocol": "SSL", "ssl.ca.location": "/ca.pem"])
        #expect(worker.kafka.deliveryMode == .atLeastOnce)
    }

    @Test("what is on by default can be turned off")
    func none() async throws {
        let run = await self.run(["--http", "none", "--metrics-topic", "none"])
        let worker = try #require(run.worker, "\(run.error)")
        #expect(worker.http == nil)
        #expect(worker.metricsTopic == nil)
        #expect(worker.kafka.outputTopics == ["dure.results", "dure.dead-letters"])
        #expect(worker.problems == [])
    }

    @Test("the ledger's limits are set one by one")
    func ledger() async throws {
        let run = await self.run(["--delivery-window", "100", "--delivery-max-attempts=7"])
        let limits = try #require(run.worker).delivery.limits.ledger
        #expect(limits == LedgerLimits(window: 100, maximumAttempts: 7))
        let wrong = await self.run(["--delivery-window", "20001"])
        #expect(wrong.status == .usage)
        #expect(wrong.error.contains("--delivery-window: expected a number of records from 1 to 20000, got \"20001\""))
    }

    @Test("values that are right by themselves and wrong together are told at once")
    func relations() async throws {
        let run = await self.run([
            "--engine-max-batched-tokens", "10", "--results-topic", "a", "--dead-letters-topic", "a",
            "--delivery-cycle-jobs", "9999", "--kafka", "group.id=x",
        ])
        let problems = try #require(run.worker).problems.joined(separator: "\n")
        #expect(problems.contains("maxBatchedTokens"))
        #expect(problems.contains("topics: expected different ones"))
        #expect(problems.contains("delivery.cycle-jobs"))
        #expect(problems.contains("kafka property `group.id` cannot be set"))
    }

    @Test("a password among Kafka's properties is not listed")
    func secrets() async {
        let run = await self.run(["--print-config", "--kafka", "sasl.password=hunter2"])
        #expect(run.output.contains("kafka.sasl.password: \"<redacted>\""))
        #expect(!run.output.contains("hunter2"))
    }
}
