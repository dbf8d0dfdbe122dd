/// A type that a setting, an option or an argument may have.
///
/// An enum of texts needs nothing but the conformance: its cases are its choices.
///
/// ```swift
/// enum Precision: String, CaseIterable, SettingValue { case f32, bf16 }
/// ```
public protocol SettingValue: Sendable {
    static var format: ValueFormat<Self> { get }
}

extension SettingValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    public static var format: ValueFormat<Self> { .choice }
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of an enum's cases.
    public static var choice: ValueFormat {
        let names = Value.allCases.map(\.rawValue)
        var format = ValueFormat(
            placeholder: names.joined(separator: "|"),
            expected: "one of " + names.joined(separator: ", "),
            parse: { Value(rawValue: $0) },
            text: { $0.rawValue }
        )
        format.choices = names
        return format
    }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    public static var format: ValueFormat<Wrapped?> { .optional(Wrapped.format) }
}

extension Array: SettingValue where Element: SettingValue {
    public static var format: ValueFormat<[Element]> { .list(Element.format) }
}

extension Dictionary: SettingValue where Key == String, Value == String {
    public static var format: ValueFormat<[String: String]> { .map }
}

// MARK: Text

extension String: SettingValue {
    public static var format: ValueFormat<String> { .text }
}

extension ValueFormat where Value == String {
    public static var text: ValueFormat { .text("TEXT") }

    /// Any text, shown as `placeholder`.
    public static func text(_ placeholder: String) -> ValueFormat {
        ValueFormat(placeholder: placeholder, expected: "a text", parse: { $0 }, text: { $0 })
    }

    /// A text that is not empty, shown as `placeholder`.
    public static func name(_ placeholder: String = "NAME") -> ValueFormat {
        .text(placeholder).restricted(to: { !$0.isEmpty }, expected: "a name that is not empty")
    }

    /// The path of a file, which need not exist.
    public static var file: ValueFormat { .path("FILE", .file) }

    /// The path of a directory, which need not exist.
    public static var directory: ValueFormat { .path("DIR", .directory) }

    /// The path of something, which need not exist.
    public static func path(_ placeholder: String, _ kind: PathKind) -> ValueFormat {
        var format = ValueFormat.text(placeholder).restricted(to: { !$0.isEmpty }, expected: "a path")
        format.paths = kind
        return format
    }

    /// One of some names, for choices that are no enum.
    public static func choice(of names: [String]) -> ValueFormat {
        var format = ValueFormat.text(names.joined(separator: "|"))
            .restricted(to: names.contains, expected: "one of " + names.joined(separator: ", "))
        format.choices = names
        return format
    }
}

// MARK: Yes and no

extension Bool: SettingValue {
    public static var format: ValueFormat<Bool> { .flag }
}

extension ValueFormat where Value == Bool {
    public static var flag: ValueFormat {
        ValueFormat(
            placeholder: "true|false",
            expected: "true or false",
            arity: .flag,
            read: { texts in
                switch texts.last?.lowercased() {
                case "true", "yes", "on", "1": .value(true)
                case "false", "no", "off", "0": .value(false)
                default: .malformed(index: texts.count - 1)
                }
            },
            texts: { [$0 ? "true" : "false"] }
        )
    }
}

// MARK: Numbers

extension SettingValue where Self: FixedWidthInteger {
    public static var format: ValueFormat<Self> { .integer }
}

extension Int: SettingValue {}
extension Int64: SettingValue {}
extension UInt16: SettingValue {}
extension UInt64: SettingValue {}

extension ValueFormat where Value: FixedWidthInteger {
    public static var integer: ValueFormat {
        let sign = Value.isSigned ? "" : " that is not negative"
        return ValueFormat(
            placeholder: "N",
            expected: "a whole number" + sign,
            parse: { Value($0) },
            text: { String($0) }
        )
    }
}

extension ValueFormat where Value == Int {
    /// A number of things, which `unit` names in the plural.
    public static func count(of unit: String, _ range: ClosedRange<Int> = 0...Int.max) -> ValueFormat {
        var format = ValueFormat.integer
        format.kind = "a number of \(unit)"
        format.unit = unit
        return range.upperBound == .max ? format.within(range.lowerBound...) : format.within(range)
    }
}

extension Double: SettingValue {
    public static var format: ValueFormat<Double> {
        ValueFormat(
            placeholder: "NUMBER",
            expected: "a number",
            parse: { text in
                // Without this, `nan`, `infinity` and hexadecimal forms would be read as well.
                guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
                return Double(text).flatMap { $0.isFinite ? $0 : nil }
            },
            text: { Int(exactly: $0).map(String.init) ?? String($0) }
        )
    }
}
