import Foundation
import Settings
import Telemetry
import WorkerApp

/// The worker: what all of this is for.
struct WorkerCommand: Command {
    static let help = CommandHelp(
        "worker",
        "Runs a worker: takes jobs from a topic and puts their results on another.",
        example: "dure worker --bootstrap localhost:9092 --model /models/A.X-K1 --worker-id host1-0",
        moreExamples: [
            "dure worker --config worker.yaml --print-config    # what would be in effect, and where each value is from"
        ],
        discussion: """
            Start as many as you like, each with its own --worker-id: they share the jobs through the consumer group. SIGTERM \
            or SIGINT drains: what runs is finished for a bounded time, committed, and the status is 0. A second signal ends \
            at once; what was not committed then runs again elsewhere.
            """
    )

    var configuration = WorkerConfiguration.ofThisHost
    var logging = LoggingConfiguration()

    static var parameters: [Parameter<Self>] {
        WorkerConfiguration.parameters.map { $0.at(\.configuration) }
        LoggingConfiguration.settings.at(\.logging)
    }

    func run(_ context: CommandContext) async throws -> ExitStatus {
        guard !self.configuration.model.directory.isEmpty else {
            throw UsageError("--model: expected the model's directory, got nothing")
        }
        guard self.configuration.problems.isEmpty else { throw UsageError(self.configuration.problems) }
        let stream = context.console.error
        let logger = Logger(
            "dure",
            level: self.logging.level,
            format: self.logging.format(isTerminal: stream.isTerminal, usesColors: stream.usesColors)
        )
        for entry in context.configuration.changed {
            let facts: LogMetadata = [
                "key": .text(entry.key), "value": .text(entry.texts.joined(separator: ", ")),
                "source": .text(entry.source.description),
            ]
            logger.info("configured", facts)
        }
        let worker = WorkerProcess(configuration: self.configuration, version: Version.number, logger: logger) {
            address in
            // For whoever started it on any free port.
            if let address { context.console.note("dure worker: pages on http://\(address)/") }
        }
        let signals = StopSignals { signal in
            logger.notice("stopping: finishing what runs", ["signal": .text(signal)])
            worker.requestStop()
        }
        defer { signals.cancel() }
        try await BlockingWork.run(named: "dure-worker") { try worker.run() }
        return .done
    }
}
