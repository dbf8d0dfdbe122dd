import CDureKernels

/// The operations of a forward pass on matrices and weights, on all threads of a pool.
///
/// Every result depends on its own row of the inputs alone, to the bit, whatever else is in the matrix and however many
/// threads there are. Shapes are preconditions: the caller's were checked when the weights were opened.
///
/// Used by one thread at a time. Its scratch memory is allocated once.
@safe
public final class TensorOperators {
    public let variant: KernelVariant
    public let pool: ComputePool
    /// One row per thread.
    let scratch: FloatMatrix

    /// Work below this many multiply-adds, or this many elements, is done before another thread has woken up.
    static let fewestParallelCost = 200_000
    static let fewestParallelElements = 30_000

    public init(pool: ComputePool, variant: KernelVariant = .fastest) throws(KernelError) {
        self.pool = pool
        self.variant = variant
        self.scratch = try FloatMatrix(rows: pool.threads, columns: Int(DURE_PRODUCT_SCRATCH))
    }

    /// Calls `body` for ranges that cover `0 ..< count`, on several threads if there are enough elements.
    func eachRange(_ count: Int, elementsEach: Int, _ body: @Sendable (_ range: Range<Int>, _ thread: Int) -> Void) {
        guard count > 0 else { return }
        guard self.pool.threads > 1, count > 1, count * elementsEach >= Self.fewestParallelElements else {
            return body(0..<count, 0)
        }
        let parts = min(count, self.pool.threads * 4)
        self.pool.run(parts) { part, thread in
            body(count * part / parts..<count * (part + 1) / parts, thread)
        }
    }

    // MARK: Rows

    /// Looks up rows of a table of weights, widened: `output[i] = table[indices[i]]`.
    ///
    /// Indices outside the table are a programmer's error.
    public func lookUp(_ indices: [Int32], in table: WeightMatrix, into output: FloatMatrix) {
        precondition(output.rows == indices.count && output.columns == table.columns, "lookUp: output's shape")
        let raw = output.all.raw
        let weight = table.raw
        let kernels = self.variant
        self.eachRange(indices.count, elementsEach: table.columns) { range, _ in
            for index in range {
                precondition(0..<table.rows ~= Int(indices[index]), "row \(indices[index]) of \(table.rows)")
                // Safe: both rows exist and have `table.columns` elements.
                unsafe kernels.table.pointee.widen(
                    raw.row(index),
                    weight.weight,
                    Int64(indices[index]),
                    Int64(table.columns)
                )
            }
        }
    }

    /// RMSNorm of each row: `output = input / sqrt(mean(input²) + epsilon) * weight`.
    ///
    /// - Parameters:
    ///   - input: As many columns as `weight`.
    ///   - weight: One row.
    ///   - epsilon: Added to the mean square.
    ///   - output: The shape of `input`; may be `input`. Overwritten.
    public func rmsNorm(_ input: FloatView, weight: WeightMatrix, epsilon: Float, into output: FloatView) {
        let columns = input.columns.count
        precondition(weight.rows == 1 && weight.columns == columns, "rmsNorm: weight's shape")
        precondition(
            output.rows.count == input.rows.count && output.columns.count == columns,
            "rmsNorm: output's shape"
        )
        let (from, to, raw, kernels) = (input.raw, output.raw, weight.raw, self.variant)
        self.eachRange(input.rows.count, elementsEach: columns) { range, _ in
            // Safe: the rows of the range are inside both views, and shapes were checked.
            unsafe kernels.table.pointee.rms_norm(
                to.row(range.lowerBound),
                Int64(to.stride),
                from.row(range.lowerBound),
                Int64(from.stride),
                raw.weight,
                Int64(range.count),
                Int64(columns),
                epsilon
            )
        }
    }

    /// The SwiGLU activation: `gate = silu(gate) * up`.
    ///
    /// Source: Shazeer 2020, "GLU Variants Improve Transformer", section 2.
    public func swiGLU(gate: FloatView, up: FloatView) {
        let columns = gate.columns.count
        precondition(up.rows.count == gate.rows.count && up.columns.count == columns, "swiGLU: up's shape")
        let (gates, ups, kernels) = (gate.raw, up.raw, self.variant)
        // An exponential and a division cost as much as several simple operations.
        self.eachRange(gate.rows.count, elementsEach: columns * 4) { range, _ in
            for row in range {
                // Safe: the row is inside both views.
                unsafe kernels.table.pointee.swiglu(gates.row(row), gates.row(row), ups.row(row), Int64(columns))
            }
        }
    }

    /// Adds `input` to `output`, of the same shape.
    public func add(_ input: FloatView, to output: FloatView) {
        let columns = input.columns.count
        precondition(output.rows.count == input.rows.count && output.columns.count == columns, "add: output's shape")
        let (from, to, kernels) = (input.raw, output.raw, self.variant)
        self.eachRange(input.rows.count, elementsEach: columns) { range, _ in
            for row in range {
                // Safe: the row is inside both views.
                unsafe kernels.table.pointee.add(to.row(row), from.row(row), Int64(columns))
            }
        }
    }

    /// Copies rows of `input`: `output[i] = input[rows[i]]`.
    public func gather(_ rows: [Int], of input: FloatMatrix, into output: FloatMatrix) {
        precondition(input.columns == output.columns && rows.count == output.rows, "gather: shapes")
        for (index, row) in rows.enumerated() {
            precondition(0..<input.rows ~= row, "row \(row) of \(input.rows)")
            // Safe: both rows exist and have `columns` elements.
            unsafe output.pointer(row: index).update(from: input.pointer(row: row), count: input.columns)
        }
    }
}
