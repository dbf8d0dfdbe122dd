import ExpertCache
import Settings
import TensorKernels

/// Matrix products of one weight with more and more rows.
struct KernelsCommand: Command {
    static let help = CommandHelp(
        "kernels",
        "Times matrix products in every kernel variant, beside OpenBLAS and what the machine can do at most.",
        example: "dure-bench kernels",
        moreExamples: [
            "dure-bench kernels --rows 1,16,256 --outputs 2048 --inputs 7168 --threads 2",
            "dure-bench kernels --kernels avx2",
        ],
        discussion: """
            Columns: share is of the arithmetic limit that the same run has measured, and read_share of what plain reading \
            reached in turn with the products; the larger of the two says how much is left to gain. bytes_per_second counts the weights. The limit of integer \
            formats is that of multiplying bytes; rows are quantised before the clock starts. Each product reads other \
            weights than the one before, from more memory than caches hold. OpenBLAS takes f32 weights, on one thread.
            """
    )

    var rows: Points = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    var outputs = 2048
    var inputs = 2048
    var copies = 8
    var rounds = 7
    var threads = 1
    var seed: UInt64 = 1
    var kernels: String?

    static var parameters: [Parameter<Self>] {
        Option("rows", \.rows, help: "rows of the input, such as tokens per expert")
        Option("outputs", \.outputs, .within(1...1_000_000), help: "rows of the weight")
        Option("inputs", \.inputs, .within(1...1_000_000), help: "columns of the weight")
        Option(
            "copies",
            \.copies,
            .within(1...1_000),
            help: "f32 weights that are used in turn; of others as many bytes"
        )
        Option("rounds", \.rounds, .within(1...1_000), help: "times per product, of which the median is printed")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("seed", \.seed, help: "of the random numbers")
        Option(
            "kernels",
            \.kernels,
            .optional(.choice(of: Self.variants.map(\.name))),
            default: "all",
            help: "the instruction set"
        )
    }

    /// Those that are timed: the definition itself would take hours.
    private static let variants = KernelVariant.available.filter { $0.name != "scalar" }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let pool = ComputePool(threads: self.threads)
        let variants = Self.variants.filter { self.kernels == nil || $0.name == self.kernels }
        let limits = try MachineLimits.measure(
            pool: pool,
            variant: variants.last ?? .fastest,
            effort: min(self.rounds, 5)
        )
        let report = try Report(
            context.console,
            conditions: [
                ("threads", String(self.threads)), ("seed", String(self.seed)), ("rounds", String(self.rounds)),
                ("operation_limit_per_second", limits.operationsPerSecond.rounded(digits: 4)),
                ("integer_operation_limit_per_second", limits.integerOperationsPerSecond.rounded(digits: 4)),
                ("read_limit_bytes_per_second", limits.bytesPerSecond.rounded(digits: 4)),
                ("openblas", OpenBLASProduct.coreName),
            ],
            columns: [
                "contender", "weights", "rows", "outputs", "inputs", "median_microseconds", "operations_per_second",
                "bytes_per_second", "share", "read_share",
            ]
        )
        var random = SplitMix64(state: self.seed)
        let weights = try BenchWeights(
            outputs: self.outputs,
            inputs: self.inputs,
            copies: self.copies,
            random: &random
        )
        let reader = try MemoryReader(pool: pool)
        for rows in self.rows.values {
            let contenders = try KernelContender.all(
                rows: rows,
                weights,
                variants: variants,
                pool: pool,
                limits: limits,
                random: &random
            )
            let times = try Rounds(self.rounds, of: contenders.map(\.compute) + [{ reader.read() }])
            let readLimit = Double(reader.bytes) / times.median(contenders.count)
            for (index, contender) in contenders.enumerated() {
                let seconds = times.median(index)
                try report.row(self.fields(contender, rows: rows, seconds: seconds, readLimit: readLimit))
            }
        }
        return .done
    }

    private func fields(_ contender: KernelContender, rows: Int, seconds: Double, readLimit: Double) -> [String] {
        let operations = 2 * Double(rows * self.outputs * self.inputs) / seconds
        let bytes = Double(contender.bytes) / seconds
        return [
            contender.name, contender.weights, String(rows), String(self.outputs), String(self.inputs),
            (seconds * 1e6).rounded(digits: 4), operations.rounded(digits: 4), bytes.rounded(digits: 4),
            (operations / contender.limit).rounded(digits: 3), (bytes / readLimit).rounded(digits: 3),
        ]
    }
}
