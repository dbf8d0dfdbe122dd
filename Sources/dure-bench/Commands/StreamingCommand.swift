import ExpertCache
import MoEModel
import ModelFiles
import Settings

/// Sweeps whose experts are read, beside reading alone and computing alone.
struct StreamingCommand: Command {
    static let help = CommandHelp(
        "streaming",
        "Times sweeps that read their experts, beside reading the same ones alone and computing with all in memory.",
        example: "dure-bench streaming --model /data/k1-mini-int8 --budget 10,25,50,75,100 --sequences 256 --threads 2",
        discussion: """
            In each round come a sweep through the cache, then the reads of that sweep again without computing, then the same \
            sweep with every expert mapped, so that a drive that is slow for a while is slow for all of them. ratio is the \
            sweep's time over the longer of the two others: 1 where reading and computing hide each other wholly. stall_seconds \
            is what the sweep waited with nothing to compute. Mapped experts have to fit in memory for that to be true.
            """
    )

    var model = ""
    var budget: Points = [10, 25, 50, 75, 100]
    var sequences: Points = [64, 256]
    var context = 32
    var steps = 5
    var threads = 1
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        Option("model", \.model, .directory, isRequired: true, help: "a pack")
        Option("budget", \.budget, help: "sizes of the cache, in percent of all experts")
        Option("sequences", \.sequences, help: "sequences that generate together")
        Option("context", \.context, .within(0...1_000_000), help: "tokens that each sequence has before")
        Option("steps", \.steps, .within(1...10_000), help: "rounds, whose medians are printed")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("seed", \.seed, help: "of the random numbers")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let pack = try PackedModel.open(directory: self.model)
        let mapped = try BenchModel(pack, name: self.model)
        let report = try Report(
            context.console,
            conditions: [
                ("model", mapped.name), ("shape", mapped.shape), ("precision", mapped.precision),
                ("threads", String(self.threads)), ("seed", String(self.seed)), ("context", String(self.context)),
                ("rounds", String(self.steps)),
            ],
            columns: [
                "budget_percent", "slots", "sequences", "sweep_seconds", "read_seconds", "compute_seconds",
                "stall_seconds", "bytes_read", "ratio", "tokens_per_second",
            ]
        )
        for percent in self.budget.values {
            let slots = CacheGeometry(pack.configuration).expertCount * min(percent, 100) / 100
            for sequences in self.sequences.values {
                let arena = try ExpertArena(anonymous: ArenaGeometry(pack, slots: max(slots, 1)))
                let cache = try ArenaExpertSource(pack, in: arena, ExpertCacheConfiguration(), isShared: false)
                let measured = try self.measure(pack, cache, mapped, sequences: sequences)
                try report.row([String(percent), String(cache.slots.count), String(sequences)] + measured.cells)
            }
        }
        return .done
    }

    /// The medians of a budget and a number of sequences.
    private struct Measured {
        let sequences: Int
        let rounds: Rounds
        /// Means of all sweeps.
        let stalled: Duration
        let bytesRead: Int

        var cells: [String] {
            let (sweep, read, compute) = (self.rounds.median(0), self.rounds.median(1), self.rounds.median(2))
            let seconds = [sweep, read, compute, self.stalled / .seconds(1)]
            return seconds.map { $0.rounded(digits: 4) } + [
                String(self.bytesRead), (sweep / max(read, compute)).rounded(digits: 4),
                (Double(self.sequences) / sweep).rounded(digits: 4),
            ]
        }
    }

    private func measure(
        _ pack: PackedModel,
        _ cache: ArenaExpertSource,
        _ mapped: BenchModel,
        sequences: Int
    ) throws -> Measured {
        let demands = RecordingDemands(cache)
        let streamed = try BenchModel(pack, name: self.model, experts: demands)
        let models = [streamed, mapped]
        // Tokens for the first sweep, which is not counted: it finds the cache empty.
        let decoders = try models.map {
            try $0.decoder(sequences: sequences, tokens: self.context + self.steps + 1, threads: self.threads)
        }
        for decoder in decoders {
            var random = SplitMix64(state: self.seed)
            try decoder.fill(sequences: sequences, tokens: self.context, &random)
        }
        var position = self.context
        var randoms = [SplitMix64(state: self.seed + 1), SplitMix64(state: self.seed + 1)]
        func sweep(_ which: Int) throws {
            let positions = position..<position + 1
            try decoders[which].run(sequences: sequences, positions: positions, logits: .last, &randoms[which])
        }
        for which in decoders.indices { try sweep(which) }
        position += 1
        var (bytesRead, stalled) = (0, Duration.zero)
        let rounds = try Rounds(
            self.steps,
            of: [
                {
                    _ = demands.take()
                    let before = cache.counters
                    try sweep(0)
                    let after = cache.counters
                    bytesRead += after[.bytesRead] - before[.bytesRead]
                    stalled += .microseconds(after[.stallMicroseconds] - before[.stallMicroseconds])
                },
                { for visit in demands.take() { try cache.withExperts(visit.demands, ofLayer: visit.layer) { _ in } } },
                {
                    try sweep(1)
                    position += 1
                },
            ]
        )
        return Measured(
            sequences: sequences,
            rounds: rounds,
            stalled: stalled / self.steps,
            bytesRead: bytesRead / self.steps
        )
    }
}
