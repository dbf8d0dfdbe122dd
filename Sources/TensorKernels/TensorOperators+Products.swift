import CDureKernels

extension TensorOperators {
    /// Outputs of one unit of work: sixteen register tiles of the widest variant.
    private static let unitOutputs = 96
    private static let unitRows = 256

    /// `output = input · weightᵀ`, with weight `[outputs, inputs]`, row-major.
    public func product(_ input: FloatView, _ weight: WeightMatrix, into output: FloatView) {
        self.run([MatrixProduct(input, weight, into: output)])
    }

    /// `input · weightᵀ` as a new array, `[input rows, weight rows]`.
    public func product(_ input: FloatView, _ weight: WeightMatrix) -> [Float] {
        let rows = input.rows.count
        precondition(weight.columns == input.columns.count, "product: expected \(weight.columns) inputs")
        guard rows > 0 else { return [] }
        // Safe: the units write every element of every row, and the buffer outlives them.
        return unsafe [Float](unsafeUninitializedCapacity: rows * weight.rows) { buffer, count in
            count = rows * weight.rows
            guard let base = buffer.baseAddress, count > 0 else { return }
            let job = unsafe ProductJob(
                input: input.raw,
                gathered: nil,
                weight: weight.raw,
                output: RawRows(base: base, stride: weight.rows),
                form: .byRows,
                outputs: weight.rows,
                inputs: weight.columns
            )
            self.run(
                [job],
                units: self.units(of: job, index: 0, rows: rows),
                cost: count * weight.columns,
                gathered: []
            )
        }
    }

    /// Computes several products at once, so that no thread waits for the end of one before it begins with another.
    ///
    /// - Parameters:
    ///   - products: Their outputs overlap neither each other nor any input.
    ///   - rows: The row indices that the products' `gathered` ranges select from, inside their inputs.
    public func run(_ products: [MatrixProduct], gathering rows: [Int32] = []) {
        var jobs: [ProductJob] = []
        var units: [ProductUnit] = []
        var cost = 0
        // The largest first: a long one that begins last would keep the other threads waiting.
        for product in products.sorted(by: { $0.cost > $1.cost }) where product.cost > 0 {
            product.check(gatheredCount: rows.count)
            let job = ProductJob(product)
            units += self.units(of: job, index: jobs.count, rows: product.rowCount)
            jobs.append(job)
            cost += product.cost
        }
        self.run(jobs, units: units, cost: cost, gathered: rows)
    }

    private func units(of job: ProductJob, index: Int, rows: Int) -> [ProductUnit] {
        var units: [ProductUnit] = []
        for firstRow in stride(from: 0, to: rows, by: Self.unitRows) {
            for firstOutput in stride(from: 0, to: job.outputs, by: Self.unitOutputs) {
                units.append(
                    ProductUnit(
                        job: index,
                        rows: firstRow..<min(firstRow + Self.unitRows, rows),
                        outputs: firstOutput..<min(firstOutput + Self.unitOutputs, job.outputs)
                    )
                )
            }
        }
        return units
    }

    private func run(_ jobs: [ProductJob], units: [ProductUnit], cost: Int, gathered: [Int32]) {
        let (variant, scratch) = (self.variant, self.scratch.all.raw)
        guard self.pool.threads > 1, cost >= Self.fewestParallelCost else {
            for unit in units { jobs[unit.job].compute(unit, variant, gathered, scratch, thread: 0) }
            return
        }
        self.pool.run(units.count) { index, thread in
            let unit = units[index]
            jobs[unit.job].compute(unit, variant, gathered, scratch, thread: thread)
        }
    }
}

/// A part of one product: some rows, some outputs.
private struct ProductUnit: Sendable {
    var job: Int
    var rows: Range<Int>
    var outputs: Range<Int>
}

/// One product, resolved to memory.
private struct ProductJob: Sendable {
    var input: RawRows
    /// Index of the first gathered row; nil: rows in order.
    var gathered: Int?
    var weight: RawWeight
    var output: RawRows
    var form: MatrixProduct.Form
    var outputs: Int
    var inputs: Int

    init(
        input: RawRows,
        gathered: Int?,
        weight: RawWeight,
        output: RawRows,
        form: MatrixProduct.Form,
        outputs: Int,
        inputs: Int
    ) {
        self.input = input
        self.gathered = gathered
        self.weight = weight
        self.output = output
        self.form = form
        self.outputs = outputs
        self.inputs = inputs
    }

    init(_ product: MatrixProduct) {
        self.init(
            input: product.input.raw,
            gathered: product.gathered?.lowerBound,
            weight: product.weight.raw,
            output: product.output.raw,
            form: product.form,
            outputs: product.outputCount,
            inputs: product.inputCount
        )
    }

    func compute(
        _ unit: ProductUnit,
        _ variant: KernelVariant,
        _ gathered: [Int32],
        _ scratch: RawRows,
        thread: Int
    ) {
        // Safe: the unit is inside the product, whose shapes were checked against its views; the scratch memory is this
        // thread's own; no other unit has these rows and outputs.
        let output = unsafe self.output.row(unit.rows.lowerBound) + unit.outputs.lowerBound
        let stride = Int64(self.output.stride)
        let (m, n, k) = (Int64(unit.rows.count), Int64(unit.outputs.count), Int64(self.inputs))
        switch self.form {
        case .byColumns:
            for row in 0..<unit.rows.count {
                unsafe (output + row * self.output.stride).update(repeating: 0, count: unit.outputs.count)
            }
            unsafe variant.table.pointee.accumulate(
                output,
                stride,
                self.input.row(unit.rows.lowerBound),
                Int64(self.input.stride),
                self.weight.from(row: 0, column: unit.outputs.lowerBound),
                m,
                n,
                k
            )
        case .byRows:
            let weight = unsafe self.weight.from(row: unit.outputs.lowerBound)
            // Safe: as above; the gathered rows were checked against the input's.
            unsafe gathered.withUnsafeBufferPointer { rows in
                var input = unsafe self.input.row(unit.rows.lowerBound)
                var indices: UnsafePointer<Int32>?
                if let first = self.gathered {
                    unsafe input = self.input.base
                    unsafe indices = rows.baseAddress.map { unsafe $0 + first + unit.rows.lowerBound }
                }
                unsafe variant.table.pointee.product(
                    output,
                    stride,
                    input,
                    Int64(self.input.stride),
                    indices,
                    weight,
                    m,
                    n,
                    k,
                    scratch.row(thread)
                )
            }
        }
    }
}
