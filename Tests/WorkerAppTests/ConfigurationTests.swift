import Foundation
import InferenceEngine
import JobContract
import MoEModel
import OffsetLedger
import Settings
import Testing
import Worker
import WorkerApp

/// Every group of settings, as a command that does nothing has them.
private struct AllGroups: Command {
    static let help = CommandHelp("all", "Does nothing.", example: "sample all")

    var model = ModelLocation()
    var delivery = DeliveryConfiguration()
    var engine = EngineConfiguration()
    var decoder = DecoderModelConfiguration()
    var jobs = JobServiceConfiguration()
    var limits = JobLimits()
    var logging = LoggingConfiguration()
    var watchdog = Watchdog.Limits()

    static var parameters: [Parameter<Self>] {
        ModelLocation.settings.at(\.model)
        DeliveryConfiguration.settings.at(\.delivery)
        EngineConfiguration.settings.at(\.engine)
        DecoderModelConfiguration.settings.at(\.decoder)
        JobServiceConfiguration.settings.at(\.jobs)
        JobLimits.settings.at(\.limits)
        LoggingConfiguration.settings.at(\.logging)
        Watchdog.Limits.settings.at(\.watchdog)
    }

    func run(_ context: CommandContext) throws -> Settings.ExitStatus {
        try context.console.print("window \(self.delivery.limits.ledger.window)")
        try context.console.print("attempts \(self.delivery.limits.ledger.maximumAttempts)")
        _ = try self.engine.validated()
        _ = try self.decoder.validated()
        return self.jobs.problems.isEmpty ? .done : .failed
    }
}

@Suite("Settings of the configurations")
struct ConfigurationTests {
    private func run(_ arguments: [String]) async -> (status: Settings.ExitStatus, output: String, error: String) {
        let program = Program(
            name: "sample",
            summary: "A program for tests.",
            version: { "1" },
            variablePrefix: "DURE_",
            sections: [CommandSection("All", [.command(AllGroups.self)])]
        )
        let recording = ConsoleRecording()
        let status = await program.run(arguments: ["all"] + arguments, environment: [:], console: recording.console)
        return (status, recording.output, recording.error)
    }

    @Test("every default is a value that its own setting accepts")
    func defaults() async throws {
        let path = NSTemporaryDirectory() + "/dure-\(UUID().uuidString).yaml"
        // Nothing depends on it being gone.
        defer { try? FileManager.default.removeItem(atPath: path) }
        let listing = await self.run(["--print-config"]).output
        let lines = listing.split(separator: "\n")
        #expect(lines.count >= 50)
        let values = lines.filter { !$0.hasPrefix("model:") }.joined(separator: "\n")
        try Data(values.utf8).write(to: URL(fileURLWithPath: path))
        let run = await self.run(["--config", path])
        #expect(run.status == .done, "\(run.error)")
    }

    @Test("the ledger's limits are set one by one")
    func ledger() async {
        let run = await self.run(["--delivery-window", "100", "--delivery-max-attempts=7"])
        #expect(run.output == "window 100\nattempts 7\n")
        let wrong = await self.run(["--delivery-window", "20001"])
        #expect(wrong.status == .usage)
        #expect(wrong.error.contains("--delivery-window: expected a number of records from 1 to 20000, got \"20001\""))
    }
}
