import TensorKernels

extension ElementType {
    /// The values 0, 1, … of a sequence as little-endian elements, rounded to nearest, ties to even.
    @inline(__always)
    func encoded(count: Int, _ value: (Int) -> Float) -> [UInt8] {
        switch self {
        case .f32: Self.bytes(count) { value($0).bitPattern }
        case .bf16: Self.bytes(count) { value($0).bfloat16 }
        case .f16: Self.bytes(count) { Float16(value($0)).bitPattern }
        }
    }

    @inline(__always)
    private static func bytes<Bits: FixedWidthInteger>(_ count: Int, _ bits: (Int) -> Bits) -> [UInt8] {
        let size = MemoryLayout<Bits>.size
        // Safe: each store is within the `count * size` bytes asked for, and together they fill them.
        return unsafe [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initializedCount in
            let memory = UnsafeMutableRawBufferPointer(buffer)
            for index in 0..<count {
                unsafe memory.storeBytes(of: bits(index).littleEndian, toByteOffset: index * size, as: Bits.self)
            }
            initializedCount = count * size
        }
    }
}

extension Float {
    /// The bits of the nearest bfloat16, ties to even; a NaN stays one.
    @inline(__always)
    var bfloat16: UInt16 {
        let bits = self.bitPattern
        guard !self.isNaN else { return UInt16(bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
