/// One product of a list that ``TensorOperators/run(_:gathering:)`` computes together.
public struct MatrixProduct {
    public enum Form: Sendable, Equatable {
        /// Each output is an input row times a weight row: `output = input · weightᵀ`, weight `[outputs, inputs]`.
        case byRows
        /// Weight rows are added up: `output = input · weight`, weight `[inputs, outputs]`.
        case byColumns
    }

    public var input: FloatView
    /// Which of the gathered row indices name the input's rows, one for each output row; nil: its rows in order.
    public var gathered: Range<Int>?
    public var weight: WeightMatrix
    public var form: Form
    /// Overwritten.
    public var output: FloatView

    public init(
        _ input: FloatView,
        _ weight: WeightMatrix,
        into output: FloatView,
        form: Form = .byRows,
        gathered: Range<Int>? = nil
    ) {
        self.input = input
        self.gathered = gathered
        self.weight = weight
        self.form = form
        self.output = output
    }

    var rowCount: Int { self.output.rows.count }
    var outputCount: Int { self.output.columns.count }
    var inputCount: Int { self.input.columns.count }
    /// Multiply-adds.
    var cost: Int { self.rowCount * self.outputCount * self.inputCount }

    func check(gatheredCount: Int) {
        let expected =
            self.form == .byRows
            ? (self.weight.rows, self.weight.columns) : (self.weight.columns, self.weight.rows)
        precondition(
            expected == (self.outputCount, self.inputCount),
            "product: expected \(expected.1) inputs and \(expected.0) outputs, got \(self.inputCount) and \(self.outputCount)"
        )
        if let gathered {
            precondition(self.form == .byRows, "only a product by rows gathers its input")
            precondition(
                gathered.count == self.rowCount && gathered.lowerBound >= 0 && gathered.upperBound <= gatheredCount,
                "product: expected \(self.rowCount) gathered rows, got \(gathered) of \(gatheredCount)"
            )
        } else {
            precondition(
                self.input.rows.count == self.rowCount,
                "product: expected \(self.rowCount) input rows, got \(self.input.rows.count)"
            )
        }
    }
}
