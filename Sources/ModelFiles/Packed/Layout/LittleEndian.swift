// Numbers in the binary parts of a pack.

extension [UInt8] {
    /// Writes a number at a place that is inside the array.
    mutating func store<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number, at byteOffset: Int) {
        for index in 0..<MemoryLayout<Number>.size {
            self[byteOffset + index] = UInt8(truncatingIfNeeded: number >> (8 * Number(index)))
        }
    }

    /// Reads a number from a place that is inside the array.
    func number<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type, at byteOffset: Int) -> Number {
        (0..<MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number(self[byteOffset + $1]) }
    }
}
