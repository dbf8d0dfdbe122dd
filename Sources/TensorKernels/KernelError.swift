/// What can go wrong below the model: nothing but memory, for shapes are checked when weights are opened.
public enum KernelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system has no `bytes` for one matrix.
    case outOfMemory(bytes: Int)

    public var description: String {
        switch self {
        case .outOfMemory(let bytes): "KernelError.outOfMemory: expected \(bytes) bytes in one piece, got none"
        }
    }
}
