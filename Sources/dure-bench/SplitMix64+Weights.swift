import ExpertCache
import TensorKernels

extension SplitMix64 {
    /// Between -1 and 1.
    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(Int64(bitPattern: self.next()) >> 40) / Float(1 << 23) }
    }

    mutating func weight(rows: Int, columns: Int, _ element: ElementType) -> WeightMatrix {
        WeightMatrix(self.floats(rows * columns), rows: rows, columns: columns, element)
    }
}
