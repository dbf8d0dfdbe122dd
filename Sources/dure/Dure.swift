import Foundation
import Settings

/// The executable: its commands under their headings, one file each in `Commands/`.
@main
enum Dure {
    static func main() async {
        let environment = ProcessInfo.processInfo.environment
        let status = await self.program.run(
            arguments: Array(CommandLine.arguments.dropFirst()),
            environment: environment,
            console: .ofProcess(environment: environment)
        )
        exit(status.rawValue)
    }

    static let program = Program(
        name: "dure",
        summary:
            "Turns prompts in a Kafka topic into completions in a Kafka topic, with a Mixture-of-Experts model on CPUs.",
        version: { Version.text },
        variablePrefix: "DURE_",
        // Where the tests find the binaries.
        ignoredVariables: ["DURE_BINARY", "DURE_BENCH_BINARY", "DURE_KAFKA_HOME", "DURE_PYTHON", "DURE_SWIFT_HOME"],
        sections: [
            CommandSection(
                "Workers",
                [
                    .command(WorkerCommand.self),
                    .group(
                        "topics",
                        "Makes the topics that workers need, and checks them.",
                        [.command(TopicsCreateCommand.self), .command(TopicsCheckCommand.self)]
                    ),
                    .group(
                        "cache",
                        "Looks into the expert caches that workers share on this host.",
                        [
                            .command(CacheListCommand.self), .command(CacheInspectCommand.self),
                            .command(CacheRemoveCommand.self),
                        ]
                    ),
                    .command(DemoCommand.self), .command(DemoBrokerCommand.self),
                ]
            ),
            CommandSection(
                "Batches",
                [
                    .command(SubmitCommand.self), .command(CollectCommand.self), .command(StatusCommand.self),
                    .command(RunCommand.self),
                    .command(EvaluateCommand.self),
                ]
            ),
            CommandSection(
                "Models and text",
                [
                    .command(GenerateCommand.self),
                    .command(LogitsCommand.self),
                    .command(TokenizeCommand.self),
                    .command(RenderCommand.self),
                    .group(
                        "model",
                        "Looks into model directories, and makes them.",
                        [
                            .command(ModelInspectCommand.self), .command(ModelPackCommand.self),
                            .command(ModelVerifyCommand.self), .command(ModelSynthesizeCommand.self),
                            .command(ModelPlanCommand.self),
                        ]
                    ),
                ]
            ),
            CommandSection(
                "This program",
                [
                    .command(CompletionsCommand.self), .command(VersionCommand.self),
                    .command(ConfigurationPageCommand.self),
                ]
            ),
        ]
    )
}
