// Names, numbers, strings and operators: what stands inside `{{ }}` and `{% %}`.

extension TemplateLexer {
    /// Reads one tag's code and its end.
    mutating func readCode(isBlock: Bool) throws(TemplateError) {
        self.add(isBlock ? .blockBegin : .variableBegin)
        // A closing brace inside brackets is an operator, not the tag's end.
        var expectedClosings: [TemplateSign] = []
        while self.cursor < self.source.count {
            if expectedClosings.isEmpty, let end = self.codeEnd(isBlock: isBlock) {
                self.add(isBlock ? .blockEnd : .variableEnd)
                return self.advance(to: end)
            }
            let afterSpace = self.skippingSpace(from: self.cursor)
            if afterSpace > self.cursor {
                self.advance(to: afterSpace)
            } else if let end = self.floatEnd() {
                try self.addDouble(upTo: end)
            } else if let (end, radix) = self.integerEnd() {
                try self.addInteger(upTo: end, radix: radix)
            } else if let end = self.nameEnd() {
                try self.addName(upTo: end)
            } else if let end = self.stringEnd() {
                let value = try TemplateLiteral.text(self.source[self.cursor + 1..<end - 1], line: self.line)
                self.add(.string(value))
                self.advance(to: end)
            } else {
                try self.readSign(&expectedClosings)
            }
        }
    }

    private func codeEnd(isBlock: Bool) -> Int? {
        if isBlock { return self.tagEnd("%}", at: self.cursor) }
        if self.matches("-}}", at: self.cursor) { return self.skippingSpace(from: self.cursor + 3) }
        return self.matches("}}", at: self.cursor) ? self.cursor + 2 : nil
    }

    // MARK: Signs

    private mutating func readSign(_ expectedClosings: inout [TemplateSign]) throws(TemplateError) {
        guard let sign = self.sign() else {
            let scalar = UTF8Text.scalar(in: self.source, at: self.cursor) ?? "\u{FFFD}"
            throw self.syntaxError("unexpected character '\(scalar)'")
        }
        if let closing = sign.closing {
            expectedClosings.append(closing)
        } else if sign.isClosing {
            guard let expected = expectedClosings.popLast() else {
                throw self.syntaxError("unexpected '\(sign.rawValue)'")
            }
            guard expected == sign else {
                throw self.syntaxError("unexpected '\(sign.rawValue)', expected '\(expected.rawValue)'")
            }
        }
        self.add(.sign(sign))
        self.advance(to: self.cursor + sign.rawValue.utf8.count)
    }

    private func sign() -> TemplateSign? {
        for length in [2, 1] where self.cursor + length <= self.source.count {
            // A split character is no operator.
            let text = String(decoding: self.source[self.cursor..<self.cursor + length], as: UTF8.self)
            if let sign = TemplateSign(rawValue: text) { return sign }
        }
        return nil
    }

    // MARK: Names

    private func nameEnd() -> Int? {
        var index = self.cursor
        while index < self.source.count, let scalar = UTF8Text.scalar(in: self.source, at: index),
            PythonCharacter.isWord(scalar)
        {
            index += UTF8.width(scalar)
        }
        return index > self.cursor ? index : nil
    }

    private mutating func addName(upTo end: Int) throws(TemplateError) {
        let name = self.text(self.cursor..<end)
        guard PythonCharacter.isIdentifier(name) else { throw self.syntaxError("Invalid character in identifier") }
        self.add(.name(name))
        self.advance(to: end)
    }

    // MARK: Strings

    private func stringEnd() -> Int? {
        guard let quote = self.byte(at: self.cursor), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            return nil
        }
        var index = self.cursor + 1
        while index < self.source.count {
            switch self.source[index] {
            case quote: return index + 1
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }

    // MARK: Numbers

    private func isDigit(at index: Int) -> Bool {
        guard let byte = self.byte(at: index) else { return false }
        return UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    /// The end of digits in which single `_` may stand; nil when there is no digit.
    private func digitsEnd(from start: Int, _ isDigit: (UInt8) -> Bool) -> Int? {
        guard let first = self.byte(at: start), isDigit(first) else { return nil }
        var index = start + 1
        while let byte = self.byte(at: index) {
            if isDigit(byte) {
                index += 1
            } else if byte == UInt8(ascii: "_"), let next = self.byte(at: index + 1), isDigit(next) {
                index += 2
            } else {
                break
            }
        }
        return index
    }

    private func decimalEnd(from start: Int) -> Int? {
        self.digitsEnd(from: start) { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    private func floatEnd() -> Int? {
        if self.cursor > 0, self.source[self.cursor - 1] == UInt8(ascii: ".") { return nil }
        guard let wholeEnd = self.decimalEnd(from: self.cursor) else { return nil }
        var end = wholeEnd
        if self.byte(at: end) == UInt8(ascii: "."), let fractionEnd = self.decimalEnd(from: end + 1) {
            end = fractionEnd
        }
        if let byte = self.byte(at: end), byte | 0x20 == UInt8(ascii: "e") {
            let sign = self.byte(at: end + 1)
            let hasSign = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
            if let exponentEnd = self.decimalEnd(from: end + (hasSign ? 2 : 1)) { return exponentEnd }
        }
        return end > wholeEnd ? end : nil
    }

    private func integerEnd() -> (end: Int, radix: Int)? {
        guard self.isDigit(at: self.cursor) else { return nil }
        guard self.source[self.cursor] == UInt8(ascii: "0") else {
            return self.decimalEnd(from: self.cursor).map { ($0, 10) }
        }
        let radix =
            switch self.byte(at: self.cursor + 1).map({ $0 | 0x20 }) {
            case UInt8(ascii: "b"): 2
            case UInt8(ascii: "o"): 8
            case UInt8(ascii: "x"): 16
            default: 10
            }
        if radix != 10 {
            let isSeparated = self.byte(at: self.cursor + 2) == UInt8(ascii: "_")
            let end = self.digitsEnd(from: self.cursor + (isSeparated ? 3 : 2)) { byte in
                byte < 0x80 && Character(Unicode.Scalar(byte)).hexDigitValue.map { $0 < radix } == true
            }
            if let end { return (end, radix) }
        }
        return self.digitsEnd(from: self.cursor) { $0 == UInt8(ascii: "0") }.map { ($0, 10) }
    }

    private mutating func addInteger(upTo end: Int, radix: Int) throws(TemplateError) {
        let start = self.cursor + (radix == 10 ? 0 : 2)
        guard let value = Int(self.text(start..<end).filter { $0 != "_" }, radix: radix) else {
            throw TemplateError.tooLargeInteger
        }
        self.add(.integer(value))
        self.advance(to: end)
    }

    private mutating func addDouble(upTo end: Int) throws(TemplateError) {
        guard let value = Double(self.text(self.cursor..<end).filter { $0 != "_" }) else {
            throw self.syntaxError("expected a number")
        }
        self.add(.double(value))
        self.advance(to: end)
    }
}

extension TemplateError {
    static let tooLargeInteger = TemplateError(
        .unsupported(construct: "integers of more than 64 bits"),
        "integers of more than 64 bits are not supported"
    )
}
