@testable import TensorKernels

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }

    mutating func matrix(rows: Int, columns: Int, in range: ClosedRange<Float> = -1...1) throws -> FloatMatrix {
        let matrix = try FloatMatrix(rows: rows, columns: columns)
        for row in 0..<rows { matrix[row] = self.floats(columns, in: range) }
        return matrix
    }

    mutating func weight(rows: Int, columns: Int, _ element: ElementType, oddAddress: Bool = false) -> WeightMatrix {
        WeightMatrix(
            self.floats(rows * columns),
            rows: rows,
            columns: columns,
            element,
            byteOffset: oddAddress ? 1 : 0
        )
    }
}

extension FloatMatrix {
    var values: [[Float]] { (0..<self.rows).map { self[$0] } }
    var bits: [[UInt32]] { self.values.map { $0.map(\.bitPattern) } }

    convenience init(_ rows: [[Float]]) throws {
        try self.init(rows: rows.count, columns: rows.first?.count ?? 1)
        for (index, row) in rows.enumerated() { self[index] = row }
    }
}

extension WeightMatrix {
    var values: [[Float]] { (0..<self.rows).map { self.floats(row: $0) } }
}

extension TensorOperators {
    convenience init(_ variant: KernelVariant = .fastest, threads: Int = 1) throws {
        try self.init(pool: ComputePool(threads: threads), variant: variant)
    }
}

/// The largest difference between two matrices, relative to `scale`; infinity where shapes differ or one has a NaN.
func largestDifference(_ got: [[Float]], _ expected: [[Double]], scale: Double = 1) -> Double {
    guard got.count == expected.count else { return .infinity }
    return zip(got, expected).reduce(0) { largest, rows in
        guard rows.0.count == rows.1.count else { return .infinity }
        return zip(rows.0, rows.1).reduce(largest) { largest, pair in
            let difference = abs(Double(pair.0) - pair.1) / scale
            return difference.isNaN ? .infinity : max(largest, difference)
        }
    }
}
