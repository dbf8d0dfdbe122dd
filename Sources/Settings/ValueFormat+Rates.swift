extension ValueFormat where Value == Int {
    /// Bytes per second: `14GB/s`, `900MiB/s`.
    public static var byteRate: ValueFormat {
        ValueFormat(
            placeholder: "BYTES/s",
            expected: "a number of bytes per second",
            example: "14GB/s or 900MB/s",
            parse: { text in
                let bytes = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
                return ByteCountText.parse(bytes).flatMap { $0 > 0 ? $0 : nil }
            },
            text: { ByteCountText.text(of: $0) + "/s" }
        )
    }

    /// Operations per second: `49T`, `800G`.
    public static var operationRate: ValueFormat {
        let units = ["T": 1_000_000_000_000, "G": 1_000_000_000]
        return ValueFormat(
            placeholder: "N",
            expected: "a number of operations per second",
            example: "49T or 800G",
            parse: { text in DecimalQuantity.parse(text) { units[$0.uppercased()] }.flatMap { $0 > 0 ? $0 : nil } },
            text: { "\($0 / 1_000_000_000)G" }
        )
    }
}
