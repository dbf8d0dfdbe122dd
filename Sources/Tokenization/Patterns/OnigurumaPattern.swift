/// A pattern in Oniguruma's Ruby syntax, which `tokenizer.json` uses, rewritten for PCRE2.
///
/// The two languages look alike and differ in silence: `\h`, `$`, `{,3}`, `\s`, nested classes, the version of
/// Unicode behind `\p{L}`. What means the same is passed on, what can be said in PCRE2's words is translated, and
/// everything else is refused by name; nothing is passed on in the hope that it means the same.
struct OnigurumaPattern {
    /// The pattern in PCRE2's syntax.
    private(set) var translation = ""

    private let scalars: [Unicode.Scalar]
    private var cursor = 0
    /// For each open group: does case not count in it? The first is the whole pattern.
    private var caseless = [false]
    /// The lower-case ASCII letter just before, where case does not count.
    private var caselessLetter: Unicode.Scalar?

    /// - Throws: `unsupported`, naming the construct.
    static func translate(_ pattern: String) throws(TokenizationError) -> String {
        var translator = OnigurumaPattern(pattern)
        try translator.translatePattern()
        return translator.translation
    }

    private init(_ pattern: String) { self.scalars = Array(pattern.unicodeScalars) }

    private static let groupDepthLimit = 100

    private var next: Unicode.Scalar? { self.cursor < self.scalars.count ? self.scalars[self.cursor] : nil }

    private func unsupported(_ what: String) -> TokenizationError {
        TokenizationError(.unsupported, "the pattern has \(what), which is not supported")
    }

    private func looking(at text: String) -> Bool {
        self.scalars[min(self.cursor, self.scalars.count)...].starts(with: text.unicodeScalars)
    }

    private mutating func translatePattern() throws(TokenizationError) {
        guard self.scalars.count <= TokenizerLimits.patternScalars else {
            throw self.unsupported("more than \(TokenizerLimits.patternScalars) characters")
        }
        while let scalar = self.next {
            let letter = self.caselessLetter
            self.caselessLetter = nil
            switch scalar {
            case "\\":
                self.cursor += 1
                try self.escape()
            case "[":
                self.cursor += 1
                try self.characterClass()
            case "(": try self.openGroup()
            case ")":
                guard self.caseless.count > 1 else { throw self.unsupported("an unmatched `)`") }
                self.caseless.removeLast()
                self.pass()
            case "|", ".": self.pass()
            case "^": self.pass(as: "(?m:^)")
            case "$": self.pass(as: "(?m:$)")
            case "*", "+", "?": try self.quantifier()
            case "{": try self.interval()
            default:
                self.cursor += 1
                try self.literal(scalar, after: letter)
            }
        }
        guard self.caseless.count == 1 else { throw self.unsupported("an unmatched `(`") }
    }

    private mutating func pass(as text: String? = nil) {
        self.translation += text ?? String(self.scalars[self.cursor])
        self.cursor += 1
    }

    // MARK: Literals and escapes

    /// Strings that Unicode folds to or from one character: `(?i:ss)` matches `ß` in Oniguruma.
    private static let foldedPairs: Set<String> = ["ss", "st", "ff", "fi", "fl"]

    private mutating func literal(
        _ scalar: Unicode.Scalar,
        after letter: Unicode.Scalar? = nil
    ) throws(TokenizationError) {
        if self.caseless.last == true {
            guard scalar.isASCII else { throw self.unsupported("a non-ASCII letter whose case does not count") }
            let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
            if let letter, Self.foldedPairs.contains("\(letter)\(lower)") {
                throw self.unsupported("`\(letter)\(lower)` where case does not count")
            }
            self.caselessLetter = lower
        }
        self.translation += Self.escaped(scalar)
    }

    /// A scalar that stands for itself, in or out of a class.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", " ": String(scalar)
        default: "\\x{" + String(scalar.value, radix: 16) + "}"
        }
    }

    private mutating func escape() throws(TokenizationError) {
        guard let scalar = self.next else { throw self.unsupported("a trailing `\\`") }
        if let set = try self.escapedSet() {
            guard self.caseless.last == false else { throw self.unsupported("a class where case does not count") }
            self.translation += set.text
        } else if let literal = try self.escapedLiteral() {
            try self.literal(literal)
        } else if scalar == "A" || scalar == "z" || scalar == "Z" {
            self.pass(as: "\\" + String(scalar))
        } else {
            throw self.unsupported("`\\\(scalar)`")
        }
    }

    /// The scalar that the escape at the cursor names; nil, with the cursor unmoved, when it names none.
    private mutating func escapedLiteral() throws(TokenizationError) -> Unicode.Scalar? {
        guard let scalar = self.next else { return nil }
        switch scalar {
        case "r": return self.step(over: 1, "\r")
        case "n": return self.step(over: 1, "\n")
        case "t": return self.step(over: 1, "\t")
        case "f": return self.step(over: 1, "\u{0C}")
        case "v": return self.step(over: 1, "\u{0B}")
        case "a": return self.step(over: 1, "\u{07}")
        case "e": return self.step(over: 1, "\u{1B}")
        case "x", "u":
            self.cursor += 1
            return try self.hexadecimal(after: scalar)
        case "a"..."z", "A"..."Z", "0"..."9": return nil
        default: return self.step(over: 1, scalar)
        }
    }

    private mutating func step(over count: Int, _ scalar: Unicode.Scalar) -> Unicode.Scalar {
        self.cursor += count
        return scalar
    }

    /// `\u` with four digits, `\x{…}` with up to eight, `\x` with one or two that name an ASCII character.
    private mutating func hexadecimal(after kind: Unicode.Scalar) throws(TokenizationError) -> Unicode.Scalar {
        let braced = kind == "x" && self.next == "{"
        if braced { self.cursor += 1 }
        let most = kind == "u" ? 4 : braced ? 8 : 2
        var digits = ""
        while digits.count < most, let digit = self.next, digit.isASCII, Character(digit).isHexDigit {
            digits.unicodeScalars.append(digit)
            self.cursor += 1
        }
        guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value),
            kind != "u" || digits.count == 4, kind == "u" || braced || value < 0x80
        else { throw self.unsupported("`\\\(kind)\(digits)`") }
        if braced {
            guard self.next == "}" else { throw self.unsupported("`\\x{` without its `}`") }
            self.cursor += 1
        }
        return scalar
    }

    // MARK: Sets

    /// The set that `\s`, `\p{…}` and their like name; nil, with the cursor unmoved, for any other escape.
    private mutating func escapedSet() throws(TokenizationError) -> PatternSet? {
        guard let kind = self.next else { return nil }
        var set = PatternSet()
        switch kind {
        case "s", "S":
            self.cursor += 1
            set.insert(.whitespace)
        case "d", "D":
            self.cursor += 1
            try self.insertProperty("Nd", into: &set)
        case "w", "W":
            self.cursor += 1
            set.insert(.alphabeticSymbols)
            for name in ["L", "M", "N", "Pc"] { try self.insertProperty(name, into: &set) }
        case "p", "P":
            self.cursor += 1
            guard self.next == "{" else { throw self.unsupported("`\\\(kind)` without `{`") }
            self.cursor += 1
            var name = ""
            while let scalar = self.next, scalar != "}", name.count < 40 {
                name.unicodeScalars.append(scalar)
                self.cursor += 1
            }
            guard self.next == "}" else { throw self.unsupported("`\\\(kind){\(name)`") }
            self.cursor += 1
            let isInverted = name.hasPrefix("^")
            try self.insertProperty(String(name.dropFirst(isInverted ? 1 : 0)), into: &set)
            if isInverted { set.negate() }
        default: return nil
        }
        if kind.properties.isUppercase { set.negate() }
        return set
    }

    private func insertProperty(_ name: String, into set: inout PatternSet) throws(TokenizationError) {
        if let group = CategoryGroup(named: name) {
            set.insert(group)
        } else if let script = UnicodeSet.scripts[name.lowercased()] {
            set.insert(script)
        } else {
            throw self.unsupported("the property `\(name)`")
        }
    }

    /// A class from after its `[` to after its `]`.
    private mutating func characterClass() throws(TokenizationError) {
        let set = try self.classSet(depth: 0)
        guard self.caseless.last == false || set.isLettersOfASCII else {
            throw self.unsupported("a class with more than ASCII letters where case does not count")
        }
        self.translation += set.text
    }

    private mutating func classSet(depth: Int) throws(TokenizationError) -> PatternSet {
        guard depth < 8 else { throw self.unsupported("classes nested deeper than 8") }
        let isNegated = self.next == "^"
        if isNegated { self.cursor += 1 }
        var members = PatternSet()
        // What stands before an `&&`, which binds less than standing side by side.
        var left: PatternSet?
        while let scalar = self.next {
            if scalar == "]" {
                guard !members.isEmpty else { throw self.unsupported("a class that is empty or starts with `]`") }
                self.cursor += 1
                var set = left?.intersection(members) ?? members
                if isNegated { set.negate() }
                return set
            }
            if self.looking(at: "[:") { throw self.unsupported("a POSIX class `[:…:]`") }
            if self.looking(at: "&&") {
                guard !members.isEmpty else { throw self.unsupported("an intersection `&&` of nothing") }
                self.cursor += 2
                left = left?.intersection(members) ?? members
                members = PatternSet()
            } else if scalar == "[" {
                self.cursor += 1
                members.formUnion(try self.classSet(depth: depth + 1))
            } else {
                members.formUnion(try self.classMember(scalar))
            }
        }
        throw self.unsupported("an unmatched `[`")
    }

    /// One literal, range or escape of a class.
    private mutating func classMember(_ scalar: Unicode.Scalar) throws(TokenizationError) -> PatternSet {
        var first = scalar
        self.cursor += 1
        if scalar == "\\" {
            if let escaped = try self.escapedSet() { return escaped }
            guard let literal = try self.escapedLiteral() else {
                throw self.unsupported("`\\\(self.next.map(String.init) ?? "")` in a class")
            }
            first = literal
        }
        guard self.next == "-", self.cursor + 1 < self.scalars.count, self.scalars[self.cursor + 1] != "]" else {
            return PatternSet(first...first)
        }
        self.cursor += 1
        guard var last = self.next, last != "[" else { throw self.unsupported("a class range without an end") }
        self.cursor += 1
        if last == "\\" {
            guard let literal = try self.escapedLiteral() else { throw self.unsupported("a range that ends in a set") }
            last = literal
        }
        guard first <= last else { throw self.unsupported("an empty range in a class") }
        return PatternSet(first...last)
    }

    // MARK: Groups and repetition

    private mutating func openGroup() throws(TokenizationError) {
        guard self.caseless.count < Self.groupDepthLimit else { throw self.unsupported("too many nested groups") }
        let inherited = self.caseless.last ?? false
        if self.looking(at: "(?i)") {
            // Elsewhere Oniguruma would take the rest of the group, with its branches, as a group of its own.
            guard self.cursor == 0 else { throw self.unsupported("`(?i)` after the start") }
            self.caseless[0] = true
            self.translation += "(?i)"
            self.cursor += 4
            return
        }
        for opening in ["(?i:", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"] where self.looking(at: opening) {
            self.caseless.append(opening == "(?i:" || inherited)
            self.translation += opening
            self.cursor += opening.utf8.count
            return
        }
        guard !self.looking(at: "(?"), !self.looking(at: "(*") else {
            let excerpt = self.scalars[self.cursor..<min(self.cursor + 4, self.scalars.count)]
            throw self.unsupported("the group `\(String(String.UnicodeScalarView(excerpt)))`")
        }
        // Nothing reads what a group captured.
        self.caseless.append(inherited)
        self.pass(as: "(?:")
    }

    /// `*`, `+` or `?`, perhaps lazy or possessive.
    private mutating func quantifier() throws(TokenizationError) {
        guard !self.translation.isEmpty else { throw self.unsupported("a repetition of nothing") }
        self.pass()
        if self.next == "?" || self.next == "+" { self.pass() }
        try self.refuseSecondQuantifier()
    }

    private mutating func interval() throws(TokenizationError) {
        var cursor = self.cursor + 1
        func number() -> String {
            var digits = ""
            while cursor < self.scalars.count, "0"..."9" ~= self.scalars[cursor] {
                digits.unicodeScalars.append(self.scalars[cursor])
                cursor += 1
            }
            return digits
        }
        let least = number()
        var text = least
        var isRange = false
        if cursor < self.scalars.count, self.scalars[cursor] == "," {
            isRange = true
            cursor += 1
            let most = number()
            // Oniguruma reads `{,3}` as `{0,3}`; PCRE2 would take it for text.
            text = least.isEmpty && !most.isEmpty ? "0,\(most)" : "\(least),\(most)"
        }
        let isInterval = cursor < self.scalars.count && self.scalars[cursor] == "}" && text != "" && text != ","
        guard isInterval, !self.translation.isEmpty else { throw self.unsupported("a `{` that starts no repetition") }
        self.cursor = cursor + 1
        self.translation += "{\(text)}"
        if self.next == "?" {
            guard isRange else { throw self.unsupported("`{\(text)}?`") }
            self.pass()
        }
        try self.refuseSecondQuantifier()
    }

    /// What `a**` or `a{2}+` mean differs from engine to engine.
    private func refuseSecondQuantifier() throws(TokenizationError) {
        if let scalar = self.next, "*+?{".unicodeScalars.contains(scalar) {
            throw self.unsupported("a repetition of a repetition")
        }
    }
}
