extension ValueFormat where Value == Int {
    /// A number of bytes, with or without a unit: `8GiB`, `14GB`, `1048576`.
    public static var bytes: ValueFormat {
        ValueFormat(
            placeholder: "BYTES",
            expected: "a number of bytes",
            example: "8GiB, 14GB or 1048576",
            parse: { ByteCountText.parse($0) },
            text: { ByteCountText.text(of: $0) }
        )
    }
}

/// Sizes as people write them in configurations.
public enum ByteCountText {
    private static let binaryUnits: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let decimalUnits: [(name: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000),
    ]

    static func parse(_ text: String) -> Int? {
        DecimalQuantity.parse(text) { unit in
            if unit.isEmpty || unit.lowercased() == "b" { return 1 }
            return (self.binaryUnits + self.decimalUnits).first { $0.name.lowercased() == unit.lowercased() }?.bytes
        }
    }

    /// Exactly, in the largest unit of which it is a whole number.
    static func text(of bytes: Int) -> String {
        guard bytes != 0, let unit = (self.binaryUnits + self.decimalUnits).first(where: { bytes % $0.bytes == 0 })
        else {
            return String(bytes)
        }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
