/// The weights of a linear projection, as they lie in a checkpoint or packed.
public enum Projection: Sendable {
    /// Products are f32.
    case plain(WeightMatrix)
    /// Products are what ``PackedFormat`` says.
    case packed(PackedMatrix)

    /// Outputs.
    public var rows: Int {
        switch self {
        case .plain(let weight): weight.rows
        case .packed(let weight): weight.rows
        }
    }

    /// Inputs.
    public var columns: Int {
        switch self {
        case .plain(let weight): weight.columns
        case .packed(let weight): weight.columns
        }
    }

    /// The weights of one output as f32: exactly what products multiply by.
    public func floats(row: Int) -> [Float] {
        switch self {
        case .plain(let weight): weight.floats(row: row)
        case .packed(let weight): weight.floats(row: row)
        }
    }

    /// The format that activations must be quantised for; nil where products read them as f32.
    public var activationFormat: PackedFormat? {
        guard case .packed(let weight) = self, weight.format.isInteger else { return nil }
        return weight.format
    }
}

/// One product of a list that ``TensorOperators/run(_:gathering:)`` computes together, with weights of any kind.
///
/// `output = input · weightᵀ`.
public struct ProjectionProduct {
    public var input: Activations
    /// The input's; nil: all.
    public var rows: Range<Int>?
    public var weight: Projection
    /// Overwritten.
    public var output: FloatView
    /// Which of the gathered row indices name the input's rows, one for each output row; nil: its rows in order.
    public var gathered: Range<Int>?

    public init(
        _ input: Activations,
        rows: Range<Int>? = nil,
        _ weight: Projection,
        into output: FloatView,
        gathered: Range<Int>? = nil
    ) {
        self.input = input
        self.rows = rows
        self.weight = weight
        self.output = output
        self.gathered = gathered
    }

    fileprivate enum Resolved {
        case plain(MatrixProduct)
        case packed(PackedProduct)
    }

    fileprivate var resolved: Resolved {
        switch self.weight {
        case .plain(let weight):
            let input = self.input.floats.view(rows: self.rows)
            return .plain(MatrixProduct(input, weight, into: self.output, gathered: self.gathered))
        case .packed(let weight):
            let input = self.input.packedInput(for: weight.format, rows: self.rows)
            return .packed(PackedProduct(input, weight, into: self.output, gathered: self.gathered))
        }
    }
}

extension TensorOperators {
    /// Computes several products at once, so that no thread waits for the end of one before it begins with another.
    ///
    /// - Parameters:
    ///   - products: Their outputs overlap neither each other nor any input.
    ///   - rows: The row indices that the products' `gathered` ranges select from, inside their inputs.
    public func run(_ products: [ProjectionProduct], gathering rows: [Int32] = []) {
        var plain: [MatrixProduct] = []
        var packed: [PackedProduct] = []
        for product in products {
            switch product.resolved {
            case .plain(let product): plain.append(product)
            case .packed(let product): packed.append(product)
            }
        }
        if !plain.isEmpty { self.run(plain, gathering: rows) }
        if !packed.isEmpty { self.run(packed, gathering: rows) }
    }

    /// `input · weightᵀ` as a new array, `[input rows, weight rows]`.
    public func product(_ input: Activations, _ weight: Projection) -> [Float] {
        switch weight {
        case .plain(let weight): self.product(input.floats.all, weight)
        case .packed(let weight): self.product(input.packedInput(for: weight.format), weight)
        }
    }
}
