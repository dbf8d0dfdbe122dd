import CDureKernels

extension ElementType {
    var kernelElement: dure_element {
        switch self {
        case .f32: DURE_F32
        case .bf16: DURE_BF16
        case .f16: DURE_F16
        }
    }
}

extension WeightMatrix {
    /// Consecutive rows of it; no weights are copied.
    public func rows(_ range: Range<Int>) -> WeightMatrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.rows, "rows \(range) of \(self.rows)")
        // Safe: the rows are inside the view, whose owner the new one keeps.
        return unsafe WeightMatrix(
            base: self.base + range.lowerBound * self.columns * self.element.bytes,
            rows: range.count,
            columns: self.columns,
            element: self.element,
            owner: self.owner
        )
    }

    /// Row `row`, widened.
    public func floats(row: Int = 0) -> [Float] {
        precondition(0..<self.rows ~= row, "row \(row) of \(self.rows)")
        // Safe: the kernel reads one row, which is inside the view, and writes as many floats as it has columns.
        return unsafe [Float](unsafeUninitializedCapacity: self.columns) { buffer, count in
            guard let first = buffer.baseAddress else { return }
            let kernels = unsafe KernelVariant.fastest.table.pointee
            unsafe kernels.widen(first, self.raw.weight, Int64(row), Int64(self.columns))
            count = self.columns
        }
    }

    var raw: RawWeight {
        // Safe: describes the view as it is; operators keep the matrix, hence its owner, while they use it.
        unsafe RawWeight(
            weight: dure_weight(base: self.base, stride: Int64(self.columns), element: self.element.kernelElement)
        )
    }
}

/// Weights as C sees them, for the inside of an operator.
@safe
struct RawWeight: @unchecked Sendable {
    // Sendable: the memory never changes.
    let weight: dure_weight

    /// The same weights from row `row` and column `column` on.
    func from(row: Int, column: Int = 0) -> dure_weight {
        let bytes = unsafe self.weight.element == DURE_F32 ? 4 : 2
        let index = unsafe row * Int(self.weight.stride) + column
        // Safe: operators stay within the matrix that they were given.
        return unsafe dure_weight(
            base: self.weight.base + index * bytes,
            stride: self.weight.stride,
            element: self.weight.element
        )
    }
}
