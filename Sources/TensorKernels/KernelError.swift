/// What can go wrong below the model: memory, or weights that are no numbers; shapes are checked when weights are opened.
public enum KernelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system has no `bytes` for one matrix.
    case outOfMemory(bytes: Int)
    /// A weight that was to be packed is infinite, or no number, or too large for bf16.
    case notFinite(row: Int)

    public var description: String {
        switch self {
        case .outOfMemory(let bytes): "KernelError.outOfMemory: expected \(bytes) bytes in one piece, got none"
        case .notFinite(let row): "KernelError.notFinite: expected finite weights, got one that is not in row \(row)"
        }
    }
}
