/// A number with a unit behind it, such as `250ms` or `1.5GiB`.
enum DecimalQuantity {
    /// Reads a number, with a fraction or without, and what stands behind it.
    ///
    /// - Parameters:
    ///   - text: The number's digits, an optional point and more digits, optional spaces, the unit.
    ///   - factor: How many base units one of a unit is; nil for no such unit.
    /// - Returns: The quantity in base units; nil if it is malformed, has a part of a base unit, or is too large.
    static func parse(_ text: String, factor: (String) -> Int?) -> Int? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = String(text[digits.endIndex...].drop { $0 == " " })
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Int($0) }), let factor = factor(unit) else { return nil }
        let (product, isTooLarge) = whole.multipliedReportingOverflow(by: factor)
        guard !isTooLarge else { return nil }
        guard parts.count == 2 else { return product }
        guard let fraction = self.fraction(parts[1], of: factor) else { return nil }
        let (sum, overflows) = product.addingReportingOverflow(fraction)
        return overflows ? nil : sum
    }

    private static func fraction(_ digits: Substring, of factor: Int) -> Int? {
        guard (1...9).contains(digits.count), let numerator = Int(digits) else { return nil }
        let denominator = digits.reduce(1) { power, _ in power * 10 }
        let (product, isTooLarge) = numerator.multipliedReportingOverflow(by: factor)
        guard !isTooLarge, product % denominator == 0 else { return nil }
        return product / denominator
    }
}
