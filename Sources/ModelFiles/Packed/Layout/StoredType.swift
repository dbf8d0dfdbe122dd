import TensorKernels

/// How a tensor of a pack lies in its file.
enum StoredType: Sendable, Equatable {
    /// Row-major elements, as in a checkpoint.
    case plain(ElementType)
    /// In the kernels' layout.
    case packed(PackedFormat)

    /// `BF16`, `F16` and `F32` as in safetensors headers; `packed-int8` and so on.
    var name: String {
        switch self {
        case .plain(let element): element.safetensorsName
        case .packed(let format): Self.prefix + format.rawValue
        }
    }

    private static let prefix = "packed-"

    init?(name: String) {
        if name.hasPrefix(Self.prefix) {
            guard let format = PackedFormat(rawValue: String(name.dropFirst(Self.prefix.count))) else { return nil }
            self = .packed(format)
        } else {
            guard let element = TensorType(rawValue: name)?.element else { return nil }
            self = .plain(element)
        }
    }

    func bytes(rows: Int, columns: Int) -> Int {
        switch self {
        case .plain(let element): rows * columns * element.bytes
        case .packed(let format): PackedMatrix.byteCount(format, rows: rows, columns: columns)
        }
    }
}

extension PackedFormat {
    /// In the binary headers of a pack.
    var code: UInt32 {
        switch self {
        case .bf16: 1
        case .int8: 2
        case .int4g32: 3
        case .int4g64: 4
        }
    }
}
