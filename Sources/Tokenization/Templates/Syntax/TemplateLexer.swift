/// Cuts a template into tokens, with the whitespace rules that chat templates are written for.
///
/// A newline after a statement or comment goes away, so does the space between the start of a line and a tag;
/// `-` at a tag's border takes all white space there, `+` keeps it. The last newline of the file goes away, and every
/// line ends with `\n`, however the file writes it. This file has the text between tags; `+Code` what is inside.
struct TemplateLexer {
    let source: [UInt8]
    var cursor = 0
    var line = 1
    var tokens: [TemplateToken] = []
    /// Whether what was read last ended a line, which decides if a tag stands at a line's start.
    private var isLineStart = true

    static func tokens(of source: String) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(source: Self.normalized(source))
        try lexer.run()
        return lexer.tokens
    }

    private init(source: [UInt8]) { self.source = source }

    /// The source with `\n` as the only line end, and without its last one.
    private static func normalized(_ source: String) -> [UInt8] {
        var bytes = Self.newlinesNormalized(Array(source.utf8))
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }

    static func newlinesNormalized(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "\r")) else { return bytes }
        var normalized: [UInt8] = []
        normalized.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\r") {
                normalized.append(UInt8(ascii: "\n"))
            } else if byte != UInt8(ascii: "\n") || index == 0 || bytes[index - 1] != UInt8(ascii: "\r") {
                normalized.append(byte)
            }
        }
        return normalized
    }

    // MARK: Bytes

    func byte(at index: Int) -> UInt8? { index < self.source.count ? self.source[index] : nil }

    func matches(_ text: StaticString, at index: Int) -> Bool {
        var index = index
        for byte in text.description.utf8 {
            guard self.byte(at: index) == byte else { return false }
            index += 1
        }
        return true
    }

    /// The first index from `index` on that holds no white space.
    func skippingSpace(from index: Int) -> Int {
        var index = index
        while index < self.source.count, let scalar = UTF8Text.scalar(in: self.source, at: index),
            PythonCharacter.isSpace(scalar)
        {
            index += UTF8.width(scalar)
        }
        return index
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self.source[range], as: UTF8.self) }

    func syntaxError(_ message: String) -> TemplateError { .syntax(message, line: self.line) }

    mutating func add(_ kind: TemplateToken.Kind) { self.tokens.append(TemplateToken(kind: kind, line: self.line)) }

    /// Moves to `index`, counting the lines on the way.
    mutating func advance(to index: Int) {
        for byte in self.source[self.cursor..<index] where byte == UInt8(ascii: "\n") { self.line += 1 }
        self.cursor = index
    }

    // MARK: Between tags

    private mutating func run() throws(TemplateError) {
        while let start = self.nextTag() {
            let tag = self.source[start + 1]
            if tag == UInt8(ascii: "%"), let raw = self.rawBegin(at: start) {
                self.addText(upTo: start, sign: raw.sign, isVariable: false)
                self.advance(to: raw.end)
                self.isLineStart = raw.end > 0 && self.source[raw.end - 1] == UInt8(ascii: "\n")
                try self.readRaw()
                continue
            }
            let sign = self.borderSign(at: start + 2)
            self.addText(upTo: start, sign: sign, isVariable: tag == UInt8(ascii: "{"))
            self.advance(to: start + (sign == nil ? 2 : 3))
            self.isLineStart = false
            switch tag {
            case UInt8(ascii: "#"): try self.skipComment()
            case UInt8(ascii: "%"): try self.readCode(isBlock: true)
            default: try self.readCode(isBlock: false)
            }
            self.isLineStart = self.cursor > 0 && self.source[self.cursor - 1] == UInt8(ascii: "\n")
        }
        self.addData(self.cursor..<self.source.count)
        self.advance(to: self.source.count)
        self.add(.end)
    }

    private func nextTag() -> Int? {
        var index = self.cursor
        while index + 1 < self.source.count {
            if self.source[index] == UInt8(ascii: "{") {
                switch self.source[index + 1] {
                case UInt8(ascii: "%"), UInt8(ascii: "{"), UInt8(ascii: "#"): return index
                default: break
                }
            }
            index += 1
        }
        return nil
    }

    /// The `-` or `+` right behind a tag's opening.
    private func borderSign(at index: Int) -> UInt8? {
        guard let byte = self.byte(at: index), byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") else {
            return nil
        }
        return byte
    }

    /// Adds the text from the cursor to a tag at `end`, without the space that the tag takes.
    private mutating func addText(upTo end: Int, sign: UInt8?, isVariable: Bool) {
        var keptEnd = end
        if sign == UInt8(ascii: "-") {
            while keptEnd > self.cursor, let scalar = UTF8Text.scalar(in: self.source, endingAt: keptEnd),
                PythonCharacter.isSpace(scalar)
            {
                keptEnd -= UTF8.width(scalar)
            }
        } else if sign != UInt8(ascii: "+"), !isVariable {
            let newline = self.source[self.cursor..<end].lastIndex(of: UInt8(ascii: "\n"))
            let lineStart = newline.map { $0 + 1 } ?? self.cursor
            if newline != nil || self.isLineStart, self.skippingSpace(from: lineStart) >= end { keptEnd = lineStart }
        }
        self.addData(self.cursor..<keptEnd)
        self.advance(to: end)
    }

    private mutating func addData(_ range: Range<Int>) {
        if !range.isEmpty { self.add(.data(self.text(range))) }
    }

    // MARK: Comments and raw text

    /// Where a tag that ends at `index` with `end` lets the text go on; nil when it does not end there.
    func tagEnd(_ end: StaticString, at index: Int) -> Int? {
        switch self.byte(at: index) {
        case UInt8(ascii: "+") where self.matches(end, at: index + 1): return index + 3
        case UInt8(ascii: "-") where self.matches(end, at: index + 1): return self.skippingSpace(from: index + 3)
        default:
            guard self.matches(end, at: index) else { return nil }
            return self.byte(at: index + 2) == UInt8(ascii: "\n") ? index + 3 : index + 2
        }
    }

    private mutating func skipComment() throws(TemplateError) {
        for index in self.cursor..<self.source.count {
            if let end = self.tagEnd("#}", at: index) { return self.advance(to: end) }
        }
        // The reference takes an opening at the very end for an empty comment.
        guard self.cursor == self.source.count else { throw self.syntaxError("Missing end of comment tag") }
    }

    private func rawBegin(at start: Int) -> (sign: UInt8?, end: Int)? {
        let sign = self.borderSign(at: start + 2)
        var index = self.skippingSpace(from: start + (sign == nil ? 2 : 3))
        guard self.matches("raw", at: index) else { return nil }
        index = self.skippingSpace(from: index + 3)
        if self.matches("-%}", at: index) { return (sign, self.skippingSpace(from: index + 3)) }
        return self.matches("%}", at: index) ? (sign, index + 2) : nil
    }

    /// The end of a raw text whose closing tag starts at `start`.
    private func rawEnd(at start: Int) -> (sign: UInt8?, end: Int)? {
        guard self.matches("{%", at: start) else { return nil }
        let sign = self.borderSign(at: start + 2)
        var index = self.skippingSpace(from: start + (sign == nil ? 2 : 3))
        guard self.matches("endraw", at: index) else { return nil }
        index = self.skippingSpace(from: index + 6)
        return self.tagEnd("%}", at: index).map { (sign, $0) }
    }

    private mutating func readRaw() throws(TemplateError) {
        for index in self.cursor..<self.source.count {
            guard let raw = self.rawEnd(at: index) else { continue }
            self.addText(upTo: index, sign: raw.sign, isVariable: false)
            self.advance(to: raw.end)
            self.isLineStart = self.source[raw.end - 1] == UInt8(ascii: "\n")
            return
        }
        guard self.cursor == self.source.count else { throw self.syntaxError("Missing end of raw directive") }
    }
}

extension TemplateError {
    static func syntax(_ message: String, line: Int) -> TemplateError {
        TemplateError(.syntax(line: line), "line \(line): \(message)")
    }
}
