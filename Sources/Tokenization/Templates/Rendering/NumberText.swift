import Foundation

/// How Python writes floats.
enum NumberText {
    /// `repr(value)`: the shortest digits that read back as the same number; an exponent only for very large and very
    /// small ones.
    static func representation(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        let (digits, exponent) = self.shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        guard -4..<16 ~= exponent else { return sign + self.scientific(digits, exponent) }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        if digits.count <= exponent + 1 {
            return sign + digits + String(repeating: "0", count: exponent + 1 - digits.count) + ".0"
        }
        return sign + digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }

    /// `d.ddde+XX`.
    static func scientific(_ digits: String, _ exponent: Int) -> String {
        let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
        return digits.prefix(1) + fraction + self.exponentText(exponent)
    }

    static func exponentText(_ exponent: Int) -> String {
        let digits = String(exponent.magnitude)
        return "e" + (exponent < 0 ? "-" : "+") + (digits.count < 2 ? "0" : "") + digits
    }

    /// The shortest digits of a positive number, and the exponent of the first of them.
    static func shortest(_ value: Double) -> (digits: String, exponent: Int) {
        // Swift's own text has the same digits, laid out by other rules.
        let parts = "\(value)".split(separator: "e", maxSplits: 1)
        let written = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        return (digits, written + whole.count - 1 - leading)
    }

    // MARK: A given number of digits

    /// A finite number with `precision` digits behind the point, rounded to even from its exact value.
    static func fixed(_ magnitude: Double, precision: Int) -> String {
        String(format: "%.\(precision)f", magnitude)
    }

    /// `precision + 1` significant digits and the exponent of the first.
    static func significant(_ magnitude: Double, precision: Int) -> (digits: String, exponent: Int) {
        let parts = String(format: "%.\(precision)e", magnitude).split(separator: "e")
        return (parts[0].filter { $0 != "." }, Int(parts[1]) ?? 0)
    }

    /// `%g`: fixed or scientific, whichever suits; without trailing zeros unless `keepsZeros`.
    static func general(_ magnitude: Double, precision: Int, keepsZeros: Bool) -> String {
        let precision = max(precision, 1)
        let (digits, exponent) = self.significant(magnitude, precision: precision - 1)
        var kept = digits
        if !keepsZeros { while kept.count > 1, kept.hasSuffix("0") { kept.removeLast() } }
        guard -4..<precision ~= exponent else { return self.scientific(kept, exponent) }
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + kept }
        if kept.count <= exponent + 1 {
            let whole = kept + String(repeating: "0", count: exponent + 1 - kept.count)
            return keepsZeros && kept.count == exponent + 1 ? whole + "." : whole
        }
        return kept.prefix(exponent + 1) + "." + kept.dropFirst(exponent + 1)
    }

    /// Python's `round(value, places)`, exact for every number of places.
    static func rounded(_ value: Double, places: Int) -> Double {
        guard value.isFinite, places < 330 else { return value }
        if places >= 0 { return Double(self.fixed(value, precision: places)) ?? value }
        guard places > -330 else { return value.sign == .minus ? -0.0 : 0 }
        // The exact integer part decides, with the fraction to break a tie.
        let exact = self.fixed(value.magnitude, precision: 40)
        let whole = String(exact.prefix { $0 != "." })
        let cut = whole.count + places
        guard cut >= 0 else { return value.sign == .minus ? -0.0 : 0 }
        let rest = String(whole.dropFirst(cut)) + exact.drop { $0 != "." }.dropFirst()
        let half = "5" + String(repeating: "0", count: max(rest.count - 1, 0))
        var kept = cut == 0 ? "0" : String(whole.prefix(cut))
        let isOdd = kept.last?.wholeNumberValue.map { $0 % 2 == 1 } ?? false
        if rest > half || rest == half && isOdd { kept = self.incremented(kept) }
        return Double((value < 0 ? "-" : "") + kept + "e\(-places)") ?? value
    }

    private static func incremented(_ digits: String) -> String {
        var result = Array(digits.utf8)
        var position = result.count - 1
        while position >= 0 {
            if result[position] != UInt8(ascii: "9") {
                result[position] += 1
                return String(decoding: result, as: UTF8.self)
            }
            result[position] = UInt8(ascii: "0")
            position -= 1
        }
        return "1" + String(decoding: result, as: UTF8.self)
    }
}
