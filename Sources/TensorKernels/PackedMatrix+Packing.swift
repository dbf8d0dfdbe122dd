import CDureKernels

extension PackedMatrix {
    /// Packs a weight, or rows of one that begin at a whole panel, into memory of the caller.
    ///
    /// The same weights give the same bytes on every machine. Runs on the calling thread, at some 10^8 weights a second.
    ///
    /// - Parameters:
    ///   - weight: At most ``PackedFormat/maximumColumns`` columns.
    ///   - format: The layout.
    ///   - rounding: How scales are found.
    ///   - bytes: ``byteCount(_:rows:columns:)`` of them; all are overwritten.
    ///   - variant: Whose instructions are used.
    /// - Throws: ``KernelError/notFinite(row:)``, after which `bytes` hold nothing useful.
    public static func pack(
        _ weight: WeightMatrix,
        as format: PackedFormat,
        rounding: PackedRounding = .nearest,
        into bytes: UnsafeMutableRawBufferPointer,
        variant: KernelVariant = .fastest
    ) throws(KernelError) {
        precondition(weight.columns <= PackedFormat.maximumColumns, "pack: \(weight.columns) columns")
        let expected = Self.byteCount(format, rows: weight.rows, columns: weight.columns)
        precondition(bytes.count == expected, "pack: expected \(expected) bytes, got \(bytes.count)")
        guard let base = bytes.baseAddress else { return }
        let padded = Int(dure_padded_inputs(format.raw, Int64(weight.columns)))
        // A multiple of all steps, so that there is memory even for no columns.
        var scratch = [Float](repeating: 0, count: padded + 64)
        // Safe: as many bytes as the panels need, and a row's floats; both outlive the call.
        let failed = unsafe scratch.withUnsafeMutableBufferPointer { scratch in
            unsafe variant.table.pointee.pack(
                base,
                format.raw,
                weight.raw.weight,
                Int64(weight.rows),
                Int64(weight.columns),
                rounding == .searched ? 1 : 0,
                scratch.baseAddress
            )
        }
        if failed >= 0 { throw .notFinite(row: Int(failed)) }
    }

    /// A packed copy of a weight in memory of its own.
    ///
    /// - Parameters:
    ///   - weight: At most ``PackedFormat/maximumColumns`` columns.
    ///   - format: The layout.
    ///   - rounding: How scales are found.
    ///   - variant: Whose instructions are used.
    /// - Throws: ``KernelError/notFinite(row:)``, ``KernelError/outOfMemory(bytes:)``.
    public init(
        packing weight: WeightMatrix,
        as format: PackedFormat,
        rounding: PackedRounding = .nearest,
        variant: KernelVariant = .fastest
    ) throws(KernelError) {
        let bytes = Self.byteCount(format, rows: weight.rows, columns: weight.columns)
        let memory = try AlignedMemory(bytes: bytes)
        // Safe: the memory is as long as the matrix, and this view is its only user yet.
        try unsafe Self.pack(weight, as: format, rounding: rounding, into: memory.buffer, variant: variant)
        // Safe: packed just now; the view keeps its owner.
        unsafe self.init(
            base: UnsafeRawPointer(memory.base),
            format: format,
            rows: weight.rows,
            columns: weight.columns,
            owner: memory
        )
    }
}
