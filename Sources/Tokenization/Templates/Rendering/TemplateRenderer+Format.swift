// Python's `format(value, specification)`, and numbers for the `%` operator.

extension TemplateRenderer {
    func formatted(_ value: TemplateValue, _ specification: String) throws(TemplateError) -> String {
        if specification.isEmpty { return try self.text(of: value) }
        switch value {
        case .string(let text), .markup(let text):
            return try self.format(text, try FormatSpecification(specification))
        case .integer, .bool, .double:
            guard let number = TemplateNumber(value) else { break }
            return try self.format(number, try FormatSpecification(specification))
        default: break
        }
        throw .runtime("unsupported format string passed to \(value.typeName).__format__")
    }

    // MARK: Texts

    func format(_ text: String, _ specification: FormatSpecification) throws(TemplateError) -> String {
        guard specification.type == nil || specification.type == "s" else {
            throw .runtime("Unknown format code '\(specification.type ?? "s")' for object of type 'str'")
        }
        guard specification.sign == "-", !specification.isAlternate, specification.separator == nil,
            specification.alignment != .afterSign
        else { throw .runtime("Format specifier not allowed for object of type 'str'") }
        var text = text
        if let precision = specification.precision {
            text = String(text.unicodeScalars.prefix(precision))
        }
        return try self.aligned(text, specification, fallback: .left)
    }

    private func aligned(
        _ text: String,
        _ specification: FormatSpecification,
        fallback: FormatSpecification.Alignment
    ) throws(TemplateError) -> String {
        try self.padded(text, width: specification.width, fill: String(specification.usedFill)) {
            switch specification.alignment ?? fallback {
            case .left: 0
            case .center: $0 / 2
            case .right, .afterSign: $0
            }
        }
    }

    // MARK: Numbers

    func format(_ number: TemplateNumber, _ specification: FormatSpecification) throws(TemplateError) -> String {
        switch (number, specification.type) {
        case (.integer(let value), nil), (.integer(let value), "d"), (.integer(let value), "b"),
            (.integer(let value), "o"), (.integer(let value), "x"), (.integer(let value), "X"),
            (.integer(let value), "n"):
            return try self.format(value, specification)
        case (.integer(let value), "c"):
            guard specification.precision == nil, specification.sign == "-",
                let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init)
            else { throw .runtime("%c arg not in range(0x110000)") }
            return try self.aligned(String(scalar), specification, fallback: .left)
        case (.double, nil), (_, "e"), (_, "E"), (_, "f"), (_, "F"), (_, "g"), (_, "G"), (_, "n"), (_, "%"):
            return try self.format(number.double, specification)
        default:
            let type = if case .integer = number { "int" } else { "float" }
            throw .runtime("Unknown format code '\(specification.type ?? "d")' for object of type '\(type)'")
        }
    }

    private func format(_ value: Int, _ specification: FormatSpecification) throws(TemplateError) -> String {
        guard specification.precision == nil else {
            throw .runtime("Precision not allowed in integer format specifier")
        }
        let (radix, prefix) =
            switch specification.type {
            case "b": (2, "0b")
            case "o": (8, "0o")
            case "x": (16, "0x")
            case "X": (16, "0X")
            default: (10, "")
            }
        if specification.separator == ",", radix != 10 { throw .runtime("Cannot specify ',' with that code.") }
        let digits = String(value.magnitude, radix: radix, uppercase: specification.type == "X")
        return try self.assembled(
            isNegative: value < 0,
            prefix: specification.isAlternate ? prefix : "",
            digits: digits,
            rest: "",
            groupSize: radix == 10 ? 3 : 4,
            specification
        )
    }

    private func format(_ value: Double, _ specification: FormatSpecification) throws(TemplateError) -> String {
        let isNegative = value.sign == .minus && !value.isNaN
        let isUpper = specification.type == "E" || specification.type == "F" || specification.type == "G"
        let isPercent = specification.type == "%"
        var text: String
        if value.isFinite {
            let magnitude = isPercent ? value.magnitude * 100 : value.magnitude
            text = Self.digits(magnitude, specification)
        } else {
            text = value.isNaN ? "nan" : "inf"
        }
        if isUpper { text = TextCase.upper(text) }
        let whole = value.isFinite ? String(text.prefix { $0.isNumber }) : text
        return try self.assembled(
            isNegative: isNegative,
            prefix: "",
            digits: whole,
            rest: text.dropFirst(whole.count) + (isPercent ? "%" : ""),
            groupSize: 3,
            specification
        )
    }

    /// A finite number's digits, without a sign.
    private static func digits(_ magnitude: Double, _ specification: FormatSpecification) -> String {
        let keepsPoint = specification.isAlternate
        switch specification.type {
        case nil:
            guard let precision = specification.precision else { return NumberText.representation(magnitude) }
            // Like `g`, but a number without a fraction keeps one zero, and an exponent comes one digit earlier.
            let (_, exponent) = NumberText.significant(magnitude, precision: max(precision, 1) - 1)
            let text = NumberText.general(magnitude, precision: precision, keepsZeros: keepsPoint)
            if text.contains("e") || text.contains(".") { return text }
            guard magnitude != 0, exponent >= max(precision, 1) - 1 else { return text + ".0" }
            var (digits, _) = NumberText.significant(magnitude, precision: max(precision, 1) - 1)
            while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
            return NumberText.scientific(digits, exponent)
        case "e", "E":
            let precision = specification.precision ?? 6
            let (digits, exponent) = NumberText.significant(magnitude, precision: precision)
            let point = precision == 0 && keepsPoint ? digits + "." : ""
            return point.isEmpty
                ? NumberText.scientific(digits, exponent) : point + NumberText.exponentText(exponent)
        case "g", "G", "n":
            return NumberText.general(magnitude, precision: specification.precision ?? 6, keepsZeros: keepsPoint)
        default:
            let precision = specification.precision ?? 6
            return NumberText.fixed(magnitude, precision: precision) + (precision == 0 && keepsPoint ? "." : "")
        }
    }

    private func assembled(
        isNegative: Bool,
        prefix: String,
        digits: String,
        rest: String,
        groupSize: Int,
        _ specification: FormatSpecification
    ) throws(TemplateError) -> String {
        let sign = isNegative ? "-" : specification.sign == "-" ? "" : String(specification.sign)
        let lead = sign + prefix
        let fill = specification.usedFill
        let alignment = specification.alignment ?? (specification.isZeroPadded ? .afterSign : .right)
        var body = digits
        if let separator = specification.separator, digits.utf8.first.map({ $0 < 0x3A }) == true {
            // Zeros in front are grouped like other digits.
            let room = fill == "0" && alignment == .afterSign ? specification.width - lead.count - rest.count : 0
            body = Self.grouped(digits, by: String(separator), groupSize, minimumWidth: room)
        }
        guard alignment == .afterSign else {
            return try self.aligned(lead + body + rest, specification, fallback: .right)
        }
        let width = specification.width - lead.unicodeScalars.count
        return lead + (try self.padded(body + rest, width: width, fill: String(fill)) { $0 })
    }

    private static func grouped(_ digits: String, by separator: String, _ size: Int, minimumWidth: Int) -> String {
        var digits = digits
        func width(_ count: Int) -> Int { count + (count - 1) / size }
        while width(digits.count) < minimumWidth { digits = "0" + digits }
        var output = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position) % size == 0 { output += separator }
            output.append(digit)
        }
        return output
    }
}
