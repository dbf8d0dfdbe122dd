import ExpertCache
import MoEModel
import Settings

/// Prompts of several lengths.
struct PrefillCommand: Command {
    static let help = CommandHelp(
        "prefill",
        "Times the computation of prompts, by their number and length.",
        example: "dure-bench prefill --preset tiny",
        moreExamples: ["dure-bench prefill --model /data/k1-mini --sequences 1,8 --prompt 128,1024 --threads 2"],
        discussion: "All sequences advance together, so that a sweep has at most the given number of tokens."
    )

    var model = BenchModelChoice()
    var sequences: Points = [1, 8]
    var prompt: Points = [128, 512]
    var sweepTokens = 512
    var rounds = 3
    var threads = 1
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        BenchModelChoice.settings.at(\.model)
        Option("sequences", \.sequences, help: "prompts at a time")
        Option("prompt", \.prompt, help: "tokens of a prompt")
        Option("sweep-tokens", \.sweepTokens, .within(1...65_536), help: "the most tokens of one pass")
        Option("rounds", \.rounds, .within(1...1_000), help: "times per line, of which the median is printed")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("seed", \.seed, help: "of the random numbers")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let bench = try BenchModel(self.model, threads: self.threads, seed: self.seed)
        let report = try Report(
            context.console,
            conditions: [
                ("model", bench.name), ("shape", bench.shape), ("precision", bench.precision),
                ("threads", String(self.threads)),
                ("seed", String(self.seed)), ("sweep_tokens", String(self.sweepTokens)),
            ],
            columns: ["sequences", "prompt_tokens", "median_seconds", "tokens_per_second"]
        )
        var random = SplitMix64(state: self.seed)
        for sequences in self.sequences.values {
            for prompt in self.prompt.values {
                let decoder = try bench.decoder(sequences: sequences, tokens: prompt, threads: self.threads)
                try decoder.run(sequences: 1, positions: 0..<1, logits: .last, &random)
                let times = try Rounds(self.rounds, of: [{ try self.prefill(decoder, sequences, prompt, &random) }])
                let seconds = times.median(0)
                try report.row([
                    String(sequences), String(prompt), seconds.rounded(digits: 4),
                    (Double(sequences * prompt) / seconds).rounded(digits: 4),
                ])
            }
        }
        return .done
    }

    private func prefill(_ decoder: BenchDecoder, _ sequences: Int, _ prompt: Int, _ random: inout SplitMix64) throws {
        let chunk = max(self.sweepTokens / sequences, 1)
        for first in stride(from: 0, to: prompt, by: chunk) {
            let end = min(first + chunk, prompt)
            let logits: SweepSegment.LogitRows = end == prompt ? .last : .none
            try decoder.run(sequences: sequences, positions: first..<end, logits: logits, &random)
        }
    }
}
