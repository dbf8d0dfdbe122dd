import Foundation
import Testing

@testable import Settings

@Suite("Sources of settings")
struct SourceTests {
    /// A file that is gone when the test is.
    private final class TemporaryFile {
        let path: String

        init(_ text: String) throws {
            self.path = NSTemporaryDirectory() + "/dure-\(UUID().uuidString).yaml"
            try Data(text.utf8).write(to: URL(fileURLWithPath: self.path))
        }

        // Nothing depends on it being gone.
        deinit { try? FileManager.default.removeItem(atPath: self.path) }
    }

    @Test("a flag is stronger than a variable, a variable than the file, the file than the default")
    func strength() async throws {
        let file = try TemporaryFile(
            "model: f\ndelivery: {threads: 2, precision: int8, eager: true, served-model-name: [x, y]}\n"
        )
        let run = await SampleRun(
            ["work", "a", "--config", file.path, "--delivery-threads", "3", "--no-delivery-eager"],
            ["DURE_MODEL": "v", "DURE_DELIVERY_THREADS": "4", "DURE_DELIVERY_SERVED_MODEL_NAME": "p, q"]
        )
        let command = try #require(run.command, "\(run.error)")
        #expect(command.model == "v")
        #expect(command.delivery.threads == 3)
        #expect(command.delivery.precision == .int8)
        #expect(command.delivery.servedModels == ["p", "q"])
        #expect(!command.delivery.isEager)
        #expect(command.delivery.cacheBytes == 8 << 30)
    }

    @Test("DURE_CONFIG names the file, and --config is stronger")
    func fileByVariable() async throws {
        let file = try TemporaryFile("model: f")
        let other = try TemporaryFile("model: g")
        let byVariable = await SampleRun(["work", "a"], ["DURE_CONFIG": file.path])
        #expect(byVariable.command?.model == "f")
        let byFlag = await SampleRun(["work", "a", "--config=\(other.path)"], ["DURE_CONFIG": file.path])
        #expect(byFlag.command?.model == "g")
    }

    @Test("entries of a map are replaced one by one, and variables spell their keys")
    func maps() async throws {
        let file = try TemporaryFile("model: m\ndelivery: {kafka: {client.id: f, a.b: f, c: f}}")
        let run = await SampleRun(
            ["work", "a", "--config", file.path, "--delivery-kafka", "c=flag", "--delivery-kafka=d=e=f"],
            ["DURE_DELIVERY_KAFKA_A_B": "v", "DURE_DELIVERY_KAFKA_X__Y___Z": "w"]
        )
        let command = try #require(run.command, "\(run.error)")
        #expect(command.delivery.kafka == ["client.id": "f", "a.b": "v", "c": "flag", "d": "e=f", "x-y_z": "w"])
        let bare = await SampleRun(["work", "a", "--model=m"], ["DURE_DELIVERY_KAFKA": "a=b"])
        #expect(bare.status == .usage)
        #expect(bare.error.contains("DURE_DELIVERY_KAFKA: expected one variable for each key of delivery.kafka"))
    }

    @Test("a wrong value is told even where a stronger one hides it")
    func hiddenProblems() async throws {
        let file = try TemporaryFile("model: m\ndelivery:\n  threads: many\n")
        let run = await SampleRun(
            ["work", "a", "--config", file.path, "--delivery-threads", "3"],
            ["DURE_DELIVERY_THREADS": "0"]
        )
        #expect(run.status == .usage)
        #expect(
            run.error.contains(
                "\(file.path):3: delivery.threads: expected a number of threads from 1 to 64, got \"many\""
            )
        )
        #expect(run.error.contains("DURE_DELIVERY_THREADS: expected a number of threads from 1 to 64, got \"0\""))
    }

    @Test("variables that Kubernetes or the tests set are no settings")
    func foreignVariables() async {
        let run = await SampleRun(
            ["work", "a", "--model=m"],
            [
                "DURE_BINARY": "x", "DURE_SERVICE_HOST": "10.0.0.1", "DURE_SERVICE_PORT_METRICS": "9464",
                "DURE_PORT": "tcp://10.0.0.1:9464", "DURE_PORT_9464_TCP_ADDR": "10.0.0.1", "OTHER": "x",
                "DURE_WORKER_PORT_9464_TCP_PROTO": "tcp",
            ]
        )
        #expect(run.status == .done, "\(run.error)")
    }

    @Test("secrets are in no message and in no listing")
    func secrets() async throws {
        let file = try TemporaryFile("model: m\ndelivery: {kafka: {sasl.password: hunter2, a: shown}}")
        let run = await SampleRun(
            ["work", "a", "--config", file.path, "--print-config", "--delivery-password", "hunter2"]
        )
        #expect(run.status == .done, "\(run.error)")
        #expect(!run.output.contains("hunter2"))
        #expect(run.output.contains("delivery.password: \"<redacted>\""))
        #expect(run.output.contains("delivery.kafka.sasl.password: \"<redacted>\""))
        #expect(run.output.contains("delivery.kafka.a: shown"))
        let wrong = await SampleRun(["work", "a", "--model=m", "--delivery-kafka", "hunter2"])
        #expect(wrong.status == .usage)
        #expect(!wrong.error.contains("hunter2"))
    }

    @Test("what is required need not be there to be listed as missing")
    func incompleteListing() async {
        let run = await SampleRun(["work", "--print-config"])
        #expect(run.status == .done, "\(run.error)")
        #expect(run.output.hasPrefix("model: \"\""))
        let wrong = await SampleRun(["work", "--print-config", "--delivery-threads", "0"])
        #expect(wrong.status == .usage)
    }

    @Test("the listing says each value and its source, and is a configuration file itself")
    func listing() async throws {
        let first = await SampleRun(
            ["work", "a", "--print-config", "--delivery-threads", "3", "--delivery-served-model-name", "a b"],
            ["DURE_MODEL": "it's: \"m\"\n"]
        )
        #expect(first.status == .done, "\(first.error)")
        let lines = first.output.split(separator: "\n").map { $0.replacing(#/ +/#, with: " ") }
        #expect(lines.contains("model: \"it's: \\\"m\\\"\\n\" # DURE_MODEL"))
        #expect(lines.contains("delivery.threads: 3 # --delivery-threads"))
        #expect(lines.contains("delivery.commit-interval: 250ms # default"))
        #expect(lines.contains("delivery.served-model-name: [\"a b\"] # --delivery-served-model-name"))
        #expect(lines.contains("# delivery.password: # default"))
        let file = try TemporaryFile(first.output)
        let second = await SampleRun(["work", "a", "--config", file.path])
        let command = try #require(second.command, "\(second.error)")
        #expect(command.model == "it's: \"m\"\n")
        #expect(command.delivery.servedModels == ["a b"])
        #expect(command.delivery.threads == 3)
        #expect(command.delivery.http == HostPort(host: "127.0.0.1", port: 9464))
    }
}
