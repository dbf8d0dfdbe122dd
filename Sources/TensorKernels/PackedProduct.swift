/// One product with packed weights, of a list that ``TensorOperators`` computes together.
///
/// `output = input · weightᵀ`, where the weight has as many rows as the output has columns.
public struct PackedProduct {
    public enum Input {
        /// For bf16 weights.
        case floats(FloatView)
        /// For integer weights of the same format.
        case quantized(QuantizedRows, rows: Range<Int>)

        var rowCount: Int {
            switch self {
            case .floats(let view): view.rows.count
            case .quantized(_, let rows): rows.count
            }
        }

        /// The number of rows, if they fit the weight.
        func checkedRowCount(for weight: PackedMatrix) -> Int {
            let columns: Int
            switch self {
            case .floats(let view):
                precondition(!weight.format.isInteger, "product: \(weight.format) weights take quantised rows")
                columns = view.columns.count
            case .quantized(let quantized, let range):
                precondition(
                    quantized.format == weight.format,
                    "product: rows quantised for \(quantized.format), weights in \(weight.format)"
                )
                precondition(range.upperBound <= quantized.rows, "product: rows \(range) of \(quantized.rows)")
                columns = quantized.columns
            }
            precondition(columns == weight.columns, "product: expected \(weight.columns) inputs, got \(columns)")
            return self.rowCount
        }
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
        let inputRows = self.input.checkedRowCount(for: self.weight)
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
}
