/// Rows that several products read: as f32, and quantised once for each integer format among their weights.
///
/// Whoever writes the f32 rows brings the quantised ones up to date: ``TensorOperators/quantize(_:)``, or an operator that
/// ends with it.
public final class Activations {
    public let floats: FloatMatrix
    let quantized: [QuantizedRows]

    /// Activations that use a matrix of the caller.
    ///
    /// - Parameters:
    ///   - floats: May belong to others too.
    ///   - formats: Of the weights that the rows meet; none, if they are read as f32.
    /// - Throws: ``KernelError/outOfMemory(bytes:)``.
    public init(_ floats: FloatMatrix, for formats: Set<PackedFormat>) throws(KernelError) {
        self.floats = floats
        var quantized: [QuantizedRows] = []
        for format in PackedFormat.allCases where format.isInteger && formats.contains(format) {
            quantized.append(try QuantizedRows(rows: floats.rows, columns: floats.columns, format: format))
        }
        self.quantized = quantized
    }

    /// Activations with a matrix of their own.
    public convenience init(columns: Int, for formats: Set<PackedFormat>) throws(KernelError) {
        try self.init(FloatMatrix(rows: 0, columns: columns), for: formats)
    }

    public var rows: Int { self.floats.rows }

    /// Makes it `rows` rows; what they hold is undefined afterwards.
    public func setRows(_ rows: Int) throws(KernelError) {
        try self.floats.setRows(rows)
        for form in self.quantized { try form.setRows(rows) }
    }

    /// What a product with weights of `format` reads.
    func packedInput(for format: PackedFormat, rows: Range<Int>? = nil) -> PackedProduct.Input {
        guard format.isInteger else { return .floats(self.floats.view(rows: rows)) }
        guard let form = self.quantized.first(where: { $0.format == format }) else {
            preconditionFailure("activations that are not quantised for \(format) weights")
        }
        return .quantized(form, rows: rows ?? 0..<form.rows)
    }
}

extension TensorOperators {
    /// Brings the quantised rows up to date, after the f32 ones have been written.
    public func quantize(_ activations: Activations) {
        for form in activations.quantized { self.quantize(activations.floats.all, into: form) }
    }

    /// RMSNorm of each row, quantised while it is near: `output = input / sqrt(mean(input²) + epsilon) * weight`.
    ///
    /// - Parameters:
    ///   - input: As many columns as `weight`.
    ///   - weight: One row.
    ///   - epsilon: Added to the mean square.
    ///   - output: The shape of `input`, which may be its f32 rows. Overwritten.
    public func rmsNorm(_ input: FloatView, weight: WeightMatrix, epsilon: Float, into output: Activations) {
        self.rmsNorm(input, weight: weight, epsilon: epsilon, into: output.floats.all)
        self.quantize(output)
    }

    /// The SwiGLU activation: `gate = silu(gate) * up`.
    ///
    /// - Parameters:
    ///   - gate: Overwritten, with its quantised rows.
    ///   - up: The shape of `gate`.
    ///   - rows: Of both.
    public func swiGLU(gate: Activations, up: FloatMatrix, rows: Range<Int>) {
        let (gates, ups) = (gate.floats.view(rows: rows), up.view(rows: rows))
        guard let form = gate.quantized.first else { return self.swiGLU(gate: gates, up: ups) }
        precondition(gate.quantized.count == 1, "swiGLU: weights of one format read its result")
        self.swiGLU(gate: gates, up: ups, quantizingInto: form)
    }
}
