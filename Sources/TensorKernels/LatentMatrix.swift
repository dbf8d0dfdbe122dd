import CDureKernels

/// Latents of many tokens, `[rows, width]`, in f32 or bf16: the memory of a KV cache.
///
/// Reading a row that nothing has written gives whatever was there.
@safe
public final class LatentMatrix: @unchecked Sendable {
    // Sendable: an operator's threads write rows that are all different, and read when all are written.
    public let rows: Int
    public let width: Int
    public let element: ElementType
    private let memory: AlignedMemory

    /// Allocates; the system commits pages as they are touched.
    ///
    /// - Parameters:
    ///   - rows: Tokens.
    ///   - width: Numbers of each.
    ///   - element: `f32` or `bf16`.
    /// - Throws: ``KernelError/outOfMemory(bytes:)``.
    public init(rows: Int, width: Int, element: ElementType) throws(KernelError) {
        precondition(rows >= 0 && width >= 1 && element != .f16, "latents: \(rows) x \(width) in \(element)")
        self.rows = rows
        self.width = width
        self.element = element
        let (bytes, overflow) = max(rows, 1).multipliedReportingOverflow(by: width * element.bytes)
        guard !overflow else { throw .outOfMemory(bytes: .max) }
        self.memory = try AlignedMemory(bytes: bytes)
    }

    /// Makes every number zero, which also makes the system commit all of it.
    public func clear() {
        // Safe: all bytes are the matrix's own; zeros are numbers in both forms.
        unsafe self.memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: self.memory.bytes)
    }

    /// One row, widened.
    public subscript(row: Int) -> [Float] {
        precondition(0..<self.rows ~= row, "row \(row) of \(self.rows)")
        // Safe: the row is inside the matrix, and the array has as many elements.
        return unsafe [Float](unsafeUninitializedCapacity: self.width) { buffer, count in
            guard let first = buffer.baseAddress else { return }
            let weight = unsafe dure_weight(
                base: self.address(row: row),
                stride: Int64(self.width),
                element: self.element.kernelElement
            )
            unsafe KernelVariant.fastest.table.pointee.widen(first, weight, 0, Int64(self.width))
            count = self.width
        }
    }

    /// Where row `row` begins.
    func address(row: Int) -> UnsafeMutableRawPointer {
        // Safe: callers have checked; one past the end is a legal address.
        unsafe self.memory.base + row * self.width * self.element.bytes
    }

    /// Takes over one row of numbers, rounded to the nearest where that is needed.
    func write(_ values: UnsafePointer<Float>, row: Int, _ variant: KernelVariant) {
        let to = unsafe self.address(row: row)
        // Safe: the caller has checked the row, and has `width` values.
        switch self.element {
        case .f32: unsafe to.copyMemory(from: values, byteCount: self.width * MemoryLayout<Float>.size)
        case .bf16, .f16:
            unsafe variant.table.pointee.narrow(to.assumingMemoryBound(to: UInt16.self), values, Int64(self.width))
        }
    }
}
