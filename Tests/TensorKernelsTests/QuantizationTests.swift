import Testing

@testable import TensorKernels

@Suite("Quantised activations")
struct QuantizationTests {
    private static let formats = PackedFormat.allCases.filter(\.isInteger)

    @Test(
        "are within half a step, and reach it at the largest value",
        arguments: Self.formats,
        [1, 31, 32, 64, 100, 257]
    )
    func errors(format: PackedFormat, width: Int) throws {
        var random = SeededGenerator(UInt64(width))
        let input = try random.matrix(rows: 4, columns: width, in: -7...7)
        let rows = try QuantizedRows(rows: 4, columns: width, format: format)
        try TensorOperators(threads: 2).quantize(input.all, into: rows)
        let size = format.groupInputs ?? width
        for row in 0..<4 {
            let (got, expected) = (rows.floats(row: row), input[row])
            for first in stride(from: 0, to: width, by: size) {
                let range = first..<min(first + size, width)
                let largest = expected[range].map(abs).max() ?? 0
                for column in range { #expect(abs(got[column] - expected[column]) <= largest / 127 * 0.5001) }
                #expect(abs((got[range].map(abs).max() ?? 0) - largest) <= largest * 1e-6)
            }
        }
    }

    @Test("of several vectors in a row lie vector after vector", arguments: Self.formats)
    func vectors(format: PackedFormat) throws {
        var random = SeededGenerator(5)
        let (count, size, stride) = (3, 40, 50)
        let input = try random.matrix(rows: 6, columns: 7 + count * stride, in: -7...7)
        let rows = try QuantizedRows(rows: count * 4, columns: size, format: format)
        let vectors = RowVectors(input, first: 7, stride: stride)
        try TensorOperators(threads: 2).quantize(vectors, count: count, rows: 1..<5, into: rows)
        for vector in 0..<count {
            let columns = 7 + vector * stride..<7 + vector * stride + size
            let alone = try QuantizedRows(rows: 4, columns: size, format: format)
            try TensorOperators(threads: 1).quantize(input.view(rows: 1..<5, columns: columns), into: alone)
            for row in 0..<4 { #expect(rows.floats(row: vector * 4 + row) == alone.floats(row: row)) }
        }
    }

    @Test("of halves go to the even neighbour")
    func halves() throws {
        let input = try FloatMatrix([[127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, -126.5]])
        let rows = try QuantizedRows(rows: 1, columns: 9, format: .int8)
        for variant in KernelVariant.available {
            try TensorOperators(variant).quantize(input.all, into: rows)
            #expect(rows.floats(row: 0) == [127, 0, 2, 2, 0, -2, -2, 126, -126])
        }
    }

    @Test("have the same bits in every variant, and zeros beyond the end", arguments: Self.formats, 1...12)
    func variants(format: PackedFormat, seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let width = Int.random(in: 1...300, using: &random)
        let input = try random.matrix(rows: 5, columns: width, in: -1e3...1e3)
        // All of one sign, zeros, tiny, a lone large value.
        input[1] = input[1].map { abs($0) * 1e-38 }
        input[2] = Array(repeating: 0, count: width)
        input[3] = input[3].map { $0 * 1e-30 }
        input[4][width / 2] = .greatestFiniteMagnitude
        let results = try KernelVariant.available.map { variant in
            let rows = try QuantizedRows(rows: 5, columns: width, format: format)
            try TensorOperators(variant, threads: 2).quantize(input.all, into: rows)
            #expect(rows.padding.allSatisfy { $0 == 0 })
            return rows.bits
        }
        for (result, variant) in zip(results, KernelVariant.available) {
            #expect(result == results[0], "\(variant.name), width \(width)")
        }
    }

    @Test("say so where a value is no number", arguments: Self.formats, [Float.nan, .infinity, -.infinity])
    func notFinite(format: PackedFormat, value: Float) throws {
        var random = SeededGenerator(3)
        let input = try random.matrix(rows: 3, columns: 100)
        input[1][77] = value
        let weight = random.weight(rows: 70, columns: 100, .f32)
        let packed = try PackedMatrix(packing: weight, as: format)
        for variant in KernelVariant.available {
            let operators = try TensorOperators(variant)
            let rows = try QuantizedRows(rows: 3, columns: 100, format: format)
            let output = try FloatMatrix(rows: 3, columns: 70)
            operators.quantize(input.all, into: rows)
            operators.product(rows, packed, into: output.all)
            #expect(output[1].allSatisfy { $0.isNaN })
            #expect((output[0] + output[2]).allSatisfy { $0.isFinite })
        }
    }

    @Test("of a SwiGLU are those of its result", arguments: Self.formats)
    func swiGLU(format: PackedFormat) throws {
        var random = SeededGenerator(8)
        let operators = try TensorOperators(threads: 2)
        let gate = try random.matrix(rows: 7, columns: 130, in: -9...9)
        let up = try random.matrix(rows: 7, columns: 130)
        let together = try QuantizedRows(rows: 7, columns: 130, format: format)
        let apart = try QuantizedRows(rows: 7, columns: 130, format: format)
        let product = try FloatMatrix(gate.values)
        operators.swiGLU(gate: gate.all, up: up.all, quantizingInto: together)
        operators.swiGLU(gate: product.all, up: up.all)
        operators.quantize(product.all, into: apart)
        #expect(together.bits == apart.bits)
    }

    @Test("of a SwiGLU have the same bits in every variant", arguments: Self.formats, 1...12)
    func swiGLUVariants(format: PackedFormat, seed: Int) throws {
        var random = SeededGenerator(UInt64(seed))
        let width = Int.random(in: 1...300, using: &random)
        var gates = [random.floats(width, in: -20...20), random.floats(width), random.floats(width, in: -1e3...1e3)]
        let up = try FloatMatrix([random.floats(width), random.floats(width, in: -1e-38...1e-38), random.floats(width)])
        gates[2][width / 2] = seed.isMultiple(of: 3) ? .nan : 1e38
        let results = try KernelVariant.available.map { variant in
            let gate = try FloatMatrix(gates)
            let rows = try QuantizedRows(rows: 3, columns: width, format: format)
            try TensorOperators(variant).swiGLU(gate: gate.all, up: up.all, quantizingInto: rows)
            #expect(rows.padding.allSatisfy { $0 == 0 })
            // A NaN's payload is not fixed.
            return (rows.bits.dropLast(), rows.floats(row: 2).map { $0.isNaN ? .infinity : $0 })
        }
        for (result, variant) in zip(results, KernelVariant.available) {
            #expect(result == results[0], "\(variant.name), width \(width)")
        }
    }

    @Test("of some rows of a SwiGLU leave the others as they were", arguments: Self.formats)
    func swiGLURows(format: PackedFormat) throws {
        var random = SeededGenerator(9)
        let operators = try TensorOperators(threads: 2)
        let gate = try random.matrix(rows: 6, columns: 70)
        let up = try random.matrix(rows: 6, columns: 70)
        let some = try QuantizedRows(rows: 6, columns: 70, format: format)
        operators.quantize(up.all, into: some)
        let before = some.bits
        operators.swiGLU(gate: gate.view(rows: 2..<5), up: up.view(rows: 2..<5), quantizingInto: some)
        let whole = try QuantizedRows(rows: 6, columns: 70, format: format)
        operators.quantize(gate.all, into: whole)
        #expect(some.bits[2..<5] == whole.bits[2..<5])
        #expect(some.bits[..<2] + some.bits[5...] == before[..<2] + before[5...])
    }

    @Test("keep their memory when there are fewer, and get more when there are more")
    func setRows() throws {
        let rows = try QuantizedRows(rows: 2, columns: 65, format: .int4g32)
        let bytes = rows.bytes
        #expect(bytes == 2 * (128 + 3 * 8))
        try rows.setRows(1)
        #expect(rows.rows == 1 && rows.bytes == bytes)
        try rows.setRows(9)
        #expect(rows.bytes == 9 * (128 + 3 * 8))
    }
}

extension QuantizedRows {
    /// Every integer, and the bits of every scale and correction.
    var bits: [[Int64]] {
        let raw = self.raw
        return (0..<self.rows).map { row in
            // Safe: the row is inside the memory, and so are its groups.
            let values = unsafe UnsafeBufferPointer(start: raw.values(row), count: self.columns).map { Int64($0) }
            let scales = unsafe UnsafeBufferPointer(start: raw.scales(row), count: raw.groups)
                .map { Int64($0.bitPattern) }
            let corrections = unsafe UnsafeBufferPointer(start: raw.corrections(row), count: raw.groups)
                .map { Int64($0) }
            return values + scales + corrections
        }
    }

    /// What lies after each row's last integer.
    var padding: [Int8] {
        let raw = self.raw
        return (0..<self.rows).flatMap { row in
            // Safe: the row is inside the memory.
            unsafe Array(UnsafeBufferPointer(start: raw.values(row), count: raw.stride)).dropFirst(self.columns)
        }
    }
}
