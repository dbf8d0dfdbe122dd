/// What stands behind the colon of a replacement field, such as `>10` or `+.2f`.
struct FormatSpecification {
    enum Alignment: Unicode.Scalar {
        case left = "<"
        case right = ">"
        case center = "^"
        /// Between the sign and the digits.
        case afterSign = "="
    }

    /// What fills the width; a space, or a zero for a width that starts with one.
    var fill: Unicode.Scalar?
    var alignment: Alignment?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var isZeroPadded = false
    var width = 0
    /// Between groups of digits; none unless it was asked for.
    var separator: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    var usedFill: Unicode.Scalar { self.fill ?? (self.isZeroPadded ? "0" : " ") }

    static let widthLimit = 1 << 20

    init() {}

    init(_ text: String) throws(TemplateError) {
        let scalars = Array(text.unicodeScalars)
        var cursor = 0
        func peek(_ distance: Int = 0) -> Unicode.Scalar? {
            cursor + distance < scalars.count ? scalars[cursor + distance] : nil
        }
        func number() throws(TemplateError) -> Int? {
            var value: Int?
            while let digit = peek(), "0"..."9" ~= digit {
                value = (value ?? 0) * 10 + Int(digit.value - 0x30)
                if value ?? 0 > Self.widthLimit { throw .runtime("Too many decimal digits in format string") }
                cursor += 1
            }
            return value
        }
        if let alignment = peek(1).flatMap(Alignment.init) {
            self.fill = scalars[cursor]
            self.alignment = alignment
            cursor += 2
        } else if let alignment = peek().flatMap(Alignment.init) {
            self.alignment = alignment
            cursor += 1
        }
        if let sign = peek(), sign == "+" || sign == "-" || sign == " " {
            self.sign = sign
            cursor += 1
        }
        if peek() == "#" {
            self.isAlternate = true
            cursor += 1
        }
        if peek() == "0" {
            self.isZeroPadded = true
            cursor += 1
        }
        self.width = try number() ?? 0
        if let separator = peek(), separator == "," || separator == "_" {
            self.separator = separator
            cursor += 1
        }
        if peek() == "." {
            cursor += 1
            guard let precision = try number() else { throw .runtime("Format specifier missing precision") }
            self.precision = precision
        }
        if let type = peek() {
            self.type = type
            cursor += 1
        }
        guard cursor == scalars.count else { throw .runtime("Invalid format specifier '\(text)'") }
    }
}
