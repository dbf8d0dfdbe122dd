/// Reads RFC 8259, strictly: one value, no trailing comma, no comment, no byte order mark, no duplicate key, only
/// finite numbers, only valid UTF-8.
///
/// Depth and size are bounded, so no input can exhaust the stack.
struct JSONParser {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var cursor = 0
    private var depth = 0

    static func parse(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                code: .tooLarge,
                message: "expected at most \(limits.bytes) bytes, got \(bytes.count)",
                byteOffset: limits.bytes
            )
        }
        var parser = JSONParser(bytes: bytes, limits: limits)
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.cursor == bytes.count else { throw parser.malformed("unexpected text after the value") }
        return value
    }

    private init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    private var next: UInt8? { self.cursor < self.bytes.count ? self.bytes[self.cursor] : nil }

    private func error(_ code: JSONError.Code, _ message: String) -> JSONError {
        JSONError(code: code, message: message, byteOffset: self.cursor)
    }

    private func malformed(_ message: String) -> JSONError {
        self.next == nil ? self.error(.malformed, "unexpected end of the text") : self.error(.malformed, message)
    }

    private mutating func skipSpace() {
        while let byte = self.next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.cursor += 1 }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch self.next {
        case UInt8(ascii: "{"): return .object(try self.object())
        case UInt8(ascii: "["): return .array(try self.array())
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return try self.number()
        default: throw self.malformed("expected a value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in word.description.utf8 {
            guard self.next == expected else { throw self.malformed("expected `\(word)`") }
            self.cursor += 1
        }
        return value
    }

    private mutating func enter() throws(JSONError) {
        self.depth += 1
        guard self.depth <= self.limits.depth else {
            throw self.error(.tooDeep, "nested deeper than \(self.limits.depth) levels")
        }
        self.cursor += 1
        self.skipSpace()
    }

    private mutating func leave() {
        self.depth -= 1
        self.cursor += 1
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try self.enter()
        var object = JSONObject()
        guard self.next != UInt8(ascii: "}") else {
            self.leave()
            return object
        }
        while true {
            guard self.next == UInt8(ascii: "\"") else { throw self.malformed("expected a key in double quotes") }
            let keyStart = self.cursor
            let key = try self.string()
            self.skipSpace()
            guard self.next == UInt8(ascii: ":") else { throw self.malformed("expected `:` after a key") }
            self.cursor += 1
            self.skipSpace()
            guard object.insert(key, try self.value()) else {
                throw JSONError(
                    code: .duplicateKey,
                    message: "duplicate key `\(key.prefix(64))`",
                    byteOffset: keyStart
                )
            }
            self.skipSpace()
            if self.next == UInt8(ascii: "}") {
                self.leave()
                return object
            }
            guard self.next == UInt8(ascii: ",") else { throw self.malformed("expected `,` or `}`") }
            self.cursor += 1
            self.skipSpace()
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try self.enter()
        var array: [JSONValue] = []
        guard self.next != UInt8(ascii: "]") else {
            self.leave()
            return array
        }
        while true {
            array.append(try self.value())
            self.skipSpace()
            if self.next == UInt8(ascii: "]") {
                self.leave()
                return array
            }
            guard self.next == UInt8(ascii: ",") else { throw self.malformed("expected `,` or `]`") }
            self.cursor += 1
            self.skipSpace()
        }
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        self.cursor += 1
        let start = self.cursor
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try self.text(self.bytes[start..<self.cursor], at: start)
                self.cursor += 1
                return text
            case UInt8(ascii: "\\"): return try self.escapedString(from: start)
            case 0..<0x20: throw self.error(.malformed, "a control character in a string must be escaped")
            default: self.cursor += 1
            }
        }
        throw self.malformed("")
    }

    /// Goes on with a string that has an escape at the cursor; `start` is its first byte.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var decoded = Array(self.bytes[start..<self.cursor])
        while let byte = self.next {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try self.text(decoded[...], at: start)
                self.cursor += 1
                return text
            case UInt8(ascii: "\\"):
                self.cursor += 1
                decoded.append(contentsOf: try self.escape())
            case 0..<0x20: throw self.error(.malformed, "a control character in a string must be escaped")
            default:
                decoded.append(byte)
                self.cursor += 1
            }
        }
        throw self.malformed("")
    }

    private func text(_ bytes: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONError(code: .invalidText, message: "a string is not valid UTF-8", byteOffset: start)
        }
        return text
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let byte = self.next else { throw self.malformed("") }
        self.cursor += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(try self.escapedScalar()).utf8)
        default:
            self.cursor -= 1
            throw self.error(.malformed, "unknown escape in a string")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = self.cursor - 2
        func lone() -> JSONError {
            JSONError(code: .invalidText, message: "half a surrogate pair in a string", byteOffset: start)
        }
        let first = try self.hexUnit()
        guard 0xD800..<0xE000 ~= first else {
            guard let scalar = Unicode.Scalar(first) else { throw lone() }
            return scalar
        }
        guard first < 0xDC00, self.next == UInt8(ascii: "\\"), self.cursor + 1 < self.bytes.count,
            self.bytes[self.cursor + 1] == UInt8(ascii: "u")
        else { throw lone() }
        self.cursor += 2
        let second = try self.hexUnit()
        guard 0xDC00..<0xE000 ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw lone() }
        return scalar
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = self.next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw self.malformed("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt32(digit)
            self.cursor += 1
        }
        return unit
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = self.cursor
        if self.next == UInt8(ascii: "-") { self.cursor += 1 }
        if self.next == UInt8(ascii: "0") {
            self.cursor += 1
            if let byte = self.next, Self.isDigit(byte) { throw self.error(.malformed, "a number has a leading zero") }
        } else {
            try self.digits()
        }
        var isInteger = true
        if self.next == UInt8(ascii: ".") {
            isInteger = false
            self.cursor += 1
            try self.digits()
        }
        if self.next == UInt8(ascii: "e") || self.next == UInt8(ascii: "E") {
            isInteger = false
            self.cursor += 1
            if self.next == UInt8(ascii: "+") || self.next == UInt8(ascii: "-") { self.cursor += 1 }
            try self.digits()
        }
        let literal = String(decoding: self.bytes[start..<self.cursor], as: UTF8.self)
        if isInteger, let integer = Int64(literal) { return .integer(integer) }
        guard let double = Double(literal), double.isFinite else {
            throw JSONError(code: .numberOutOfRange, message: "a number is out of range", byteOffset: start)
        }
        return .double(double)
    }

    private mutating func digits() throws(JSONError) {
        guard let first = self.next, Self.isDigit(first) else { throw self.malformed("expected a digit") }
        while let byte = self.next, Self.isDigit(byte) { self.cursor += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

extension JSONValue {
    /// Parses one JSON text.
    ///
    /// - Throws: ``JSONError``, naming the byte at which the text stops being acceptable.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONParser.parse(bytes, limits: limits)
    }

    public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONParser.parse(Array(text.utf8), limits: limits)
    }
}
