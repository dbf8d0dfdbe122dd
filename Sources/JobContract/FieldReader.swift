import OrderedJSON

/// Reads the members of one object of a request, strictly, and names what is wrong by its path.
///
/// A member that is null counts as absent, as in OpenAI's API. No type is converted into another: a boolean is not a
/// number and `"1"` is not one either; a number without a fractional part is an integer however it is written (`4.0`,
/// `1e3`), as in JSON Schema.
struct FieldReader {
    let object: JSONObject
    /// Where the object stands in the record; empty for the record's value itself.
    let path: String

    init(_ object: JSONObject, path: String) {
        self.object = object
        self.path = path
    }

    func path(of name: String) -> String { self.path.isEmpty ? name : "\(self.path).\(name)" }

    func value(_ name: String) -> JSONValue? {
        guard let value = self.object[name], case .null = value else { return self.object[name] }
        return nil
    }

    func missing(_ name: String) -> RequestError {
        let path = self.path(of: name)
        return .invalid(path, "missing_required_parameter", "\(path) is required")
    }

    func wrongType(_ name: String, expected: String, got value: JSONValue) -> RequestError {
        .wrongType(self.path(of: name), expected: expected, got: value)
    }

    func invalid(_ name: String, _ code: String, _ reason: String) -> RequestError {
        let path = self.path(of: name)
        return .invalid(path, code, "\(path): \(reason)")
    }

    // MARK: One type each

    func string(_ name: String) throws(RequestError) -> String? {
        guard let value = self.value(name) else { return nil }
        guard case .string(let text) = value else { throw self.wrongType(name, expected: "a string", got: value) }
        return text
    }

    func requiredString(_ name: String) throws(RequestError) -> String {
        guard let text = try self.string(name) else { throw self.missing(name) }
        return text
    }

    /// A short text that names something: not empty, and at most `bytes` bytes of UTF-8.
    func identifier(_ name: String, atMost bytes: Int) throws(RequestError) -> String? {
        guard let text = try self.string(name) else { return nil }
        guard !text.isEmpty else { throw self.invalid(name, "empty_string", "expected a text that is not empty") }
        guard text.utf8.count <= bytes else {
            throw .tooLong(self.path(of: name), limit: bytes, got: text.utf8.count)
        }
        return text
    }

    func bool(_ name: String) throws(RequestError) -> Bool? {
        guard let value = self.value(name) else { return nil }
        guard case .bool(let flag) = value else { throw self.wrongType(name, expected: "a boolean", got: value) }
        return flag
    }

    func array(_ name: String) throws(RequestError) -> [JSONValue]? {
        guard let value = self.value(name) else { return nil }
        guard case .array(let elements) = value else { throw self.wrongType(name, expected: "an array", got: value) }
        return elements
    }

    func object(_ name: String) throws(RequestError) -> JSONObject? {
        guard let value = self.value(name) else { return nil }
        guard case .object(let object) = value else { throw self.wrongType(name, expected: "an object", got: value) }
        return object
    }

    func integer(_ name: String, in range: ClosedRange<Int64> = Int64.min...Int64.max) throws(RequestError) -> Int64? {
        guard let value = self.value(name) else { return nil }
        return try .init(value, at: self.path(of: name), in: range)
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(RequestError) -> Double? {
        guard let value = self.value(name) else { return nil }
        return try .init(value, at: self.path(of: name), in: range)
    }

    // MARK: What is left

    /// Refuses members that are not among `known`, with the reason where `unsupported` has one.
    ///
    /// A null member is absent, whatever its name. A member of `unsupported` is refused under every policy.
    func refuseOthers(
        than known: Set<String>,
        unsupported: [String: String] = [:],
        _ policy: JobPolicy
    ) throws(RequestError) {
        for member in self.object {
            guard !known.contains(member.key) else { continue }
            if case .null = member.value { continue }
            let path = self.path(of: member.key.count > 64 ? member.key.prefix(64) + "…" : member.key)
            if let reason = unsupported[member.key] {
                throw .invalid(path, "unsupported_parameter", "\(path) is not supported: \(reason)")
            }
            guard policy.unknownFields == .refuse else { continue }
            throw .invalid(path, "unknown_parameter", "\(path) is not a field of this request")
        }
    }
}

extension RequestError {
    static func wrongType(_ path: String, expected: String, got value: JSONValue) -> RequestError {
        .invalid(path, "invalid_type", "\(path): expected \(expected), got \(value.phrase)")
    }

    static func tooLong(_ path: String, limit: Int, got bytes: Int) -> RequestError {
        .overLimit(path, "string_above_max_length", "\(path): expected at most \(limit) bytes, got \(bytes)")
    }

    static func tooMany(_ path: String, limit: Int, got count: Int) -> RequestError {
        .overLimit(path, "array_above_max_length", "\(path): expected at most \(limit) entries, got \(count)")
    }
}

extension JSONValue {
    /// The kind with its article: `a boolean`, `an object`.
    fileprivate var phrase: String {
        switch self {
        case .null: "null"
        case .integer, .array, .object: "an \(self.kind)"
        case .bool, .double, .string: "a \(self.kind)"
        }
    }
}

extension Int64 {
    init(_ value: JSONValue, at path: String, in range: ClosedRange<Int64>) throws(RequestError) {
        switch value {
        case .integer(let integer): self = integer
        case .double(let number):
            guard let integer = Int64(exactly: number) else {
                let isWhole = number.rounded() == number
                throw isWhole
                    ? RequestError.outOfRange(
                        path,
                        number > 0,
                        "integer",
                        "\(range.lowerBound)",
                        "\(range.upperBound)",
                        "\(number)"
                    )
                    : .wrongType(path, expected: "an integer", got: value)
            }
            self = integer
        default: throw .wrongType(path, expected: "an integer", got: value)
        }
        guard range.contains(self) else {
            throw RequestError.outOfRange(
                path,
                self > range.upperBound,
                "integer",
                "\(range.lowerBound)",
                "\(range.upperBound)",
                "\(self)"
            )
        }
    }
}

extension Double {
    init(_ value: JSONValue, at path: String, in range: ClosedRange<Double>) throws(RequestError) {
        guard let number = value.double else { throw .wrongType(path, expected: "a number", got: value) }
        guard range.contains(number) else {
            throw RequestError.outOfRange(
                path,
                number > range.upperBound,
                "decimal",
                "\(range.lowerBound)",
                "\(range.upperBound)",
                "\(number)"
            )
        }
        self = number
    }
}

extension RequestError {
    static func outOfRange(
        _ path: String,
        _ isAbove: Bool,
        _ kind: String,
        _ lower: String,
        _ upper: String,
        _ got: String
    ) -> RequestError {
        let code = "\(kind)_\(isAbove ? "above_max" : "below_min")_value"
        return .invalid(path, code, "\(path): expected a value from \(lower) to \(upper), got \(got)")
    }
}
