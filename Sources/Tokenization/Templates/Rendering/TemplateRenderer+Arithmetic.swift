import Foundation

// Python's arithmetic on numbers, texts and sequences.

extension TemplateRenderer {
    func signed(_ value: TemplateValue, isNegative: Bool) throws(TemplateError) -> TemplateValue {
        switch TemplateNumber(value) {
        case .integer(let value):
            guard isNegative else { return .integer(value) }
            guard value != .min else { throw TemplateError.tooLargeInteger }
            return .integer(-value)
        case .double(let value): return .double(isNegative ? -value : value)
        case nil:
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("bad operand type for unary \(isNegative ? "-" : "+"): '\(value.typeName)'")
        }
    }

    func apply(
        _ operation: BinaryOperator,
        _ left: TemplateValue,
        _ right: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        if operation == .add, case .string(let left) = left, case .string(let right) = right {
            return try self.string(left + right)
        }
        if let left = TemplateNumber(left), let right = TemplateNumber(right) {
            return try Self.apply(operation, left, right)
        }
        switch operation {
        case .add: if let sum = try self.concatenated(left, right) { return sum }
        case .multiply: if let product = try self.repeated(left, right) { return product }
        case .remainder:
            switch left {
            case .string(let format): return try self.string(try self.percentFormatted(format, right, isMarkup: false))
            case .markup(let format): return .markup(try self.percentFormatted(format, right, isMarkup: true))
            default: break
            }
        default: break
        }
        if case .undefined(let undefined) = left { throw undefined.error }
        if case .undefined(let undefined) = right { throw undefined.error }
        throw .runtime(
            "unsupported operand type(s) for \(operation.rawValue): '\(left.typeName)' and '\(right.typeName)'"
        )
    }

    // MARK: Sequences

    private func concatenated(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> TemplateValue? {
        switch (left, right) {
        case (.markup(let left), .markup(let right)):
            try self.charge(bytes: left.utf8.count + right.utf8.count)
            return .markup(left + right)
        case (.markup(let left), .string(let right)): return .markup(left + (try self.escaped(right)))
        case (.string(let left), .markup(let right)): return .markup((try self.escaped(left)) + right)
        case (.list(let left), .list(let right)): return try self.list(left.elements + right.elements)
        case (.tuple(let left), .tuple(let right)): return try self.tuple(left.elements + right.elements)
        case (.string, _) where !right.isUndefined:
            throw .runtime("can only concatenate str (not \"\(right.typeName)\") to str")
        case (.list, _) where !right.isUndefined:
            throw .runtime("can only concatenate list (not \"\(right.typeName)\") to list")
        default: return nil
        }
    }

    private func repeated(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> TemplateValue? {
        guard let (sequence, count) = right.index.map({ (left, $0) }) ?? left.index.map({ (right, $0) }) else {
            return nil
        }
        let times = max(count, 0)
        switch sequence {
        case .string(let text): return .string(try self.repeated(text, times))
        case .markup(let text): return .markup(try self.repeated(text, times))
        case .list(let list): return try self.list(try self.repeated(list.elements, times))
        case .tuple(let tuple): return try self.tuple(try self.repeated(tuple.elements, times))
        default: return nil
        }
    }

    func repeated(_ text: String, _ times: Int) throws(TemplateError) -> String {
        try self.charge(bytes: text.utf8.count.multipliedSaturating(by: times))
        return String(repeating: text, count: text.isEmpty ? 0 : times)
    }

    private func repeated(_ elements: [TemplateValue], _ times: Int) throws(TemplateError) -> [TemplateValue] {
        let count = elements.count.multipliedSaturating(by: times)
        try self.charge(bytes: count.multipliedSaturating(by: 24))
        var result: [TemplateValue] = []
        result.reserveCapacity(count)
        if !elements.isEmpty { for _ in 0..<times { result += elements } }
        return result
    }

    // MARK: Numbers

    private static func apply(
        _ operation: BinaryOperator,
        _ left: TemplateNumber,
        _ right: TemplateNumber
    ) throws(TemplateError) -> TemplateValue {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): return try self.apply(operation, left, right)
        default: return try self.apply(operation, left.double, right.double)
        }
    }

    private static func apply(
        _ operation: BinaryOperator,
        _ left: Int,
        _ right: Int
    ) throws(TemplateError) -> TemplateValue {
        switch operation {
        case .add: return try self.checked(left.addingReportingOverflow(right))
        case .subtract: return try self.checked(left.subtractingReportingOverflow(right))
        case .multiply: return try self.checked(left.multipliedReportingOverflow(by: right))
        case .divide:
            guard right != 0 else { throw .runtime("division by zero") }
            return .double(Double(left) / Double(right))
        case .floorDivide, .remainder:
            guard right != 0 else { throw .runtime("integer division or modulo by zero") }
            guard right != -1 else {
                return operation == .remainder ? .integer(0) : try self.checked(0.subtractingReportingOverflow(left))
            }
            let (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
            // Python rounds down, so the remainder has the divisor's sign.
            let isOff = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .remainder { return .integer(isOff ? remainder + right : remainder) }
            return .integer(isOff ? quotient - 1 : quotient)
        case .power:
            guard right >= 0 else { return try self.apply(operation, Double(left), Double(right)) }
            return .integer(try self.power(left, right))
        }
    }

    private static func checked(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> TemplateValue {
        guard !result.overflow else { throw TemplateError.tooLargeInteger }
        return .integer(result.partialValue)
    }

    static func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
        if exponent == 0 { return 1 }
        if base == 0 || base == 1 { return base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        guard exponent < 64 else { throw TemplateError.tooLargeInteger }
        var result = 1
        for _ in 0..<exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            guard !overflow else { throw TemplateError.tooLargeInteger }
            result = product
        }
        return result
    }

    private static func apply(
        _ operation: BinaryOperator,
        _ left: Double,
        _ right: Double
    ) throws(TemplateError) -> TemplateValue {
        switch operation {
        case .add: return .double(left + right)
        case .subtract: return .double(left - right)
        case .multiply: return .double(left * right)
        case .divide:
            guard right != 0 else { throw .runtime("float division by zero") }
            return .double(left / right)
        case .floorDivide, .remainder:
            guard right != 0 else { throw .runtime("float floor division by zero") }
            let (quotient, remainder) = self.divided(left, right)
            return .double(operation == .remainder ? remainder : quotient)
        case .power:
            if left == 0, right < 0 { throw .runtime("0.0 cannot be raised to a negative power") }
            if left < 0, left.isFinite, right.isFinite, right.rounded() != right {
                throw .unsupported("complex numbers")
            }
            let result = pow(left, right)
            if result.isInfinite, left.isFinite, right.isFinite { throw .runtime("Numerical result out of range") }
            return .double(result)
        }
    }

    /// Floor division and remainder of floats; the remainder is computed exactly and has the divisor's sign.
    private static func divided(_ left: Double, _ right: Double) -> (quotient: Double, remainder: Double) {
        var remainder = fmod(left, right)
        var quotient = (left - remainder) / right
        if remainder != 0 {
            if (right < 0) != (remainder < 0) {
                remainder += right
                quotient -= 1
            }
        } else {
            remainder = right.sign == .minus ? -0.0 : 0.0
        }
        guard quotient != 0 else { return ((left / right).sign == .minus ? -0.0 : 0.0, remainder) }
        var floored = quotient.rounded(.down)
        if quotient - floored > 0.5 { floored += 1 }
        return (floored, remainder)
    }
}

extension Int {
    /// The product, or the largest integer where it does not fit.
    func multipliedSaturating(by other: Int) -> Int {
        let (product, overflow) = self.multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
