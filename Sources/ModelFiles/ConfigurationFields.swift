import OrderedJSON

/// Reads the members of one JSON object as the types and within the bounds that the reader asks for.
///
/// A field that is missing or wrong is noted, and a placeholder returned, so that one pass finds every problem; a
/// result counts only while `problems` is empty.
struct ConfigurationFields {
    private let object: JSONObject
    /// Prefix of the field names in messages, such as `rope_scaling.`.
    private let path: String
    var problems = ProblemList()

    init(_ object: JSONObject, path: String = "") {
        self.object = object
        self.path = path
    }

    /// The value of a field; nil where it is missing or null, which mean the same in these files.
    func value(_ name: String) -> JSONValue? {
        guard let value = self.object[name], !value.isNull else { return nil }
        return value
    }

    /// Whether the field stands in the file, be it as null.
    func states(_ name: String) -> Bool { self.object[name] != nil }

    mutating func note(_ name: String, expected: String, got: JSONValue?) {
        let shown = got.map { value in
            switch value {
            case .array, .object: "an " + value.kind
            default: SafetensorsHeader.quoted(value.text())
            }
        }
        self.problems.add("\(self.path)\(name): expected \(expected), got \(shown ?? "nothing")")
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int {
        self.optionalInteger(name, in: range) ?? self.missing(name, "an integer", range.lowerBound)
    }

    /// Nil where the field is missing, null or, noted, not such an integer.
    mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = self.value(name) else { return nil }
        guard let integer = value.integer, range.contains(Int(integer)) else {
            self.note(name, expected: "an integer from \(range.lowerBound) to \(range.upperBound)", got: value)
            return range.lowerBound
        }
        return Int(integer)
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double {
        self.optionalNumber(name, in: range) ?? self.missing(name, "a number", range.upperBound)
    }

    /// Nil where the field is missing, null or, noted, not such a number.
    mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = self.value(name) else { return nil }
        guard let number = value.double, range.contains(number) else {
            self.note(name, expected: "a number from \(range.lowerBound) to \(range.upperBound)", got: value)
            return range.upperBound
        }
        return number
    }

    mutating func flag(_ name: String, default absent: Bool? = nil) -> Bool {
        guard let value = self.value(name) else { return absent ?? self.missing(name, "true or false", false) }
        guard let flag = value.bool else {
            self.note(name, expected: "true or false", got: value)
            return false
        }
        return flag
    }

    /// A field that may be absent and otherwise must say `expected`.
    mutating func require(_ name: String, _ expected: JSONValue) {
        guard let value = self.value(name), value != expected else { return }
        self.note(name, expected: expected.text(), got: value)
    }

    private mutating func missing<Value>(_ name: String, _ expected: String, _ placeholder: Value) -> Value {
        self.note(name, expected: expected, got: nil)
        return placeholder
    }
}
