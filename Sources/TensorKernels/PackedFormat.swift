import CDureKernels

/// How packed weights lie in memory and in a pack's files, and what they are rounded to.
///
/// The layouts are drawn in `dure_packed.h`. The raw value is a format's name in files and commands.
public enum PackedFormat: String, Sendable, Hashable, CaseIterable {
    case bf16
    /// Eight bits, one scale per output.
    case int8
    /// Four bits, one scale per output and 32 inputs.
    case int4g32 = "int4-g32"
    /// Four bits, one scale per output and 64 inputs.
    case int4g64 = "int4-g64"

    /// More inputs than any model has; exact sums of 8-bit products fit 32 bits up to here.
    public static let maximumColumns = Int(DURE_MOST_INPUTS)

    /// Outputs that lie together: a matrix can be packed, read and computed in ranges of whole panels.
    public var panelOutputs: Int { Int(dure_panel_outputs(self.raw)) }

    /// Whether products take ``QuantizedRows``, and not f32.
    public var isInteger: Bool { self != .bf16 }

    /// What the rest of a model is packed in where its routed experts are in this format: eight bits at least.
    public var trunkFormat: PackedFormat { self == .bf16 ? .bf16 : .int8 }

    /// Inputs that share one scale of activations; nil: all of a row's.
    public var groupInputs: Int? {
        switch self {
        case .bf16, .int8: nil
        case .int4g32, .int4g64: Int(dure_input_step(self.raw))
        }
    }

    /// Panels that `rows` outputs fill.
    public func panelCount(rows: Int) -> Int { (rows + self.panelOutputs - 1) / self.panelOutputs }

    /// Bytes of one panel with `columns` inputs.
    public func panelBytes(columns: Int) -> Int { Int(dure_panel_bytes(self.raw, Int64(columns))) }

    var raw: dure_format {
        switch self {
        case .bf16: DURE_PACKED_BF16
        case .int8: DURE_PACKED_INT8
        case .int4g32: DURE_PACKED_INT4_G32
        case .int4g64: DURE_PACKED_INT4_G64
        }
    }
}

/// How a weight becomes an integer.
public enum PackedRounding: String, Sendable, Hashable, CaseIterable {
    /// The scale comes from the largest weight.
    case nearest
    /// Each group of int4 takes the scale that makes its squared error smallest; other formats as `nearest`.
    case searched
}
