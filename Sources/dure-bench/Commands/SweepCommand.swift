import ExpertCache
import MoEModel
import ModelFiles
import Settings
import TensorKernels

/// One sweep, taken apart.
struct SweepCommand: Command {
    static let help = CommandHelp(
        "sweep",
        "Shows where the time of a sweep goes, beside what reading and computing would take at least.",
        example: "dure-bench sweep --preset tiny",
        moreExamples: [
            "dure-bench sweep --model /data/k1-mini-int8 --sequences 64 --context 128 --threads 2 --table",
            "dure-bench sweep --model /data/k1-mini-int8 --sequences 4 --tokens 128 --context 0",
        ],
        discussion: """
            A sweep takes --tokens further tokens of each sequence through all layers: 1 is decoding, more is a part of a \
            prompt. The median of all sweeps is printed for each stage, in the order of a pass.

            Columns: bytes are those of weights and of the KV cache, each once; operations are multiplications and \
            additions. limit_seconds is the larger of bytes at the speed of reading memory and operations at the speed of \
            this kind of arithmetic, both measured by the same run, and bound says which it was. Stages without either have no \
            limit: what they read and write is taken to be in caches.
            """
    )

    var model = BenchModelChoice()
    var sequences = 64
    var tokens = 1
    var context = 128
    var steps = 8
    var threads = 1
    var seed: UInt64 = 1
    var isTable = false

    static var parameters: [Parameter<Self>] {
        BenchModelChoice.settings.at(\.model)
        Option("sequences", \.sequences, .within(1...65_536), help: "sequences that advance together")
        Option("tokens", \.tokens, .within(1...65_536), help: "tokens of each in a sweep")
        Option("context", \.context, .within(0...1_000_000), help: "tokens that each sequence has before")
        Option("steps", \.steps, .within(1...10_000), help: "sweeps, of which the median is printed")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("seed", \.seed, help: "of the random numbers")
        Option("table", \.isTable, help: "print aligned columns for people")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        var bench = try BenchModel(self.model, threads: self.threads, seed: self.seed)
        let experts = bench.countExperts()
        let limits = try MachineLimits.measure(pool: ComputePool(threads: self.threads))
        let measured = try self.measure(bench, experts)
        let report = try Report(
            context.console,
            conditions: [
                ("model", bench.name), ("shape", bench.shape), ("precision", bench.precision),
                ("threads", String(self.threads)), ("seed", String(self.seed)), ("sequences", String(self.sequences)),
                ("tokens_of_each", String(self.tokens)), ("context", String(self.context)),
                ("sweeps", String(self.steps)),
                ("touched_experts_per_layer", measured.touchedExperts.rounded(digits: 4)),
                ("operation_limit_per_second", limits.operationsPerSecond.rounded(digits: 4)),
                ("integer_operation_limit_per_second", limits.integerOperationsPerSecond.rounded(digits: 4)),
                ("read_limit_bytes_per_second", limits.bytesPerSecond.rounded(digits: 4)),
            ],
            columns: [
                "stage", "bytes", "operations", "bound", "limit_seconds", "limit_share", "time_share", "median_seconds",
            ],
            isAligned: self.isTable
        )
        var size = SweepSize(
            sequences: self.sequences,
            tokens: self.tokens,
            context: self.context + self.tokens * (self.steps - 1) / 2,
            experts: bench.weights.configuration.experts
        )
        size.touchedExperts = measured.touchedExperts
        for row in SweepTable(work: bench.work(size), limits: limits, measured: measured).rows { try report.row(row) }
        try report.finish()
        return .done
    }

    private func measure(_ bench: BenchModel, _ experts: CountingExpertSource) throws -> MeasuredSweep {
        let last = self.context + self.tokens * (self.steps + 1)
        let decoder = try bench.decoder(sequences: self.sequences, tokens: last, threads: self.threads)
        var random = SplitMix64(state: self.seed)
        try decoder.fill(sequences: self.sequences, tokens: self.context, &random)
        // The first is not counted: it touches pages and memory that later ones find ready.
        let clock = StageClock()
        decoder.model.probe = clock
        var sweeps: [[SweepStage: Double]] = []
        var totals: [Double] = []
        for step in 0...self.steps {
            let first = self.context + step * self.tokens
            clock.start()
            let start = ContinuousClock.now
            try decoder.run(
                sequences: self.sequences,
                positions: first..<first + self.tokens,
                logits: .last,
                &random
            )
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            guard step > 0 else {
                _ = experts.takeMean()
                continue
            }
            sweeps.append(clock.seconds)
            totals.append(seconds)
        }
        return MeasuredSweep(stages: sweeps, totals: totals, touchedExperts: experts.takeMean())
    }
}
