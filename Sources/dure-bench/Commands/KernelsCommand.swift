import Settings
import TensorKernels

/// Matrix products of one weight with more and more rows.
struct KernelsCommand: Command {
    static let help = CommandHelp(
        "kernels",
        "Times matrix products in every kernel variant, beside OpenBLAS and what the machine can do at most.",
        example: "dure-bench kernels",
        moreExamples: ["dure-bench kernels --rows 1,16,256 --outputs 2048 --inputs 7168 --threads 2"],
        discussion: """
            Columns: share is of the arithmetic limit that the same run has measured; bytes_per_second counts the weights. \
            Each product reads other weights than the one before, from more memory than caches hold. OpenBLAS takes f32 \
            weights, on one thread.
            """
    )

    var rows: Points = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    var outputs = 2048
    var inputs = 2048
    var copies = 8
    var rounds = 7
    var threads = 1
    var seed: UInt64 = 1

    static var parameters: [Parameter<Self>] {
        Option("rows", \.rows, help: "rows of the input, such as tokens per expert")
        Option("outputs", \.outputs, .within(1...1_000_000), help: "rows of the weight")
        Option("inputs", \.inputs, .within(1...1_000_000), help: "columns of the weight")
        Option("copies", \.copies, .within(1...1_000), help: "weights that are used in turn")
        Option("rounds", \.rounds, .within(1...1_000), help: "times per product, of which the median is printed")
        Option("threads", \.threads, .within(1...1024), help: "threads that compute")
        Option("seed", \.seed, help: "of the random numbers")
    }

    func run(_ context: CommandContext) throws -> ExitStatus {
        let pool = ComputePool(threads: self.threads)
        let limits = try MachineLimits.measure(pool: pool, effort: min(self.rounds, 5))
        let report = try Report(
            context.console,
            conditions: [
                ("threads", String(self.threads)), ("seed", String(self.seed)), ("rounds", String(self.rounds)),
                ("operation_limit_per_second", limits.operationsPerSecond.rounded(digits: 4)),
                ("read_limit_bytes_per_second", limits.bytesPerSecond.rounded(digits: 4)),
                ("openblas", OpenBLASProduct.coreName),
            ],
            columns: [
                "contender", "weights", "rows", "outputs", "inputs", "median_microseconds", "operations_per_second",
                "bytes_per_second", "share",
            ]
        )
        var random = SplitMix(state: self.seed)
        let f32 = (0..<self.copies).map { _ in random.weight(rows: self.outputs, columns: self.inputs, .f32) }
        let bf16 = (0..<self.copies).map { _ in random.weight(rows: self.outputs, columns: self.inputs, .bf16) }
        for rows in self.rows.values {
            let contenders = try self.contenders(rows, f32, bf16, pool, &random)
            let times = try Rounds(self.rounds, of: contenders.map(\.compute))
            for (index, contender) in contenders.enumerated() {
                try report.row(self.fields(contender, rows: rows, seconds: times.median(index), limits))
            }
        }
        return .done
    }

    private struct Contender {
        let name: String
        let element: ElementType
        let compute: () -> Void
    }

    private func contenders(
        _ rows: Int,
        _ f32: [WeightMatrix],
        _ bf16: [WeightMatrix],
        _ pool: ComputePool,
        _ random: inout SplitMix
    ) throws -> [Contender] {
        let input = try FloatMatrix(rows: rows, columns: self.inputs)
        for row in 0..<rows { input[row] = random.floats(self.inputs) }
        let output = try FloatMatrix(rows: rows, columns: self.outputs)
        // The definition itself would take hours.
        let variants = KernelVariant.available.filter { $0.name != "scalar" }
        var contenders = try variants.flatMap { variant in
            let operators = try TensorOperators(pool: pool, variant: variant)
            return [(ElementType.f32, f32), (.bf16, bf16)].map { element, weights in
                Contender(
                    name: variant.name,
                    element: element,
                    compute: Self.turns(weights) { operators.product(input.all, $0, into: output.all) }
                )
            }
        }
        if self.threads == 1 {
            contenders.append(
                Contender(
                    name: "openblas",
                    element: .f32,
                    compute: Self.turns(f32) { OpenBLASProduct.compute(input.all, $0, into: output.all) }
                )
            )
        }
        return contenders
    }

    private static func turns(_ weights: [WeightMatrix], _ body: @escaping (WeightMatrix) -> Void) -> () -> Void {
        var turn = 0
        return {
            body(weights[turn % weights.count])
            turn += 1
        }
    }

    private func fields(_ contender: Contender, rows: Int, seconds: Double, _ limits: MachineLimits) -> [String] {
        let operations = 2 * Double(rows * self.outputs * self.inputs) / seconds
        let bytes = Double(self.outputs * self.inputs * contender.element.bytes) / seconds
        return [
            contender.name, "\(contender.element)", String(rows), String(self.outputs), String(self.inputs),
            (seconds * 1e6).rounded(digits: 4), operations.rounded(digits: 4), bytes.rounded(digits: 4),
            (operations / limits.operationsPerSecond).rounded(digits: 3),
        ]
    }
}
