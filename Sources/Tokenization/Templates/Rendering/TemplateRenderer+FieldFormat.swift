// `text.format(…)`: replacement fields in braces, with the attribute access of templates.

extension TemplateRenderer {
    func formatted(_ format: String, _ arguments: TemplateArguments, isMarkup: Bool) throws(TemplateError) -> String {
        var builder = TemplateMapping.Builder()
        for (name, value) in arguments.named { try builder.set(.string(name), value) }
        var formatter = FieldFormatter(arguments.positional, .mapping(builder.mapping()), isMarkup: isMarkup)
        return try formatter.run(format, self, depth: 2)
    }

    func formatted(_ format: String, mapping: TemplateValue, isMarkup: Bool) throws(TemplateError) -> String {
        var formatter = FieldFormatter([], mapping, isMarkup: isMarkup)
        return try formatter.run(format, self, depth: 2)
    }
}

private struct FieldFormatter {
    private let positional: [TemplateValue]
    private let named: TemplateValue
    private let isMarkup: Bool
    /// The number that the next `{}` stands for; nil once a field had a number of its own.
    private var automatic: Int? = 0

    init(_ positional: [TemplateValue], _ named: TemplateValue, isMarkup: Bool) {
        self.positional = positional
        self.named = named
        self.isMarkup = isMarkup
    }

    mutating func run(_ format: String, _ renderer: TemplateRenderer, depth: Int) throws(TemplateError) -> String {
        guard depth >= 0 else { throw .runtime("Max string recursion exceeded") }
        let scalars = Array(format.unicodeScalars)
        try renderer.charge(bytes: scalars.count)
        var output = ""
        var cursor = 0
        while cursor < scalars.count {
            let scalar = scalars[cursor]
            cursor += 1
            guard scalar == "{" || scalar == "}" else {
                output.unicodeScalars.append(scalar)
                continue
            }
            if cursor < scalars.count, scalars[cursor] == scalar {
                output.unicodeScalars.append(scalar)
                cursor += 1
                continue
            }
            guard scalar == "{" else { throw .runtime("Single '}' encountered in format string") }
            let field = try Self.field(scalars, &cursor)
            output += try self.replaced(field, renderer, depth: depth)
        }
        return output
    }

    private struct Field {
        var name = ""
        var conversion: Unicode.Scalar?
        var specification = ""
    }

    /// Reads one field up to its closing brace.
    private static func field(_ scalars: [Unicode.Scalar], _ cursor: inout Int) throws(TemplateError) -> Field {
        var field = Field()
        func next() throws(TemplateError) -> Unicode.Scalar {
            guard cursor < scalars.count else { throw .runtime("expected '}' before end of string") }
            cursor += 1
            return scalars[cursor - 1]
        }
        var isInBrackets = false
        var scalar = try next()
        while isInBrackets || scalar != "}" && scalar != "!" && scalar != ":" {
            if scalar == "{" { throw .runtime("unexpected '{' in field name") }
            if scalar == "[" { isInBrackets = true }
            if scalar == "]" { isInBrackets = false }
            field.name.unicodeScalars.append(scalar)
            scalar = try next()
        }
        if scalar == "!" {
            field.conversion = try next()
            scalar = try next()
            guard scalar == "}" || scalar == ":" else { throw .runtime("expected ':' after conversion specifier") }
        }
        guard scalar == ":" else { return field }
        var depth = 1
        while true {
            scalar = try next()
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            if depth == 0 { return field }
            field.specification.unicodeScalars.append(scalar)
        }
    }

    private mutating func replaced(
        _ field: Field,
        _ renderer: TemplateRenderer,
        depth: Int
    ) throws(TemplateError) -> String {
        var value = try self.value(field.name, renderer)
        switch field.conversion {
        case nil: break
        case "s": value = .string(try renderer.text(of: value))
        case "r": value = .string(try renderer.representation(of: value))
        case "a": value = .string(PythonText.asciiOnly(try renderer.representation(of: value)))
        case let conversion?: throw .runtime("Unknown conversion specifier \(conversion)")
        }
        let specification = try self.run(field.specification, renderer, depth: depth - 1)
        guard self.isMarkup else { return try renderer.formatted(value, specification) }
        if case .markup(let text) = value {
            guard specification.isEmpty else { throw .runtime("Unsupported format specification for Markup.") }
            return text
        }
        return try renderer.escaped(try renderer.formatted(value, specification))
    }

    /// The value of `first.attribute[element]…`.
    private mutating func value(_ name: String, _ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue {
        let scalars = Array(name.unicodeScalars)
        var cursor = scalars.firstIndex { $0 == "." || $0 == "[" } ?? scalars.count
        var value = try self.first(Self.text(scalars[..<cursor]), renderer)
        while cursor < scalars.count {
            let isAttribute = scalars[cursor] == "."
            guard isAttribute || scalars[cursor] == "[" else {
                throw .runtime("Only '.' or '[' may follow ']' in format field specifier")
            }
            let rest = scalars[(cursor + 1)...]
            let end =
                isAttribute ? rest.firstIndex { $0 == "." || $0 == "[" } ?? scalars.count : rest.firstIndex(of: "]")
            guard let end else { throw .runtime("Missing ']' in format string") }
            let part = Self.text(scalars[cursor + 1..<end])
            guard !part.isEmpty else { throw .runtime("Empty attribute in format string") }
            if isAttribute {
                value = try renderer.attribute(AttributeName(part), of: value)
            } else {
                let key = Self.number(part).map(TemplateValue.integer) ?? .string(part)
                value = try renderer.element(key, of: value)
            }
            cursor = isAttribute ? end : end + 1
        }
        return value
    }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(scalars))
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int(text) : nil
    }

    private mutating func first(_ name: String, _ renderer: TemplateRenderer) throws(TemplateError) -> TemplateValue {
        let index: Int
        if name.isEmpty {
            guard let next = self.automatic, next >= 0 else {
                throw .runtime("cannot switch from manual field specification to automatic field numbering")
            }
            self.automatic = next + 1
            index = next
        } else if let number = Self.number(name) {
            guard self.automatic == nil || self.automatic == 0 else {
                throw .runtime("cannot switch from automatic field numbering to manual field specification")
            }
            self.automatic = nil
            index = number
        } else {
            if case .mapping(let mapping) = self.named, let value = mapping.value(forText: name) { return value }
            throw .runtime("KeyError: '\(name)'")
        }
        guard self.positional.indices.contains(index) else {
            throw .runtime("Replacement index \(index) out of range for positional args tuple")
        }
        return self.positional[index]
    }
}
