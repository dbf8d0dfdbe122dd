// `text % values`.

extension TemplateRenderer {
    func percentFormatted(
        _ format: String,
        _ values: TemplateValue,
        isMarkup: Bool
    ) throws(TemplateError) -> String {
        var formatter = PercentFormatter(Array(format.unicodeScalars), values, isMarkup: isMarkup)
        return try formatter.run(self)
    }
}

private struct PercentFormatter {
    private let format: [Unicode.Scalar]
    private var cursor = 0
    private let isMarkup: Bool
    /// What `%(name)s` looks into, and what makes leftover values no error.
    private let mapping: TemplateValue?
    private var values: [TemplateValue]
    private var position = 0
    private var output = ""

    init(_ format: [Unicode.Scalar], _ values: TemplateValue, isMarkup: Bool) {
        self.format = format
        self.isMarkup = isMarkup
        switch values {
        case .tuple(let tuple):
            self.mapping = nil
            self.values = tuple.elements
        case .mapping, .list, .range, .undefined:
            self.mapping = values
            self.values = [values]
        default:
            self.mapping = nil
            self.values = [values]
        }
    }

    mutating func run(_ renderer: TemplateRenderer) throws(TemplateError) -> String {
        try renderer.charge(bytes: self.format.count)
        while self.cursor < self.format.count {
            let scalar = self.format[self.cursor]
            self.cursor += 1
            if scalar == "%" {
                try self.field(renderer)
            } else {
                self.output.unicodeScalars.append(scalar)
            }
        }
        if self.mapping == nil, self.position < self.values.count {
            throw .runtime("not all arguments converted during string formatting")
        }
        return self.output
    }

    private func peek() throws(TemplateError) -> Unicode.Scalar {
        guard self.cursor < self.format.count else { throw .runtime("incomplete format") }
        return self.format[self.cursor]
    }

    private mutating func next() throws(TemplateError) -> TemplateValue {
        guard self.position < self.values.count else { throw .runtime("not enough arguments for format string") }
        self.position += 1
        return self.values[self.position - 1]
    }

    private mutating func field(_ renderer: TemplateRenderer) throws(TemplateError) {
        var named: TemplateValue?
        if try self.peek() == "(" { named = try self.namedValue(renderer) }
        var specification = FormatSpecification()
        try self.readFlags(&specification)
        if let width = try self.readNumber() {
            if width < 0 { specification.alignment = .left }
            specification.width = Int(width.magnitude)
        }
        if try self.peek() == "." {
            self.cursor += 1
            specification.precision = max(try self.readNumber() ?? 0, 0)
        }
        var type = try self.peek()
        while type == "l" || type == "h" || type == "L" {
            self.cursor += 1
            type = try self.peek()
        }
        self.cursor += 1
        if specification.alignment == .left { specification.isZeroPadded = false }
        if type == "%" { return self.output += "%" }
        let value: TemplateValue
        if let named { value = named } else { value = try self.next() }
        self.output += try self.converted(value, type, &specification, renderer)
    }

    private mutating func namedValue(_ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue {
        guard let mapping = self.mapping else { throw .runtime("format requires a mapping") }
        self.cursor += 1
        var name = String.UnicodeScalarView()
        var depth = 1
        while true {
            guard self.cursor < self.format.count else { throw .runtime("incomplete format key") }
            let scalar = self.format[self.cursor]
            self.cursor += 1
            if scalar == "(" { depth += 1 }
            if scalar == ")" { depth -= 1 }
            if depth == 0 { break }
            name.append(scalar)
        }
        // A mapping as a whole counts as used.
        self.position = self.values.count
        guard case .mapping(let members) = mapping, let value = members.value(forText: String(name)) else {
            if case .undefined(let undefined) = mapping { throw undefined.error }
            throw .runtime("KeyError: '\(name)'")
        }
        return value
    }

    private mutating func readFlags(_ specification: inout FormatSpecification) throws(TemplateError) {
        while true {
            switch try self.peek() {
            case "-": specification.alignment = .left
            case "+": specification.sign = "+"
            case " ": if specification.sign != "+" { specification.sign = " " }
            case "#": specification.isAlternate = true
            case "0": specification.isZeroPadded = true
            default: return
            }
            self.cursor += 1
        }
    }

    /// A width or precision; `*` takes it from the values.
    private mutating func readNumber() throws(TemplateError) -> Int? {
        if try self.peek() == "*" {
            self.cursor += 1
            guard let number = try self.next().index else { throw .runtime("* wants int") }
            guard -FormatSpecification.widthLimit...FormatSpecification.widthLimit ~= number else {
                throw .runtime("width too big")
            }
            return number
        }
        var number: Int?
        while self.cursor < self.format.count, "0"..."9" ~= self.format[self.cursor] {
            number = (number ?? 0) * 10 + Int(self.format[self.cursor].value - 0x30)
            guard number ?? 0 <= FormatSpecification.widthLimit else { throw .runtime("width too big") }
            self.cursor += 1
        }
        return number
    }

    private func converted(
        _ value: TemplateValue,
        _ type: Unicode.Scalar,
        _ specification: inout FormatSpecification,
        _ renderer: TemplateRenderer
    ) throws(TemplateError) -> String {
        switch type {
        case "s", "r", "a":
            var text: String
            switch type {
            case "s": text = self.isMarkup ? try renderer.escapedText(of: value) : try renderer.text(of: value)
            case "r": text = try renderer.representation(of: value)
            default: text = PythonText.asciiOnly(try renderer.representation(of: value))
            }
            if self.isMarkup, type != "s" { text = try renderer.escaped(text) }
            var plain = FormatSpecification()
            plain.width = specification.width
            plain.precision = specification.precision
            plain.alignment = specification.alignment ?? .right
            return try renderer.format(text, plain)
        case "c": return try self.character(value, specification, renderer)
        case "d", "i", "u", "x", "X", "o":
            return try self.integer(value, type, &specification, renderer)
        case "e", "E", "f", "F", "g", "G":
            guard let number = TemplateNumber(value) else {
                if case .undefined(let undefined) = value { throw undefined.error }
                throw .runtime("must be real number, not \(value.typeName)")
            }
            specification.type = type
            return try renderer.format(.double(number.double), specification)
        default: throw .runtime("unsupported format character '\(type)'")
        }
    }

    private func character(
        _ value: TemplateValue,
        _ specification: FormatSpecification,
        _ renderer: TemplateRenderer
    ) throws(TemplateError) -> String {
        var plain = FormatSpecification()
        plain.width = specification.width
        plain.alignment = specification.alignment ?? .right
        if let text = value.text, text.unicodeScalars.count == 1 { return try renderer.format(text, plain) }
        guard let code = value.index, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else {
            throw .runtime("%c requires int or char")
        }
        return try renderer.format(String(scalar), plain)
    }

    private func integer(
        _ value: TemplateValue,
        _ type: Unicode.Scalar,
        _ specification: inout FormatSpecification,
        _ renderer: TemplateRenderer
    ) throws(TemplateError) -> String {
        let integer: Int
        switch TemplateNumber(value) {
        case .integer(let value): integer = value
        case .double(let value) where type == "d" || type == "i" || type == "u":
            guard value.isFinite else { throw .runtime("cannot convert float infinity or NaN to integer") }
            guard let whole = Int(exactly: value.rounded(.towardZero)) else { throw TemplateError.tooLargeInteger }
            integer = whole
        default:
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("%\(type) format: a number is required, not \(value.typeName)")
        }
        specification.type = type == "i" || type == "u" ? "d" : type
        guard let precision = specification.precision else {
            return try renderer.format(.integer(integer), specification)
        }
        // A precision is the least number of digits.
        specification.precision = nil
        var bare = FormatSpecification()
        bare.type = specification.type
        let digits = try renderer.format(.integer(abs(integer)), bare)
        let zeros = try renderer.repeated("0", max(precision - digits.count, 0))
        let sign = integer < 0 ? "-" : specification.sign == "-" ? "" : String(specification.sign)
        let prefix = specification.isAlternate && type != "d" ? "0\(type)" : ""
        let isLeft = specification.alignment == .left
        let isZeroPadded = specification.isZeroPadded && !isLeft
        let lead = sign + prefix
        return try isZeroPadded
            ? lead + renderer.padded(zeros + digits, width: specification.width - lead.count, fill: "0") { $0 }
            : renderer.padded(lead + zeros + digits, width: specification.width, fill: " ") { isLeft ? 0 : $0 }
    }
}
