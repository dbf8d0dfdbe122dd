import TensorKernels

/// The arithmetic and the weights' form that a model is served in.
public enum Precision: String, Sendable, CaseIterable {
    /// The reference: f32 arithmetic over weights as they are on disk.
    case f32
    /// Weights rounded to bf16, f32 arithmetic.
    case bf16
    /// Weights and activations of eight bits.
    case int8
    /// Routed experts of four bits, everything else as `int8`.
    case int4

    /// What routed experts are packed in; nil where nothing is.
    var packedFormat: PackedFormat? {
        switch self {
        case .f32: nil
        case .bf16: .bf16
        case .int8: .int8
        case .int4: .int4g32
        }
    }

    /// Bits of a weight of a routed expert, scales aside.
    var weightBits: Int {
        switch self {
        case .f32: 32
        case .bf16: 16
        case .int8: 8
        case .int4: 4
        }
    }

    /// The precision of a pack whose routed experts are in `format`.
    init(_ format: PackedFormat) {
        switch format {
        case .bf16: self = .bf16
        case .int8: self = .int8
        case .int4g32, .int4g64: self = .int4
        }
    }
}
