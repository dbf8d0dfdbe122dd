import Foundation

// Filters that give numbers.

extension TemplateRenderer {
    func numberFilter(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .abs:
            _ = try arguments.unnamed("abs", 0...0)
            switch TemplateNumber(value) {
            case .integer(let value): return try self.signed(.integer(value), isNegative: value < 0)
            case .double(let value): return .double(value.magnitude)
            case nil: throw .runtime("bad operand type for abs(): '\(value.typeName)'")
            }
        case .float:
            let values = try arguments.bound("float", ["default"])
            return try self.double(of: value).map(TemplateValue.double) ?? values[0] ?? .double(0)
        case .int: return try self.integer(value, arguments)
        case .round: return try self.rounded(value, arguments)
        default: return try self.sum(value, arguments)
        }
    }

    // MARK: Conversions

    /// Python's `float(value)`; nil where that fails in a way that a default stands in for.
    func double(of value: TemplateValue) throws(TemplateError) -> Double? {
        if let number = TemplateNumber(value) { return number.double }
        if case .undefined(let undefined) = value { throw undefined.error }
        return value.text.flatMap(NumberParser.double)
    }

    private func integer(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let values = try arguments.bound("int", ["default", "base"])
        let fallback = values[0] ?? .integer(0)
        let base = try values[1]?.integerArgument() ?? 10
        switch TemplateNumber(value) {
        case .integer(let value): return .integer(value)
        case .double(let value):
            if value.isNaN { return fallback }
            guard value.isFinite else { throw .runtime("cannot convert float infinity to integer") }
            return try Self.whole(value)
        case nil: break
        }
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let text = value.text else { return fallback }
        if let integer = try NumberParser.integer(text, base: base) { return .integer(integer) }
        // "42.23" is a number, too.
        guard let double = NumberParser.double(text), double.isFinite else { return fallback }
        return try Self.whole(double)
    }

    private static func whole(_ value: Double) throws(TemplateError) -> TemplateValue {
        guard let whole = Int(exactly: value.rounded(.towardZero)) else { throw TemplateError.tooLargeInteger }
        return .integer(whole)
    }

    private func rounded(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let values = try arguments.bound("round", ["precision", "method"])
        let method = values[1]?.text ?? (values[1] == nil ? "common" : "")
        guard method == "common" || method == "ceil" || method == "floor" else {
            throw .runtime("method must be common, ceil or floor")
        }
        guard let number = TemplateNumber(value) else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("type \(value.typeName) doesn't define __round__ method")
        }
        guard method == "common" else {
            let places = try (values[0] ?? .integer(0)).integerArgument()
            let factor = try self.apply(.power, .integer(10), .integer(places))
            guard let product = TemplateNumber(try self.apply(.multiply, value, factor))?.double else { return value }
            guard product.isFinite else { throw .runtime("cannot convert float infinity or NaN to integer") }
            let whole = try Self.whole(product.rounded(method == "ceil" ? .up : .down))
            return try self.apply(.divide, whole, factor)
        }
        if let precision = values[0], precision.isNone {
            return try Self.whole(number.double.rounded(.toNearestOrEven))
        }
        let places = try (values[0] ?? .integer(0)).integerArgument()
        switch number {
        case .double(let value): return .double(NumberText.rounded(value, places: places))
        case .integer(let value):
            guard places < 0, value != 0 else { return .integer(value) }
            guard places > -19 else { return .integer(0) }
            let unit = try Self.power(10, -places)
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
            let twice = remainder.magnitude * 2
            let isAway = twice > unit.magnitude || twice == unit.magnitude && quotient % 2 != 0
            return try self.apply(.multiply, .integer(isAway ? quotient + value.signum() : quotient), .integer(unit))
        }
    }

    private func sum(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
        let values = try arguments.bound("sum", ["attribute", "start"])
        var total = values[1] ?? .integer(0)
        if total.text != nil { throw .runtime("sum() can't sum strings [use ''.join(seq) instead]") }
        let path = values[0].flatMap { $0.isNone ? nil : $0 }
        let iterator = try self.iterator(over: value)
        while var element = try iterator.next(self) {
            try self.charge(steps: 1)
            if let path { element = try self.value(at: try AttributePath(path), of: element) }
            total = try self.apply(.add, total, element)
        }
        return total
    }
}

/// Numbers as Python reads them from texts.
enum NumberParser {
    /// Digits with single `_` between them, without those; nil for anything else.
    private static func digits(_ text: Substring, isFirst: Bool = true) -> String? {
        var output = ""
        var wasDigit = !isFirst
        for scalar in text.unicodeScalars {
            if scalar == "_" {
                guard wasDigit else { return nil }
                wasDigit = false
            } else {
                guard let digit = self.digit(scalar) else { return nil }
                output.unicodeScalars.append(digit)
                wasDigit = true
            }
        }
        return wasDigit ? output : nil
    }

    /// ASCII's letter or digit; other scripts' digits stand for ASCII's.
    private static func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        if scalar.isASCII { return scalar.properties.isAlphabetic || "0"..."9" ~= scalar ? scalar : nil }
        guard scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else { return nil }
        return Unicode.Scalar(UInt8(ascii: "0") + UInt8(value))
    }

    /// Python's `int(text, base)`.
    static func integer(_ text: String, base: Int) throws(TemplateError) -> Int? {
        guard base == 0 || 2...36 ~= base else { throw .runtime("int() base must be >= 2 and <= 36, or 0") }
        var rest = Substring(TextPieces.stripped(text, nil))
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        var radix = base
        var hasPrefix = false
        for (prefix, value) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if base == value || base == 0, rest.prefix(2).lowercased() == prefix {
                rest = rest.dropFirst(2)
                radix = value
                hasPrefix = true
            }
        }
        guard let digits = self.digits(rest, isFirst: !hasPrefix) else { return nil }
        if radix == 0 {
            if digits.hasPrefix("0"), digits.contains(where: { $0 != "0" }) { return nil }
            radix = 10
        }
        guard digits.allSatisfy({ $0.hexOrLetterValue.map { $0 < radix } ?? false }) else { return nil }
        guard let value = Int((isNegative ? "-" : "") + digits, radix: radix) else {
            throw TemplateError.tooLargeInteger
        }
        return value
    }

    /// Python's `float(text)`.
    static func double(_ text: String) -> Double? {
        var rest = Substring(TextPieces.stripped(text, nil))
        let sign = rest.hasPrefix("-") ? "-" : ""
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest = rest.dropFirst() }
        switch rest.lowercased() {
        case "inf", "infinity": return sign.isEmpty ? .infinity : -.infinity
        case "nan": return .nan
        default: break
        }
        let parts = rest.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var literal = sign
        for (position, part) in mantissa.enumerated() {
            if position > 0 { literal += "." }
            guard !part.isEmpty else {
                literal += "0"
                continue
            }
            guard let digits = self.digits(part), digits.allSatisfy({ "0"..."9" ~= $0 }) else { return nil }
            literal += digits
        }
        guard mantissa.contains(where: { !$0.isEmpty }) else { return nil }
        if parts.count > 1 {
            let exponent = parts[1]
            let hasSign = exponent.hasPrefix("-") || exponent.hasPrefix("+")
            guard let digits = self.digits(hasSign ? exponent.dropFirst() : exponent),
                digits.allSatisfy({ "0"..."9" ~= $0 })
            else { return nil }
            literal += "e" + (exponent.hasPrefix("-") ? "-" : "") + digits
        }
        return Double(literal)
    }
}

extension Character {
    fileprivate var hexOrLetterValue: Int? {
        guard let byte = self.asciiValue else { return nil }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return Int(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return Int(byte) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return Int(byte) - 0x41 + 10
        default: return nil
        }
    }
}
