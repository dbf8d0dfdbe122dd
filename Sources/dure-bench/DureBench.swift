import Foundation
import Settings

/// The benchmarks: each prints comma-separated values, after lines that say on what they were measured.
@main
enum DureBench {
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
        name: "dure-bench",
        summary: "Measures what Dure's kernels, models, tokenizers, templates and expert caches do on this machine.",
        version: { "dure-bench" },
        variablePrefix: "DURE_BENCH_",
        ignoredVariables: ["DURE_BENCH_BINARY"],
        sections: [
            CommandSection(
                "Benchmarks",
                [
                    .command(KernelsCommand.self), .command(PrefillCommand.self), .command(DecodeCommand.self),
                    .command(SweepCommand.self), .command(StreamingCommand.self), .command(SharingCommand.self),
                    .command(ExpertCacheCommand.self), .command(TokenizerCommand.self), .command(TemplateCommand.self),
                ]
            )
        ]
    )
}
