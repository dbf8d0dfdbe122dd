import TensorKernels

/// SplitMix64: a benchmark's random numbers.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// Between -1 and 1.
    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(Int64(bitPattern: self.next()) >> 40) / Float(1 << 23) }
    }

    mutating func weight(rows: Int, columns: Int, _ element: ElementType) -> WeightMatrix {
        WeightMatrix(self.floats(rows * columns), rows: rows, columns: columns, element)
    }
}
