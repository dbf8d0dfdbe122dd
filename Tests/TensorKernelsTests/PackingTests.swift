import Testing

@testable import TensorKernels

@Suite("Packing of weights")
struct PackingTests {
    static let shapes = [(1, 1), (3, 31), (32, 32), (33, 64), (64, 65), (65, 130), (130, 7), (10, 257)]

    /// The largest magnitude of the weights that share a scale with `row` and `column`.
    private func largest(_ values: [Float], column: Int, format: PackedFormat) -> Float {
        guard let size = format.groupInputs else { return values.map(abs).max() ?? 0 }
        let first = column / size * size
        return values[first..<min(first + size, values.count)].map(abs).max() ?? 0
    }

    @Test(
        "loses at most half a step, or one for what is opposite to the extreme",
        arguments: PackedFormat.allCases,
        Self.shapes
    )
    func errors(format: PackedFormat, shape: (rows: Int, columns: Int)) throws {
        var random = SeededGenerator(UInt64(shape.rows * 1000 + shape.columns))
        let weight = random.weight(rows: shape.rows, columns: shape.columns, .f32, oddAddress: true)
        let packed = try PackedMatrix(packing: weight, as: format)
        for row in 0..<shape.rows {
            let expected = weight.floats(row: row)
            for (column, pair) in zip(packed.floats(row: row), expected).enumerated() {
                let largest = self.largest(expected, column: column, format: format)
                // Of int4's sixteen values only -8 reaches the extreme: its opposite is one step short. Scales are bf16.
                let bound =
                    switch format {
                    case .bf16: abs(pair.1) / 256
                    case .int8: largest / 127 * 0.501
                    case .int4g32, .int4g64: largest / 8 * 1.04
                    }
                #expect(abs(pair.0 - pair.1) <= bound, "\(row), \(column)")
            }
        }
    }

    @Test("has the layout that the files have")
    func layout() throws {
        let values = (0..<66 * 9).map { Float($0 % 9) - 4 }
        let weight = WeightMatrix(values, rows: 66, columns: 9, .f32)
        let int8 = try PackedMatrix(packing: weight, as: .int8)
        #expect(int8.byteCount == 2 * (12 * 64 + 256))
        let bytes = int8.bytes
        #expect(Array(bytes[0..<4]) == [1, 33, 64, 96])
        // The second panel holds outputs 64 and 65; the last quad one input and three of padding.
        #expect(Array(bytes[1024 + 512 + 4..<1024 + 512 + 12]) == [255, 128, 128, 128, 128, 128, 128, 128])
        let int4 = try PackedMatrix(packing: weight, as: .int4g32)
        #expect(int4.byteCount == 3 * (512 + 64))
        // The extreme is 4 = -8 * -0.5, so that -4 (input 0) becomes 7 and is half a unit short; input 4 is 0.
        #expect(int4.bytes[0] == 0x8F)
        #expect(Array(int4.bytes[512..<514]) == [0x00, 0xBF])
        let bf16 = try PackedMatrix(packing: weight, as: .bf16)
        #expect(bf16.byteCount == 2 * 10 * 128)
        #expect(Array(bf16.bytes[0..<4]) == [0x80, 0xC0, 0x40, 0xC0])
    }

    @Test("is the same for whole panels as for the whole", arguments: PackedFormat.allCases)
    func panels(format: PackedFormat) throws {
        var random = SeededGenerator(5)
        let weight = random.weight(rows: 150, columns: 70, .bf16)
        let whole = try PackedMatrix(packing: weight, as: format, rounding: .searched)
        let first = try PackedMatrix(packing: weight.rows(0..<64), as: format, rounding: .searched)
        let rest = try PackedMatrix(packing: weight.rows(64..<150), as: format, rounding: .searched)
        #expect(first.bytes + rest.bytes == whole.bytes)
    }

    @Test("with searched scales never has a larger error, and a smaller one in all")
    func search() throws {
        for format in [PackedFormat.int4g32, .int4g64] {
            var random = SeededGenerator(6)
            let weight = random.normalWeight(rows: 40, columns: 128)
            let nearest = try PackedMatrix(packing: weight, as: format).squaredError(against: weight)
            let searched = try PackedMatrix(packing: weight, as: format, rounding: .searched)
                .squaredError(against: weight)
            #expect(zip(searched, nearest).allSatisfy { $0 <= $1 * 1.000001 })
            #expect(searched.reduce(0, +) < 0.92 * nearest.reduce(0, +))
        }
    }

    @Test("keeps zeros, and takes what is smaller than any real weight for one")
    func zeros() throws {
        let tiny = Float(0x1p-101)
        let values: [Float] = Array(repeating: 0, count: 40) + Array(repeating: tiny, count: 39) + [-tiny]
        for format in PackedFormat.allCases where format.isInteger {
            for rounding in PackedRounding.allCases {
                let packed = try PackedMatrix(
                    packing: WeightMatrix(values, rows: 2, columns: 40, .f32),
                    as: format,
                    rounding: rounding
                )
                #expect((packed.floats(row: 0) + packed.floats(row: 1)).allSatisfy { $0 == 0 })
            }
        }
    }

    @Test(
        "refuses what is no finite weight",
        arguments: PackedFormat.allCases,
        [Float.infinity, -.infinity, .nan, .greatestFiniteMagnitude]
    )
    func notFinite(format: PackedFormat, value: Float) throws {
        var values = [Float](repeating: 1, count: 70 * 33)
        values[66 * 33 + 32] = value
        let weight = WeightMatrix(values, rows: 70, columns: 33, .f32)
        for pool in [nil, ComputePool(threads: 3)] {
            #expect(throws: KernelError.notFinite(row: 66)) {
                try PackedMatrix(packing: weight, as: format, on: pool)
            }
        }
    }

    @Test("has the same bytes in every variant", arguments: PackedFormat.allCases, Self.shapes)
    func variants(format: PackedFormat, shape: (rows: Int, columns: Int)) throws {
        for element in [ElementType.f32, .bf16, .f16] {
            var random = SeededGenerator(UInt64(shape.columns))
            let weight = random.weight(rows: shape.rows, columns: shape.columns, element, oddAddress: true)
            for rounding in PackedRounding.allCases {
                let results = try KernelVariant.available.map { variant in
                    try PackedMatrix(packing: weight, as: format, rounding: rounding, variant: variant).bytes
                }
                #expect(Set(results).count == 1, "\(element), \(rounding)")
            }
        }
    }
}

extension SeededGenerator {
    /// Weights as a trained layer has them: sums of twelve even ones, so that the large are rare.
    mutating func normalWeight(rows: Int, columns: Int) -> WeightMatrix {
        let values = (0..<rows * columns).map { _ in self.floats(12).reduce(0, +) * 0.01 }
        return WeightMatrix(values, rows: rows, columns: columns, .f32)
    }
}

extension PackedMatrix {
    var bytes: [UInt8] {
        // Safe: the view has as many bytes.
        unsafe Array(UnsafeRawBufferPointer(start: self.base, count: self.byteCount))
    }

    /// Of each row.
    func squaredError(against weight: WeightMatrix) -> [Double] {
        (0..<self.rows).map { row in
            zip(self.floats(row: row), weight.floats(row: row)).reduce(0) { sum, pair in
                sum + Double(pair.0 - pair.1) * Double(pair.0 - pair.1)
            }
        }
    }
}
