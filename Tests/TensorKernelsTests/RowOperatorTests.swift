import Foundation
import Testing

@testable import TensorKernels

@Suite("Operators on rows")
struct RowOperatorTests {
    private static let widths = [1, 15, 16, 17, 60, 64, 130]

    @Test("lookUp widens the rows that it is asked for", arguments: [ElementType.f32, .bf16, .f16])
    func lookUp(element: ElementType) throws {
        let values: [Float] = [0, -0, 1, -2.5, 0.333251953125, 65504, 6.103515625e-05, -5.9604645e-08]
        let exact = element == .bf16 ? values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) } : values
        let table = WeightMatrix(values + values.reversed(), rows: 2, columns: 8, element, byteOffset: 1)
        for variant in KernelVariant.available {
            let output = try FloatMatrix(rows: 3, columns: 8)
            try TensorOperators(variant).lookUp([1, 0, 1], in: table, into: output)
            #expect(output.bits == [exact.reversed(), exact, exact.reversed()].map { $0.map(\.bitPattern) })
        }
    }

    @Test("rmsNorm divides by the root of the mean square", arguments: Self.widths)
    func rmsNorm(width: Int) throws {
        var random = SeededGenerator(UInt64(width))
        let input = try random.matrix(rows: 5, columns: width, in: -9...9)
        let weight = random.weight(rows: 1, columns: width, .f16, oddAddress: true)
        let expected = input.values.map { row in
            let mean = row.reduce(0) { $0 + Double($1) * Double($1) } / Double(width)
            return zip(row, weight.floats()).map { Double($0) / (mean + 1e-6).squareRoot() * Double($1) }
        }
        var bits: [[[UInt32]]] = []
        for variant in KernelVariant.available {
            let output = try FloatMatrix(input.values)
            try TensorOperators(variant).rmsNorm(output.all, weight: weight, epsilon: 1e-6, into: output.all)
            #expect(largestDifference(output.values, expected) < 1e-5)
            bits.append(output.bits)
        }
        #expect(Set(bits).count == 1)
    }

    @Test("swiGLU and add work element by element", arguments: Self.widths)
    func elements(width: Int) throws {
        var random = SeededGenerator(UInt64(width))
        let gate = try random.matrix(rows: 3, columns: width, in: -20...20)
        let up = try random.matrix(rows: 3, columns: width)
        let product = zip(gate.values, up.values).map { rows in
            zip(rows.0, rows.1).map { Double($0) / (1 + exp(-Double($0))) * Double($1) }
        }
        let sum = zip(gate.values, up.values).map { rows in zip(rows.0, rows.1).map { Double($0 + $1) } }
        var bits: [[[UInt32]]] = []
        for variant in KernelVariant.available {
            let operators = try TensorOperators(variant, threads: 2)
            let output = try FloatMatrix(gate.values)
            operators.swiGLU(gate: output.all, up: up.all)
            #expect(largestDifference(output.values, product) < 4e-6)
            bits.append(output.bits)
            let added = try FloatMatrix(gate.values)
            operators.add(up.all, to: added.all)
            #expect(largestDifference(added.values, sum) == 0)
        }
        #expect(Set(bits).count == 1)
    }

    @Test("the sigmoid is accurate from end to end, and keeps what is no number")
    func sigmoid() throws {
        let inputs = stride(from: Float(-110), through: 110, by: 0.0625).map { $0 } + [.infinity, -.infinity, .nan]
        let rule = RoutingRule(expertCount: inputs.count, expertsPerToken: 1)
        var bits: [[UInt32]] = []
        for variant in KernelVariant.available {
            let scores = try FloatMatrix([inputs])
            var routing = Routing()
            try TensorOperators(variant).route(scores, bias: nil, rule: rule, into: &routing)
            for (x, got) in zip(inputs, scores[0]).dropLast() {
                let expected = 1 / (1 + exp(-Double(x)))
                // Below -88 the exponential is taken for infinite.
                #expect(abs(Double(got) - expected) <= expected * 2e-7 + 1e-38, "sigmoid of \(x)")
            }
            #expect(scores[0].last?.isNaN == true)
            bits.append(scores[0].dropLast().map(\.bitPattern))
        }
        #expect(Set(bits).count == 1)
    }

    @Test("gather copies rows from where it is told")
    func copies() throws {
        var random = SeededGenerator(4)
        let input = try random.matrix(rows: 6, columns: 5)
        let output = try FloatMatrix(rows: 4, columns: 5)
        try TensorOperators(threads: 2).gather([4, 4, 2, 1], of: input, into: output)
        #expect(output.values == [input[4], input[4], input[2], input[1]])
    }

    @Test("a weight beyond 2^31 elements is addressed in 64 bits")
    func largeWeights() throws {
        // As A.X K1's fused gate and up projections of a layer; nearly all of it is never touched.
        let (rows, columns) = (192 * 4096, 7168)
        let bytes = rows * columns * 2
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else { return }
        defer { unsafe munmap(memory, bytes) }
        // Safe: the last element of the mapping: 1.0 in bf16.
        unsafe memory.storeBytes(of: 0x3F80, toByteOffset: bytes - 2, as: UInt16.self)
        // Safe: the mapping outlives the view.
        let weight = unsafe WeightMatrix(
            base: UnsafeRawPointer(memory),
            rows: rows,
            columns: columns,
            element: .bf16,
            owner: Nobody()
        )
        let operators = try TensorOperators()
        let output = try FloatMatrix(rows: 1, columns: columns)
        operators.lookUp([Int32(rows - 1)], in: weight, into: output)
        #expect(output[0].last == 1 && output[0].dropLast().allSatisfy { $0 == 0 })
        let last = weight.rows(rows - 2..<rows)
        #expect(operators.product(output.all, last) == [0, 1])
    }
}

/// Owns nothing: the test unmaps its memory itself.
private final class Nobody: Sendable {}
