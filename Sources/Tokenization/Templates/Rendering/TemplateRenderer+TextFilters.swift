// Filters that give texts.

extension TemplateRenderer {
    func textFilter(
        _ filter: TemplateFilter,
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        switch filter {
        case .tojson: return try self.json(value, arguments)
        case .join: return try self.string(try self.joined(value, arguments))
        case .trim: return try self.trimmed(value, arguments)
        case .replace:
            let values = try arguments.bound("replace", ["old", "new", "count"], required: 2)
            let (old, new) = (try self.text(of: values[0] ?? .none), try self.text(of: values[1] ?? .none))
            let count = values[2].flatMap { $0.isNone ? nil : $0 } ?? .integer(-1)
            let text = try self.text(of: value)
            return try self.string(try self.replaced(old, by: new, in: text, limit: try count.integerArgument()))
        case .indent: return try self.indented(value, arguments)
        case .truncate: return try self.truncated(value, arguments)
        case .center:
            let width = try arguments.bound("center", ["width"])[0]?.integerArgument() ?? 80
            return Self.keepingKind(of: value, try self.centered(try self.text(of: value), width: width))
        case .format:
            guard arguments.positional.isEmpty || arguments.named.isEmpty else {
                throw .runtime("can't handle positional and keyword arguments at the same time")
            }
            return try self.formatted(value, arguments)
        case .xmlattr: return try self.attributes(value, arguments)
        case .filesizeformat: return try self.fileSize(value, arguments)
        default: break
        }
        _ = try arguments.bound(filter.rawValue, [])
        switch filter {
        case .safe:
            if case .markup = value { return value }
            return .markup(try self.text(of: value))
        case .escape: return .markup(try self.escapedText(of: value))
        case .forceescape: return .markup(try self.escaped(try self.text(of: value)))
        case .string: return value.text == nil ? try self.string(try self.text(of: value)) : value
        case .striptags: return try self.string(try self.withoutTags(try self.text(of: value)))
        case .urlencode: return try self.string(try self.urlEncoded(value))
        default: break
        }
        let text = try self.text(of: value)
        try self.charge(bytes: text.utf8.count)
        switch filter {
        case .capitalize: return Self.keepingKind(of: value, TextCase.capitalize(text))
        case .lower: return Self.keepingKind(of: value, TextCase.lower(text))
        case .upper: return Self.keepingKind(of: value, TextCase.upper(text))
        case .title: return .string(Self.titled(text))
        default: return .integer(Self.wordCount(text))
        }
    }

    private static func keepingKind(of value: TemplateValue, _ text: String) -> TemplateValue {
        if case .markup = value { return .markup(text) }
        return .string(text)
    }

    // MARK: JSON

    private func json(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue {
        var style = TemplateJSONWriter.Style()
        if !arguments.isEmpty {
            let values = try arguments.bound("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"])
            if let value = values[0] { style.escapesNonASCII = try self.isTrue(value) }
            if let value = values[3] { style.sortsKeys = try self.isTrue(value) }
            if let value = values[1], !value.isNone {
                style.indent =
                    if let text = value.text { text } else {
                        try self.repeated(" ", Swift.max(try value.integerArgument(), 0))
                    }
                style.itemSeparator = ","
            }
            if let value = values[2], !value.isNone {
                let separators = try self.elements(of: value)
                guard separators.count == 2 else { throw .runtime("expected two separators, got \(separators.count)") }
                style.itemSeparator = try separators[0].textArgument("tojson")
                style.keySeparator = try separators[1].textArgument("tojson")
            }
        }
        return .string(try TemplateJSONWriter.text(of: value, style, self))
    }

    // MARK: Joining and trimming

    private func joined(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> String {
        let values = try arguments.bound("join", ["d", "attribute"])
        let separator = try self.text(of: values[0] ?? .emptyText)
        let path = values[1].flatMap { $0.isNone ? nil : $0 }
        let iterator = try self.iterator(over: value)
        var output = ""
        var isFirst = true
        while var element = try iterator.next(self) {
            try self.charge(steps: 1)
            if let path { element = try self.value(at: try AttributePath(path), of: element) }
            let text = try self.text(of: element)
            if !isFirst { output += separator }
            try self.charge(bytes: text.utf8.count + separator.utf8.count)
            output += text
            isFirst = false
        }
        return output
    }

    private func trimmed(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let argument = arguments.isEmpty ? nil : try arguments.bound("trim", ["chars"])[0]
        var characters: String?
        if let argument, !argument.isNone { characters = try argument.textArgument("strip") }
        let result = TextPieces.stripped(try self.text(of: value), characters)
        if case .markup = value { return .markup(result) }
        return try self.string(result)
    }

    // MARK: Layout

    private func indented(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let values = try arguments.bound("indent", ["width", "first", "blank"])
        var indent = "    "
        if let width = values[0] {
            indent = if let text = width.text { text } else { try self.repeated(" ", try width.integerArgument()) }
        }
        let (first, blank) = (try self.isTrue(values[1] ?? .none), try self.isTrue(values[2] ?? .none))
        guard let text = value.text else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("unsupported operand type(s) for +=: '\(value.typeName)' and 'str'")
        }
        let lines = TextPieces.lines(text + "\n", keepingEnds: false)
        try self.charge(bytes: indent.utf8.count.multipliedSaturating(by: lines.count) + text.utf8.count)
        var output = first ? indent : ""
        for (position, line) in lines.enumerated() {
            if position > 0 {
                output += "\n"
                if blank || !line.isEmpty { output += indent }
            }
            output += line
        }
        return Self.keepingKind(of: value, output)
    }

    private func truncated(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let values = try arguments.bound("truncate", ["length", "killwords", "end", "leeway"])
        let length = try values[0]?.integerArgument() ?? 255
        let end = try values[2]?.textArgument("truncate") ?? "..."
        let leeway = try values[3].flatMap { $0.isNone ? nil : $0 }?.integerArgument() ?? 5
        guard length >= end.unicodeScalars.count else {
            throw .runtime("expected length >= \(end.unicodeScalars.count), got \(length)")
        }
        guard leeway >= 0 else { throw .runtime("expected leeway >= 0, got \(leeway)") }
        let count = try self.count(of: value)
        guard count > length.addingReportingOverflow(leeway).partialValue else { return value }
        guard let text = value.text else { throw .runtime("'\(value.typeName)' object has no attribute 'rsplit'") }
        let scalars = text.unicodeScalars
        var result = String(scalars.prefix(length - end.unicodeScalars.count))
        if try !self.isTrue(values[1] ?? .none), let cut = TextSearch.last(" ", in: result, before: result.utf8.count) {
            result = result.slice(0..<cut)
        }
        return Self.keepingKind(of: value, result + end)
    }

    /// Words start in upper case; a word starts behind white space, a hyphen or an opening bracket.
    private static func titled(_ text: String) -> String {
        var output = ""
        var word: [Unicode.Scalar] = []
        func flush() {
            guard let first = word.first else { return }
            output += TextCase.upper(String(first))
            output += TextCase.lower(String(String.UnicodeScalarView(word.dropFirst())))
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "-", "(", "{", "[", "<":
                flush()
                output.unicodeScalars.append(scalar)
            case _ where PythonCharacter.isSpace(scalar):
                flush()
                output.unicodeScalars.append(scalar)
            default: word.append(scalar)
            }
        }
        flush()
        return output
    }

    private static func wordCount(_ text: String) -> Int {
        var (count, isInside) = (0, false)
        for scalar in text.unicodeScalars {
            let isWord = scalar == "_" || PythonCharacter.isAlphanumeric(scalar)
            if isWord, !isInside { count += 1 }
            isInside = isWord
        }
        return count
    }

    private func formatted(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        var values: TemplateValue = try self.tuple(arguments.positional)
        if !arguments.named.isEmpty {
            var builder = TemplateMapping.Builder()
            for (name, value) in arguments.named { try builder.set(.string(name), value) }
            values = try self.mapping(builder)
        }
        if case .markup(let format) = value {
            return .markup(try self.percentFormatted(format, values, isMarkup: true))
        }
        return try self.string(try self.percentFormatted(try self.text(of: value), values, isMarkup: false))
    }

    // MARK: Markup and addresses

    private func attributes(
        _ value: TemplateValue,
        _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateValue {
        let autospace = try arguments.bound("xmlattr", ["autospace"])[0]
        guard case .mapping(let mapping) = value else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("'\(value.typeName)' object has no attribute 'items'")
        }
        var items: [String] = []
        for (key, value) in mapping.entries where !value.isNone && !value.isUndefined {
            let name = try key.textArgument("xmlattr")
            for scalar in name.unicodeScalars {
                guard !scalar.isASCII || !PythonCharacter.isSpace(scalar), scalar != "/", scalar != ">", scalar != "="
                else {
                    throw .runtime("Invalid character in attribute name: \(PythonText.quoted(name))")
                }
            }
            items.append("\(try self.escapedText(of: key))=\"\(try self.escapedText(of: value))\"")
        }
        let isSpaced = try self.isTrue(autospace ?? .bool(true))
        return try self.string((isSpaced && !items.isEmpty ? " " : "") + items.joined(separator: " "))
    }

    /// The text without comments and tags, with single spaces.
    func withoutTags(_ text: String) throws(TemplateError) -> String {
        var result = text
        for (open, close) in [("<!--", "-->"), ("<", ">")] {
            var output = ""
            var start = 0
            while let first = TextSearch.first(open, in: result, from: start),
                let last = TextSearch.first(close, in: result, from: first)
            {
                output += result.slice(start..<first)
                start = last + close.utf8.count
            }
            result = output + result.slice(start..<result.utf8.count)
        }
        return try self.unescaped(TextPieces.words(result, limit: .max).joined(separator: " "))
    }

    /// The text with the entities of HTML's own characters and of numbers replaced.
    func unescaped(_ text: String) throws(TemplateError) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var output = ""
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "&") {
            output += rest[..<start]
            rest = rest[rest.index(after: start)...]
            guard let first = rest.unicodeScalars.first, first == "#" || PythonCharacter.isAlpha(first),
                let end = rest.firstIndex(of: ";"), rest[..<end].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "#" })
            else {
                output += "&"
                continue
            }
            output += try Self.entity(String(rest[..<end]))
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }

    private static func entity(_ name: String) throws(TemplateError) -> String {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return "\u{A0}"
        default:
            let digits = name.dropFirst()
            let value =
                digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard name.hasPrefix("#"), let scalar = value.flatMap(Unicode.Scalar.init), scalar.value >= 0x20 else {
                throw .unsupported("the HTML entity `&\(name);`")
            }
            return String(scalar)
        }
    }

    private func urlEncoded(_ value: TemplateValue) throws(TemplateError) -> String {
        if value.text != nil || !self.isIterable(value) {
            return try self.quoted(try self.text(of: value), keepingSlash: true)
        }
        var pairs: [String] = []
        let source: TemplateValue =
            if case .mapping(let mapping) = value { .view(TemplateMappingView(mapping, .items)) } else { value }
        for pair in try self.elements(of: source) {
            let parts = try self.elements(of: pair)
            guard parts.count == 2 else { throw .runtime("expected pairs to encode, got \(parts.count) values") }
            let key = try self.quoted(try self.text(of: parts[0]), keepingSlash: false)
            pairs.append("\(key)=\(try self.quoted(try self.text(of: parts[1]), keepingSlash: false))")
        }
        return pairs.joined(separator: "&")
    }

    private func quoted(_ text: String, keepingSlash: Bool) throws(TemplateError) -> String {
        try self.charge(bytes: text.utf8.count * 3)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "~"):
                output.append(byte)
            case UInt8(ascii: "/") where keepingSlash: output.append(byte)
            case UInt8(ascii: " ") where !keepingSlash: output.append(UInt8(ascii: "+"))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                output += ("%" + (digits.count < 2 ? "0" : "") + digits).utf8
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private func fileSize(_ value: TemplateValue, _ arguments: TemplateArguments) throws(TemplateError) -> TemplateValue
    {
        let isBinary = try self.isTrue(try arguments.bound("filesizeformat", ["binary"])[0] ?? .none)
        guard let bytes = try self.double(of: value) else { throw .runtime("could not convert to float") }
        let base = isBinary ? 1024.0 : 1000.0
        if bytes == 1 { return .string("1 Byte") }
        if bytes < base {
            guard let whole = Int(exactly: bytes.rounded(.towardZero)) else {
                throw .runtime("cannot convert to integer")
            }
            return .string("\(whole) Bytes")
        }
        let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
        var unit = base
        for (position, prefix) in prefixes.enumerated() {
            unit *= base
            guard bytes < unit || position == prefixes.count - 1 else { continue }
            let name = isBinary ? (prefix == "k" ? "K" : prefix) + "iB" : prefix + "B"
            let number = NumberText.fixed(base * bytes / unit, precision: 1)
            return .string("\(number) \(name)")
        }
        return .emptyText
    }
}
