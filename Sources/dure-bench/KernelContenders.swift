import ExpertCache
import TensorKernels

/// The weights of one run, of each kind as many as take the memory of the f32 ones, so that none is still cached when its
/// turn comes again.
struct BenchWeights {
    let f32: [WeightMatrix]
    let bf16: [WeightMatrix]
    let packed: [(format: PackedFormat, weights: [PackedMatrix])]

    init(outputs: Int, inputs: Int, copies: Int, random: inout SplitMix64) throws(KernelError) {
        var generator = random
        self.f32 = (0..<copies).map { _ in generator.weight(rows: outputs, columns: inputs, .f32) }
        self.bf16 = (0..<copies * 2).map { _ in generator.weight(rows: outputs, columns: inputs, .bf16) }
        random = generator
        let bytes = outputs * inputs * MemoryLayout<Float>.size * copies
        var packed: [(format: PackedFormat, weights: [PackedMatrix])] = []
        for format in PackedFormat.allCases {
            let count = max(bytes / PackedMatrix.byteCount(format, rows: outputs, columns: inputs), 1)
            var weights: [PackedMatrix] = []
            for index in 0..<count {
                weights.append(try PackedMatrix(packing: self.f32[index % copies], as: format))
            }
            packed.append((format, weights))
        }
        self.packed = packed
    }
}

/// One way to compute a product, with everything that it needs.
struct KernelContender {
    let name: String
    /// The weights' type or format.
    let weights: String
    /// Of one weight.
    let bytes: Int
    /// Operations per second that this kind of arithmetic reaches at most.
    let limit: Double
    let compute: () -> Void

    /// Every variant but the definition, which would take hours, with every kind of weights; and OpenBLAS on one thread.
    static func all(
        rows: Int,
        _ weights: BenchWeights,
        variants: [KernelVariant],
        pool: ComputePool,
        limits: MachineLimits,
        random: inout SplitMix64
    ) throws(KernelError) -> [KernelContender] {
        let (outputs, inputs) = (weights.f32[0].rows, weights.f32[0].columns)
        let input = try FloatMatrix(rows: rows, columns: inputs)
        for row in 0..<rows { input[row] = random.floats(inputs) }
        let output = try FloatMatrix(rows: rows, columns: outputs)
        var contenders: [KernelContender] = []
        for variant in variants {
            let operators = try TensorOperators(pool: pool, variant: variant)
            for (element, matrices) in [(ElementType.f32, weights.f32), (.bf16, weights.bf16)] {
                contenders.append(
                    KernelContender(
                        name: variant.name,
                        weights: "\(element)",
                        bytes: outputs * inputs * element.bytes,
                        limit: limits.operationsPerSecond,
                        compute: Self.turns(matrices) { operators.product(input.all, $0, into: output.all) }
                    )
                )
            }
            for (format, matrices) in weights.packed {
                contenders.append(
                    KernelContender(
                        name: variant.name,
                        weights: "packed-\(format.rawValue)",
                        bytes: matrices[0].byteCount,
                        limit: format.isInteger ? limits.integerOperationsPerSecond : limits.operationsPerSecond,
                        compute: try Self.packed(format, matrices, input, output, operators)
                    )
                )
            }
        }
        if pool.threads == 1 {
            contenders.append(
                KernelContender(
                    name: "openblas",
                    weights: "f32",
                    bytes: outputs * inputs * ElementType.f32.bytes,
                    limit: limits.operationsPerSecond,
                    compute: Self.turns(weights.f32) { OpenBLASProduct.compute(input.all, $0, into: output.all) }
                )
            )
        }
        return contenders
    }

    private static func packed(
        _ format: PackedFormat,
        _ weights: [PackedMatrix],
        _ input: FloatMatrix,
        _ output: FloatMatrix,
        _ operators: TensorOperators
    ) throws(KernelError) -> () -> Void {
        guard format.isInteger else {
            return Self.turns(weights) { operators.product(input.all, $0, into: output.all) }
        }
        let quantized = try QuantizedRows(rows: input.rows, columns: input.columns, format: format)
        operators.quantize(input.all, into: quantized)
        return Self.turns(weights) { operators.product(quantized, $0, into: output.all) }
    }

    private static func turns<Weight>(_ weights: [Weight], _ body: @escaping (Weight) -> Void) -> () -> Void {
        var turn = 0
        return {
            body(weights[turn % weights.count])
            turn += 1
        }
    }
}
