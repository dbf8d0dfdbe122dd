import ExpertCache
import MoEModel
import Settings

/// One token for each of many sequences.
struct DecodeCommand: Command {
    static let help = CommandHelp(
        "decode",
        "Times the generation of tokens, by the number of sequences and the length of their contexts.",
        example: "dure-bench decode --preset tiny",
        moreExamples: ["dure-bench decode --model /data/k1-mini --sequences 1,8,64 --context 128 --threads 2"]
    )

    var model = BenchModelChoice()
    var sequences: Points = [1, 8, 32, 128]
    var context: Points = [128]
    var steps = 16
    var threads = 1
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        BenchModelChoice.settings.at(\.model)
        Option("sequences", \.sequences, help: "sequences that generate together")
        Option("context", \.context, help: "tokens that each sequence has before")
        Option(
            "steps",
            \.steps,
            .within(1...10_000),
            help: "tokens that each generates, of whose times the median counts"
        )
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
                ("seed", String(self.seed)), ("steps", String(self.steps)),
            ],
            columns: ["sequences", "context", "median_seconds", "tokens_per_second"]
        )
        var random = SplitMix64(state: self.seed)
        for length in self.context.values {
            for sequences in self.sequences.values {
                let decoder = try bench.decoder(
                    sequences: sequences,
                    tokens: length + self.steps,
                    threads: self.threads
                )
                try decoder.fill(sequences: sequences, tokens: length, &random)
                var position = length
                let times = try Rounds(
                    self.steps,
                    of: [
                        {
                            let positions = position..<position + 1
                            try decoder.run(sequences: sequences, positions: positions, logits: .last, &random)
                            position += 1
                        }
                    ]
                )
                let seconds = times.median(0)
                try report.row([
                    String(sequences), String(length), seconds.rounded(digits: 4),
                    (Double(sequences) / seconds).rounded(digits: 4),
                ])
            }
        }
        return .done
    }
}
