extension WeightMatrix {
    /// Weights in memory of their own, for benchmarks, tests and what is derived from others: copies `values`, cut to `element`.
    ///
    /// - Parameters:
    ///   - values: `rows * columns` of them.
    ///   - rows: Outputs.
    ///   - columns: Inputs.
    ///   - element: f16 rounds to nearest, bf16 drops the lower bits.
    ///   - byteOffset: Where the first element lies after an aligned address, for there it may lie in a file.
    public init(_ values: [Float], rows: Int, columns: Int, _ element: ElementType, byteOffset: Int = 0) {
        precondition(values.count == rows * columns && byteOffset >= 0, "expected \(rows * columns) values")
        let memory = WeightMemory(values, element, byteOffset: byteOffset)
        // Safe: as many elements as were stored; the view keeps their owner.
        unsafe self.init(base: memory.base, rows: rows, columns: columns, element: element, owner: memory)
    }
}

/// Owns the elements of one matrix; exactly as long, so that a sanitizer sees a read beyond them.
@safe
private final class WeightMemory: @unchecked Sendable {
    // Sendable: written in `init` only.
    private let memory: UnsafeMutableRawPointer
    private let byteOffset: Int

    init(_ values: [Float], _ element: ElementType, byteOffset: Int) {
        self.byteOffset = byteOffset
        unsafe self.memory = .allocate(byteCount: values.count * element.bytes + byteOffset, alignment: 64)
        for (index, value) in values.enumerated() {
            let place = byteOffset + index * element.bytes
            let bits = value.bitPattern
            // Safe: inside the memory just allocated.
            switch element {
            case .f32: unsafe self.memory.storeBytes(of: bits, toByteOffset: place, as: UInt32.self)
            case .bf16: unsafe self.memory.storeBytes(of: UInt16(bits >> 16), toByteOffset: place, as: UInt16.self)
            case .f16:
                unsafe self.memory.storeBytes(of: Float16(value).bitPattern, toByteOffset: place, as: UInt16.self)
            }
        }
    }

    deinit {
        // Safe: allocated in `init`, freed once.
        unsafe self.memory.deallocate()
    }

    var base: UnsafeRawPointer { unsafe UnsafeRawPointer(self.memory + self.byteOffset) }
}
