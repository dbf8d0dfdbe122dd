/// How the elements of a weight lie in memory.
///
/// Arithmetic is always f32: the kernels widen as they read.
public enum ElementType: Sendable, Equatable {
    case f32
    case bf16
    case f16

    public var bytes: Int {
        switch self {
        case .f32: 4
        case .bf16, .f16: 2
        }
    }
}

/// A read-only weight, `[rows, columns]`, row-major: a view into memory that `owner` keeps mapped.
///
/// `rows` counts outputs and `columns` inputs, as PyTorch's `Linear` stores them. A vector is one row.
/// Copying a view copies no weights.
@safe
public struct WeightMatrix: @unchecked Sendable {
    public let rows: Int
    public let columns: Int
    public let element: ElementType
    /// First element; little-endian; may lie at an odd address, where a file's header ends.
    let base: UnsafeRawPointer
    /// Keeps the memory behind `base` valid and unchanged for as long as the view lives.
    let owner: any AnyObject & Sendable

    /// Makes a view; nothing is read.
    ///
    /// - Parameters:
    ///   - base: `rows * columns` elements that never change while `owner` lives.
    ///   - rows: Outputs; 1 for a vector.
    ///   - columns: Inputs.
    ///   - element: How each element lies in memory.
    ///   - owner: What unmaps or frees that memory when it is released.
    @unsafe
    public init(base: UnsafeRawPointer, rows: Int, columns: Int, element: ElementType, owner: any AnyObject & Sendable)
    {
        precondition(rows >= 0 && columns >= 0)
        // Safe: the address is only kept here; `owner` keeps what it points to.
        unsafe self.base = base
        self.rows = rows
        self.columns = columns
        self.element = element
        self.owner = owner
    }
}
