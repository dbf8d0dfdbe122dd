/// One product with packed weights, of a list that ``TensorOperators`` computes together.
///
/// `output = input · weightᵀ`, where the weight has as many rows as the output has columns.
public struct PackedProduct {
    public enum Input {
        /// For bf16 weights.
        case floats(FloatView)
        /// For integer weights of the same format.
        case quantized(QuantizedRows, rows: Range<Int>)
    }

    public var input: Input
    /// Which of the gathered row indices name the input's rows, one for each output row; nil: its rows in order.
    public var gathered: Range<Int>?
    public var weight: PackedMatrix
    /// Overwritten.
    public var output: FloatView

    public init(_ input: Input, _ weight: PackedMatrix, into output: FloatView, gathered: Range<Int>? = nil) {
        self.input = input
        self.gathered = gathered
        self.weight = weight
        self.output = output
    }

    /// All rows of `input`.
    public init(
        _ input: QuantizedRows,
        _ weight: PackedMatrix,
        into output: FloatView,
        gathered: Range<Int>? = nil
    ) {
        self.init(.quantized(input, rows: 0..<input.rows), weight, into: output, gathered: gathered)
    }

    var rowCount: Int { self.output.rows.count }
    /// Multiply-adds.
    var cost: Int { self.rowCount * self.weight.rows * self.weight.columns }

    func check(gathering rows: [Int32]) {
        let inputRows = self.checkedInputRows()
        precondition(
            self.output.columns.count == self.weight.rows,
            "product: expected \(self.weight.rows) outputs, got \(self.output.columns.count)"
        )
        guard let gathered else {
            precondition(inputRows == self.rowCount, "product: expected \(self.rowCount) input rows, got \(inputRows)")
            return
        }
        precondition(
            gathered.count == self.rowCount && gathered.lowerBound >= 0 && gathered.upperBound <= rows.count,
            "product: expected \(self.rowCount) gathered rows, got \(gathered) of \(rows.count)"
        )
        precondition(
            rows[gathered].allSatisfy { 0..<inputRows ~= Int($0) },
            "product: a gathered row outside \(inputRows)"
        )
    }

    private func checkedInputRows() -> Int {
        let columns: Int
        let rows: Int
        switch self.input {
        case .floats(let view):
            precondition(!self.weight.format.isInteger, "product: \(self.weight.format) weights take quantised rows")
            (columns, rows) = (view.columns.count, view.rows.count)
        case .quantized(let quantized, let range):
            precondition(
                quantized.format == self.weight.format,
                "product: rows quantised for \(quantized.format), weights in \(self.weight.format)"
            )
            precondition(range.upperBound <= quantized.rows, "product: rows \(range) of \(quantized.rows)")
            (columns, rows) = (quantized.columns, range.count)
        }
        precondition(
            columns == self.weight.columns,
            "product: expected \(self.weight.columns) inputs, got \(columns)"
        )
        return rows
    }
}
