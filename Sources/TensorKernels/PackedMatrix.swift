import CDureKernels

/// A read-only weight of `rows` outputs and `columns` inputs in a packed format: a view into memory that `owner` keeps.
///
/// Copying a view copies no weights.
@safe
public struct PackedMatrix: @unchecked Sendable {
    public let format: PackedFormat
    public let rows: Int
    public let columns: Int
    /// The first panel.
    let base: UnsafeRawPointer
    /// Keeps the memory behind `base` valid and unchanged for as long as the view lives.
    let owner: any AnyObject & Sendable

    /// Makes a view; nothing is read.
    ///
    /// - Parameters:
    ///   - base: ``byteCount(_:rows:columns:)`` bytes that never change while `owner` lives; best at a multiple of 64.
    ///   - format: How they lie there.
    ///   - rows: Outputs.
    ///   - columns: Inputs, at most ``PackedFormat/maximumColumns``.
    ///   - owner: What unmaps or frees that memory when it is released.
    @unsafe
    public init(
        base: UnsafeRawPointer,
        format: PackedFormat,
        rows: Int,
        columns: Int,
        owner: any AnyObject & Sendable
    ) {
        precondition(rows >= 0 && 0...PackedFormat.maximumColumns ~= columns, "a packed matrix of \(rows) x \(columns)")
        // Safe: the address is only kept here; `owner` keeps what it points to.
        unsafe self.base = base
        self.format = format
        self.rows = rows
        self.columns = columns
        self.owner = owner
    }

    /// The bytes of a packed matrix: whole panels, always a multiple of 64.
    public static func byteCount(_ format: PackedFormat, rows: Int, columns: Int) -> Int {
        format.panelCount(rows: rows) * format.panelBytes(columns: columns)
    }

    public var byteCount: Int { Self.byteCount(self.format, rows: self.rows, columns: self.columns) }

    /// The weights of one output as f32: exactly what products multiply by.
    public func floats(row: Int) -> [Float] {
        precondition(0..<self.rows ~= row, "row \(row) of \(self.rows)")
        // Safe: the kernel reads a panel that is inside the view, and writes as many floats as there are columns.
        return unsafe [Float](unsafeUninitializedCapacity: self.columns) { buffer, count in
            guard let first = buffer.baseAddress else { return }
            unsafe dure_unpack_output(first, self.raw.packed, Int64(row))
            count = self.columns
        }
    }

    var raw: RawPacked {
        // Safe: describes the view as it is; operators keep the matrix, hence its owner, while they use it.
        unsafe RawPacked(
            packed: dure_packed(
                base: self.base,
                outputs: Int64(self.rows),
                inputs: Int64(self.columns),
                format: self.format.raw
            )
        )
    }
}

/// Packed weights as C sees them, for the inside of an operator.
@safe
struct RawPacked: @unchecked Sendable {
    // Sendable: the memory never changes.
    let packed: dure_packed

    /// A range of whole panels.
    func panels(_ range: Range<Int>) -> dure_packed {
        let format = unsafe self.packed.format
        let outputs = Int(dure_panel_outputs(format))
        let bytes = unsafe Int(dure_panel_bytes(format, self.packed.inputs))
        // Safe: operators stay within the matrix that they were given.
        return unsafe dure_packed(
            base: self.packed.base + range.lowerBound * bytes,
            outputs: min(Int64(range.count * outputs), self.packed.outputs - Int64(range.lowerBound * outputs)),
            inputs: self.packed.inputs,
            format: format
        )
    }
}
