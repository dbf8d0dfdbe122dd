import CDureKernels

extension TensorOperators {
    /// Outputs of one unit of work: a whole number of panels of every format.
    ///
    /// Panels that follow one another in a unit are fetched ahead; smaller units share out better.
    private static let packedUnitOutputs = (fewest: 128, most: 512, step: 64)
    private static let fewestUnitsPerThread = 4
    private static let packedUnitRows = 256
    /// As `fewestParallelCost`, for multiply-adds that are cheaper.
    private static let fewestPackedCost = 1_000_000

    // MARK: Activations

    /// Quantises each row of `input`, for products with weights of `output`'s format.
    ///
    /// - Parameters:
    ///   - input: As many columns as `output`.
    ///   - output: As many rows as `input`. Overwritten.
    public func quantize(_ input: FloatView, into output: QuantizedRows) {
        self.checkQuantized(input, output, "quantize")
        let (from, to, raw, kernels) = (input.raw, output.raw, output.format.raw, self.variant)
        let columns = output.columns
        self.eachRange(input.rows.count, elementsEach: columns) { range, _ in
            // Safe: the row is inside both, and shapes were checked.
            for row in range { unsafe to.quantize(row, from.row(row), columns: columns, raw, kernels) }
        }
    }

    /// Quantises equally long vectors of each row, such as one for each head, and puts them vector after vector: row `r` of `rows`
    /// and its vector `v` become row `v * rows.count + r` of `output`.
    ///
    /// - Parameters:
    ///   - input: Vectors with at least `output`'s columns.
    ///   - count: Vectors in a row.
    ///   - rows: Of the input's matrix.
    ///   - output: At least `count * rows.count` rows. Overwritten.
    public func quantize(_ input: RowVectors, count: Int, rows: Range<Int>, into output: QuantizedRows) {
        input.check(count: count, size: output.columns)
        precondition(rows.upperBound <= input.matrix.rows, "quantize: rows \(rows) of \(input.matrix.rows)")
        precondition(count * rows.count <= output.rows, "quantize: output's rows")
        let from = input.matrix.view(columns: input.first..<input.matrix.columns).raw
        let (to, raw, kernels) = (output.raw, output.format.raw, self.variant)
        let (columns, stride) = (output.columns, input.stride)
        self.eachRange(rows.count, elementsEach: count * columns) { range, _ in
            for row in range {
                for vector in 0..<count {
                    // Safe: `check` has made sure that all vectors of a row are inside it, and both rows exist.
                    unsafe to.quantize(
                        vector * rows.count + row,
                        from.row(rows.lowerBound + row) + vector * stride,
                        columns: columns,
                        raw,
                        kernels
                    )
                }
            }
        }
    }

    /// The SwiGLU activation, quantised while it is still near: `gate = silu(gate) * up`, and `output` is that.
    ///
    /// - Parameters:
    ///   - gate: Overwritten.
    ///   - up: The shape of `gate`.
    ///   - output: As many columns as `gate`; the rows that `gate` is of its matrix are overwritten.
    public func swiGLU(gate: FloatView, up: FloatView, quantizingInto output: QuantizedRows) {
        precondition(
            output.columns == gate.columns.count && output.rows >= gate.rows.upperBound,
            "swiGLU: expected \(gate.rows) x \(gate.columns.count), got \(output.rows) x \(output.columns)"
        )
        precondition(
            up.rows.count == gate.rows.count && up.columns.count == gate.columns.count,
            "swiGLU: up's shape"
        )
        let (gates, ups, to, raw, kernels) = (gate.raw, up.raw, output.raw, output.format.raw, self.variant)
        let (columns, first) = (output.columns, gate.rows.lowerBound)
        self.eachRange(gate.rows.count, elementsEach: columns * 5) { range, _ in
            for row in range {
                // Safe: the row is inside all three, and shapes were checked.
                unsafe kernels.table.pointee.swiglu_quantize(
                    to.values(first + row),
                    Int64(to.stride),
                    to.scales(first + row),
                    to.corrections(first + row),
                    gates.row(row),
                    ups.row(row),
                    Int64(columns),
                    raw
                )
            }
        }
    }

    private func checkQuantized(_ input: FloatView, _ output: QuantizedRows, _ name: String) {
        precondition(
            output.rows == input.rows.count && output.columns == input.columns.count,
            "\(name): expected \(input.rows.count) x \(input.columns.count), got \(output.rows) x \(output.columns)"
        )
    }

    // MARK: Products

    /// `output = input · weightᵀ`.
    public func product(_ input: QuantizedRows, _ weight: PackedMatrix, into output: FloatView) {
        self.run([PackedProduct(input, weight, into: output)])
    }

    /// `output = input · weightᵀ`, with bf16 weights.
    public func product(_ input: FloatView, _ weight: PackedMatrix, into output: FloatView) {
        self.run([PackedProduct(.floats(input), weight, into: output)])
    }

    /// `input · weightᵀ` as a new array, `[input rows, weight rows]`.
    func product(_ input: PackedProduct.Input, _ weight: PackedMatrix) -> [Float] {
        let rows = input.checkedRowCount(for: weight)
        // Safe: the units write every element of every row, and the buffer outlives them.
        return unsafe [Float](unsafeUninitializedCapacity: rows * weight.rows) { buffer, count in
            count = rows * weight.rows
            guard let base = buffer.baseAddress, count > 0 else { return }
            let output = unsafe RawRows(base: base, stride: weight.rows)
            let job = PackedJob(input, gathered: nil, weight, output: output)
            var units: [PackedUnit] = []
            self.addUnits(of: weight, rows: rows, index: 0, outputs: self.packedUnitOutputs(weight.rows), to: &units)
            self.run([job], units: units, cost: count * weight.columns, gathered: [])
        }
    }

    /// Computes several products at once, so that no thread waits for the end of one before it begins with another.
    ///
    /// - Parameters:
    ///   - products: Their outputs overlap neither each other nor any input.
    ///   - rows: The row indices that the products' `gathered` ranges select from, inside their inputs.
    public func run(_ products: [PackedProduct], gathering rows: [Int32] = []) {
        var jobs: [PackedJob] = []
        var units: [PackedUnit] = []
        var cost = 0
        let unitOutputs = self.packedUnitOutputs(products.reduce(0) { $0 + $1.weight.rows })
        // The largest first: a long one that begins last would keep the other threads waiting.
        for product in products.sorted(by: { $0.cost > $1.cost }) where product.cost > 0 {
            product.check(gathering: rows)
            self.addUnits(
                of: product.weight,
                rows: product.rowCount,
                index: jobs.count,
                outputs: unitOutputs,
                to: &units
            )
            let output = product.output.raw
            jobs.append(PackedJob(product.input, gathered: product.gathered, product.weight, output: output))
            cost += product.cost
        }
        self.run(jobs, units: units, cost: cost, gathered: rows)
    }

    private func run(_ jobs: [PackedJob], units: [PackedUnit], cost: Int, gathered: [Int32]) {
        let variant = self.variant
        guard self.pool.threads > 1, cost >= Self.fewestPackedCost else {
            for unit in units { jobs[unit.job].compute(unit, variant, gathered) }
            return
        }
        self.pool.run(units.count) { index, _ in jobs[units[index].job].compute(units[index], variant, gathered) }
    }

    /// Outputs of one unit, where all products together have `outputs`.
    private func packedUnitOutputs(_ outputs: Int) -> Int {
        let limits = Self.packedUnitOutputs
        let share = outputs / (self.pool.threads * Self.fewestUnitsPerThread)
        return min(max(share / limits.step * limits.step, limits.fewest), limits.most)
    }

    private func addUnits(
        of weight: PackedMatrix,
        rows: Int,
        index: Int,
        outputs: Int,
        to units: inout [PackedUnit]
    ) {
        let panels = weight.format.panelCount(rows: weight.rows)
        let panelsEach = outputs / weight.format.panelOutputs
        for firstRow in stride(from: 0, to: rows, by: Self.packedUnitRows) {
            for firstPanel in stride(from: 0, to: panels, by: panelsEach) {
                units.append(
                    PackedUnit(
                        job: index,
                        rows: firstRow..<min(firstRow + Self.packedUnitRows, rows),
                        panels: firstPanel..<min(firstPanel + panelsEach, panels)
                    )
                )
            }
        }
    }
}

extension RawQuantized {
    fileprivate func quantize(
        _ row: Int,
        _ input: UnsafePointer<Float>,
        columns: Int,
        _ format: dure_format,
        _ variant: KernelVariant
    ) {
        // Safe: the row has `stride` values and the groups of its columns; the caller's input has as many columns.
        unsafe variant.table.pointee.quantize(
            self.values(row),
            Int64(self.stride),
            self.scales(row),
            self.corrections(row),
            input,
            Int64(columns),
            format
        )
    }
}

/// A part of one product: some rows, some panels.
private struct PackedUnit: Sendable {
    var job: Int
    var rows: Range<Int>
    var panels: Range<Int>
}

/// One product, resolved to memory.
private struct PackedJob: Sendable {
    private enum Input: Sendable {
        case floats(RawRows)
        case quantized(RawQuantized, first: Int)
    }

    private let input: Input
    /// Index of the first gathered row; nil: rows in order.
    private let gathered: Int?
    private let weight: RawPacked
    private let panelOutputs: Int
    private let output: RawRows

    init(_ input: PackedProduct.Input, gathered: Range<Int>?, _ weight: PackedMatrix, output: RawRows) {
        switch input {
        case .floats(let view): self.input = .floats(view.raw)
        case .quantized(let rows, let range): self.input = .quantized(rows.raw, first: range.lowerBound)
        }
        self.gathered = gathered?.lowerBound
        self.weight = weight.raw
        self.panelOutputs = weight.format.panelOutputs
        self.output = output
    }

    func compute(_ unit: PackedUnit, _ variant: KernelVariant, _ gathered: [Int32]) {
        // Safe: the unit is inside the product, whose shapes and gathered rows were checked; no other unit has these rows
        // and outputs.
        let output = unsafe self.output.row(unit.rows.lowerBound) + unit.panels.lowerBound * self.panelOutputs
        let weight = unsafe self.weight.panels(unit.panels)
        unsafe gathered.withUnsafeBufferPointer { rows in
            var indices: UnsafePointer<Int32>?
            if let first = self.gathered {
                unsafe indices = rows.baseAddress.map { unsafe $0 + first + unit.rows.lowerBound }
            }
            let firstRow = self.gathered == nil ? unit.rows.lowerBound : 0
            switch self.input {
            case .floats(let input):
                unsafe variant.table.pointee.product_bf16(
                    output,
                    Int64(self.output.stride),
                    input.row(firstRow),
                    Int64(input.stride),
                    indices,
                    weight,
                    Int64(unit.rows.count)
                )
            case .quantized(let input, let first):
                unsafe variant.table.pointee.product_quantized(
                    output,
                    Int64(self.output.stride),
                    input.from(row: first + firstRow),
                    indices,
                    weight,
                    Int64(unit.rows.count)
                )
            }
        }
    }
}
