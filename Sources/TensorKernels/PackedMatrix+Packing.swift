import CDureKernels
import Synchronization

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
    ///   - pool: The threads that share out the panels; nil: the caller's.
    ///   - variant: Whose instructions are used.
    /// - Throws: ``KernelError/notFinite(row:)``, ``KernelError/outOfMemory(bytes:)``.
    public init(
        packing weight: WeightMatrix,
        as format: PackedFormat,
        rounding: PackedRounding = .nearest,
        on pool: ComputePool? = nil,
        variant: KernelVariant = .fastest
    ) throws(KernelError) {
        let bytes = Self.byteCount(format, rows: weight.rows, columns: weight.columns)
        let memory = try AlignedMemory(bytes: bytes)
        let failure = Mutex<KernelError?>(nil)
        let panelBytes = format.panelBytes(columns: weight.columns)
        let packPanel: @Sendable (Int, Int) -> Void = { panel, _ in
            let first = panel * format.panelOutputs
            let rows = first..<min(first + format.panelOutputs, weight.rows)
            do throws(KernelError) {
                // Safe: the memory holds all panels, this one is nobody else's, and `memory` outlives the call.
                let target = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: memory.buffer[panel * panelBytes..<(panel + 1) * panelBytes]
                )
                try unsafe Self.pack(weight.rows(rows), as: format, rounding: rounding, into: target, variant: variant)
            } catch {
                failure.withLock { $0 = error.after(rows: first).earlier($0) }
            }
        }
        let panels = format.panelCount(rows: weight.rows)
        if let pool { pool.run(panels, packPanel) } else { for panel in 0..<panels { packPanel(panel, 0) } }
        if let failure = failure.withLock({ $0 }) { throw failure }
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

extension KernelError {
    /// The same error, where the rows that were looked at come after others.
    fileprivate func after(rows: Int) -> KernelError {
        guard case .notFinite(let row) = self else { return self }
        return .notFinite(row: rows + row)
    }

    /// Of two errors of one matrix, the one that does not depend on which thread was first.
    fileprivate func earlier(_ other: KernelError?) -> KernelError {
        guard case .notFinite(let row) = self, case .notFinite(let otherRow) = other else { return self }
        return row <= otherRow ? self : .notFinite(row: otherRow)
    }
}
