// The methods of Python's `str`.

extension TemplateRenderer {
    func call(
        _ method: TemplateMethod,
        ofText text: String,
        isMarkup: Bool,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        try self.charge(steps: text.utf8.count >> 5)
        switch method {
        case .strip, .lstrip, .rstrip, .lower, .upper, .capitalize, .title, .swapcase, .casefold, .removeprefix,
            .removesuffix, .zfill, .center, .ljust, .rjust, .expandtabs, .replace, .join, .format, .formatMap,
            .striptags, .unescape:
            let result = try self.changed(method, text, isMarkup: isMarkup, arguments)
            try self.charge(bytes: result.utf8.count)
            return isMarkup && method != .striptags && method != .unescape ? .markup(result) : .string(result)
        case .split, .rsplit, .splitlines, .partition, .rpartition:
            let parts = try self.pieces(method, text, arguments)
            try self.charge(bytes: text.utf8.count)
            let values = parts.map { isMarkup ? TemplateValue.markup($0) : .string($0) }
            return try method == .partition || method == .rpartition ? self.tuple(values) : self.list(values)
        case .find, .rfind, .index, .rindex, .count, .startswith, .endswith:
            return try self.found(method, text, arguments)
        case .encode, .translate, .maketrans: throw .unsupported("the method `str.\(method.rawValue)`")
        default:
            _ = try arguments.unnamed(method.rawValue, 0...0)
            return .bool(Self.has(method, text))
        }
    }

    // MARK: Texts from texts

    private func changed(
        _ method: TemplateMethod,
        _ text: String,
        isMarkup: Bool,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> String {
        let name = method.rawValue
        switch method {
        case .strip, .lstrip, .rstrip:
            let characters = try self.characters(arguments, name)
            return TextPieces.stripped(text, characters, left: method != .rstrip, right: method != .lstrip)
        case .removeprefix, .removesuffix:
            let part = try arguments.unnamed(name, 1...1)[0].textArgument(name)
            return Self.removing(part, from: text, atStart: method == .removeprefix)
        case .zfill:
            return try self.zeroFilled(text, width: try arguments.unnamed(name, 1...1)[0].integerArgument())
        case .center, .ljust, .rjust: return try self.justified(method, text, isMarkup: isMarkup, arguments)
        case .expandtabs:
            let size = try arguments.bound(name, ["tabsize"])[0]?.integerArgument() ?? 8
            let tabs = text.utf8.count { $0 == UInt8(ascii: "\t") }
            try self.charge(bytes: max(size, 0).multipliedSaturating(by: tabs))
            return TextPieces.expandedTabs(text, size: size)
        case .replace: return try self.replaced(text, isMarkup: isMarkup, try arguments.unnamed(name, 2...3))
        case .join:
            return try self.joined(try arguments.unnamed(name, 1...1)[0], by: text, isMarkup: isMarkup)
        case .format: return try self.formatted(text, arguments, isMarkup: isMarkup)
        case .formatMap:
            let mapping = try arguments.unnamed(name, 1...1)[0]
            return try self.formatted(text, mapping: mapping, isMarkup: isMarkup)
        default: break
        }
        _ = try arguments.unnamed(name, 0...0)
        return switch method {
        case .lower: TextCase.lower(text)
        case .upper: TextCase.upper(text)
        case .capitalize: TextCase.capitalize(text)
        case .title: TextCase.title(text)
        case .swapcase: TextCase.swap(text)
        case .casefold: TextCase.fold(text)
        case .striptags: try self.withoutTags(text)
        case .unescape: try self.unescaped(text)
        default: text
        }
    }

    /// The one argument of `strip` and its kin: a text of characters, or none.
    private func characters(_ arguments: TemplateArguments, _ name: String) throws(TemplateError) -> String? {
        guard let value = try arguments.unnamed(name, 0...1).first, !value.isNone else { return nil }
        guard let text = value.text else { throw .runtime("\(name) arg must be None or str") }
        return text
    }

    private static func removing(_ part: String, from text: String, atStart: Bool) -> String {
        let (count, length) = (part.utf8.count, text.utf8.count)
        guard count <= length else { return text }
        let (border, rest) = atStart ? (0..<count, count..<length) : (length - count..<length, 0..<length - count)
        return text.slice(border).equalsExactly(part) ? text.slice(rest) : text
    }

    private func zeroFilled(_ text: String, width: Int) throws(TemplateError) -> String {
        let missing = width - text.unicodeScalars.count
        guard missing > 0 else { return text }
        let zeros = try self.repeated("0", missing)
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") else {
            return zeros + text
        }
        return text.slice(0..<1) + zeros + text.slice(1..<text.utf8.count)
    }

    private func justified(
        _ method: TemplateMethod,
        _ text: String,
        isMarkup: Bool,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> String {
        let values = try arguments.unnamed(method.rawValue, 1...2)
        let width = try values[0].integerArgument()
        var fill = values.count > 1 ? try values[1].textArgument(method.rawValue) : " "
        if isMarkup { fill = try self.escaped(fill) }
        guard fill.unicodeScalars.count == 1 else {
            throw .runtime("The fill character must be exactly one character long")
        }
        switch method {
        case .ljust: return try self.padded(text, width: width, fill: fill, before: { _ in 0 })
        case .rjust: return try self.padded(text, width: width, fill: fill, before: { $0 })
        default: return try self.centered(text, width: width, fill: fill)
        }
    }

    /// An odd space goes to the left when the width is odd, too.
    func centered(_ text: String, width: Int, fill: String = " ") throws(TemplateError) -> String {
        try self.padded(text, width: width, fill: fill) { $0 / 2 + ($0 & width & 1) }
    }

    func padded(
        _ text: String,
        width: Int,
        fill: String,
        before: (Int) -> Int
    ) throws(TemplateError) -> String {
        let missing = width.subtractingReportingOverflow(text.unicodeScalars.count).partialValue
        guard missing > 0, width > 0 else { return text }
        let left = before(missing)
        return try self.repeated(fill, left) + text + self.repeated(fill, missing - left)
    }

    private func replaced(
        _ text: String,
        isMarkup: Bool,
        _ values: [TemplateValue]
    ) throws(TemplateError) -> String {
        let old = try values[0].textArgument("replace")
        var new = isMarkup ? "" : try values[1].textArgument("replace")
        if isMarkup { new = try self.escapedText(of: values[1]) }
        let limit = values.count > 2 ? try values[2].integerArgument() : -1
        return try self.replaced(old, by: new, in: text, limit: limit)
    }

    /// A negative limit means none.
    func replaced(_ old: String, by new: String, in text: String, limit: Int) throws(TemplateError) -> String {
        let limit = limit < 0 ? Int.max : limit
        if new.utf8.count > old.utf8.count {
            let count = min(TextPieces.count(old, in: text), limit)
            try self.charge(bytes: (new.utf8.count - old.utf8.count).multipliedSaturating(by: count))
        }
        return TextPieces.replaced(old, by: new, in: text, limit: limit)
    }

    private func joined(_ value: TemplateValue, by separator: String, isMarkup: Bool) throws(TemplateError) -> String {
        guard self.isIterable(value) else { throw .runtime("can only join an iterable") }
        var output = ""
        let iterator = try self.iterator(over: value)
        var position = 0
        while let element = try iterator.next(self) {
            guard let text = isMarkup ? try self.escapedText(of: element) : element.text else {
                throw .runtime("sequence item \(position): expected str instance, \(element.typeName) found")
            }
            try self.charge(bytes: text.utf8.count + separator.utf8.count)
            if position > 0 { output += separator }
            output += text
            position += 1
        }
        return output
    }

    // MARK: Pieces

    private func pieces(
        _ method: TemplateMethod,
        _ text: String,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> [String] {
        let name = method.rawValue
        switch method {
        case .splitlines:
            let keepsEnds = try arguments.bound(name, ["keepends"])[0]?.integerArgument() ?? 0
            return TextPieces.lines(text, keepingEnds: keepsEnds != 0)
        case .partition, .rpartition:
            let separator = try arguments.unnamed(name, 1...1)[0].textArgument(name)
            guard !separator.isEmpty else { throw .runtime("empty separator") }
            let position =
                method == .partition
                ? TextSearch.first(separator, in: text, from: 0)
                : TextSearch.last(separator, in: text, before: text.utf8.count)
            guard let position else { return method == .partition ? [text, "", ""] : ["", "", text] }
            return [
                text.slice(0..<position), separator, text.slice(position + separator.utf8.count..<text.utf8.count),
            ]
        default: break
        }
        let values = try arguments.bound(name, ["sep", "maxsplit"])
        let limit = try values[1]?.integerArgument() ?? -1
        let cuts = limit < 0 ? Int.max : limit
        let parts: [String]
        if let value = values[0], !value.isNone {
            let separator = try value.textArgument(name)
            guard !separator.isEmpty else { throw .runtime("empty separator") }
            parts =
                method == .split
                ? TextPieces.split(text, by: separator, limit: cuts)
                : TextPieces.splitFromRight(text, by: separator, limit: cuts)
        } else {
            parts =
                method == .split
                ? TextPieces.words(text, limit: cuts) : TextPieces.wordsFromRight(text, limit: cuts)
        }
        try self.charge(steps: parts.count)
        return parts
    }

    // MARK: Places

    private func found(
        _ method: TemplateMethod,
        _ text: String,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let name = method.rawValue
        let values = try arguments.unnamed(name, 1...3)
        var bounds: (Int?, Int?) = (nil, nil)
        if values.count > 1, !values[1].isNone { bounds.0 = try values[1].integerArgument() }
        if values.count > 2, !values[2].isNone { bounds.1 = try values[2].integerArgument() }
        let window = try self.window(text, bounds)
        switch method {
        case .startswith, .endswith:
            guard case .tuple(let tuple) = values[0] else {
                return .bool(Self.has(try values[0].textArgument(name), at: method, window))
            }
            for element in tuple.elements where Self.has(try element.textArgument(name), at: method, window) {
                return .bool(true)
            }
            return .bool(false)
        default: break
        }
        let part = try values[0].textArgument(name)
        guard let (part, inside) = window.map({ (part, $0.text) }) else {
            if method == .index || method == .rindex { throw .runtime("substring not found") }
            return .integer(method == .count ? 0 : -1)
        }
        if method == .count { return .integer(TextPieces.count(part, in: inside)) }
        let position =
            method == .find || method == .index
            ? TextSearch.first(part, in: inside, from: 0)
            : TextSearch.last(part, in: inside, before: inside.utf8.count)
        if let position { return .integer((window?.start ?? 0) + inside.scalarCount(ofBytes: position)) }
        if method == .index || method == .rindex { throw .runtime("substring not found") }
        return .integer(-1)
    }

    private static func has(_ part: String, at method: TemplateMethod, _ window: (text: String, start: Int)?) -> Bool {
        guard let text = window?.text else { return false }
        let (count, length) = (part.utf8.count, text.utf8.count)
        guard count <= length else { return false }
        return text.hasBytes(of: part, at: method == .startswith ? 0 : length - count)
    }

    /// The part of a text in which to search, and its first character's position; nil where nothing can be.
    private func window(_ text: String, _ bounds: (Int?, Int?)) throws(TemplateError) -> (text: String, start: Int)? {
        guard bounds.0 != nil || bounds.1 != nil else { return (text, 0) }
        let count = text.unicodeScalars.count
        if let start = bounds.0, start > count { return nil }
        let (start, stop, _) = SliceBounds(start: bounds.0, stop: bounds.1, step: 1).resolved(count: count)
        guard start <= stop else { return nil }
        let scalars = text.unicodeScalars
        let first = scalars.index(scalars.startIndex, offsetBy: start)
        return (String(scalars[first..<scalars.index(first, offsetBy: stop - start)]), start)
    }

    // MARK: Kinds

    private static func has(_ method: TemplateMethod, _ text: String) -> Bool {
        let scalars = text.unicodeScalars
        func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !scalars.isEmpty && scalars.allSatisfy(test) }
        return switch method {
        case .isalnum: all(PythonCharacter.isAlphanumeric)
        case .isalpha: all(PythonCharacter.isAlpha)
        case .isascii: scalars.allSatisfy(\.isASCII)
        case .isdecimal: all(PythonCharacter.isDecimal)
        case .isdigit: all(PythonCharacter.isDigit)
        case .isidentifier: PythonCharacter.isIdentifier(text)
        case .islower: TextCase.isLower(text)
        case .isnumeric: all(PythonCharacter.isNumeric)
        case .isprintable: scalars.allSatisfy(PythonCharacter.isPrintable)
        case .isspace: all(PythonCharacter.isSpace)
        case .istitle: TextCase.isTitle(text)
        case .isupper: TextCase.isUpper(text)
        default: false
        }
    }
}

extension String {
    /// Whether `part` stands at a byte.
    fileprivate func hasBytes(of part: String, at start: Int) -> Bool {
        let (text, part) = (self.utf8Span.span, part.utf8Span.span)
        for index in part.indices where text[start + index] != part[index] { return false }
        return true
    }
}
