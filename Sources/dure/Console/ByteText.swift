/// Sizes for people.
enum ByteText {
    private static let units = ["B", "KiB", "MiB", "GiB", "TiB"]

    /// In powers of 1024, as `7.6 KiB`.
    static func rounded(_ bytes: Int) -> String {
        var scaled = Double(bytes)
        var unit = 0
        // 1023.95 would be shown as 1024.0 of the smaller unit.
        while scaled >= 1023.95, unit + 1 < self.units.count {
            scaled /= 1024
            unit += 1
        }
        let tenths = Int((scaled * 10).rounded())
        return unit == 0 ? "\(bytes) B" : "\(tenths / 10).\(tenths % 10) \(self.units[unit])"
    }
}
