import Foundation
public import OrderedJSON

/// A JSON Schema, compiled, with the keywords that people's schemas for answers use, and ours and AsyncAPI's.
///
/// A keyword that it does not carry out is refused when a schema is read, so that no check is skipped in silence. It
/// knows drafts 07 and 2020-12, which differ here in `$ref` (whose neighbours draft 07 ignores) and in tuples. A reference
/// leads to a place in the same document, or to another document by its name. Schemas come from whoever runs this program:
/// what cannot end is refused, but a slow regular expression is theirs.
public final class JSONSchema: Sendable {
    /// Why a document is no schema that can be carried out.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    private let document: JSONValue
    /// What references may name beside places in this document.
    private let others: [String: JSONSchema]
    private let ignoresReferenceSiblings: Bool
    private let patterns: [String: NSRegularExpression]

    /// Reads a schema.
    ///
    /// - Parameters:
    ///   - document: The schema.
    ///   - others: Schemas that it may refer to, by the name that its references give them.
    /// - Throws: ``Failure`` for what it cannot carry out.
    public init(_ document: JSONValue, others: [String: JSONSchema] = [:]) throws(Failure) {
        var reading = SchemaReading(document: document, others: others)
        try reading.check(document, at: "#")
        self.document = document
        self.others = others
        self.ignoresReferenceSiblings = document["$schema"]?.string?.contains("draft-07") ?? false
        self.patterns = reading.patterns
    }

    /// What is wrong with `instance`; empty when it is valid.
    public func problems(with instance: JSONValue) -> [String] {
        var problems: [String] = []
        self.validate(instance, self.document, at: "", &problems)
        return problems
    }

    public func accepts(_ instance: JSONValue) -> Bool { self.problems(with: instance).isEmpty }

    func matches(_ text: String, pattern: String) -> Bool {
        let range = NSRange(location: 0, length: text.utf16.count)
        return self.patterns[pattern]?.firstMatch(in: text, range: range) != nil
    }

    // MARK: Validating

    func validate(_ instance: JSONValue, _ schema: JSONValue, at path: String, _ problems: inout [String]) {
        guard case .object(let object) = schema else {
            if schema == false { problems.append("\(Self.place(path)) is not allowed") }
            return
        }
        if let reference = object["$ref"]?.string {
            let (name, pointer) = Self.parts(of: reference)
            let target = name.isEmpty ? self : self.others[name]
            if let target, let part = target.part(at: pointer) { target.validate(instance, part, at: path, &problems) }
            if self.ignoresReferenceSiblings { return }
        }
        self.checkValue(instance, object, at: path, &problems)
        switch instance {
        case .string(let text): self.checkString(text, object, at: path, &problems)
        case .integer, .double: self.checkNumber(instance, object, at: path, &problems)
        case .array(let elements): self.checkArray(elements, object, at: path, &problems)
        case .object(let members): self.checkObject(members, object, at: path, &problems)
        case .null, .bool: break
        }
        self.checkCombinations(instance, object, at: path, &problems)
    }

    private func isValid(_ instance: JSONValue, _ schema: JSONValue, at path: String) -> Bool {
        var problems: [String] = []
        self.validate(instance, schema, at: path, &problems)
        return problems.isEmpty
    }

    private func checkCombinations(
        _ instance: JSONValue,
        _ schema: JSONObject,
        at path: String,
        _ problems: inout [String]
    ) {
        for element in schema["allOf"]?.array ?? [] { self.validate(instance, element, at: path, &problems) }
        if let anyOf = schema["anyOf"]?.array, !anyOf.contains(where: { self.isValid(instance, $0, at: path) }) {
            problems.append("\(Self.place(path)) matches none of \(anyOf.count) alternatives (anyOf)")
        }
        if let oneOf = schema["oneOf"]?.array {
            let count = oneOf.count { self.isValid(instance, $0, at: path) }
            if count != 1 { problems.append("\(Self.place(path)) matches \(count) alternatives, expected one (oneOf)") }
        }
        if let not = schema["not"], self.isValid(instance, not, at: path) {
            problems.append("\(Self.place(path)) matches what it must not (not)")
        }
        if let condition = schema["if"] {
            let branch = self.isValid(instance, condition, at: path) ? schema["then"] : schema["else"]
            if let branch { self.validate(instance, branch, at: path, &problems) }
        }
    }

    static func place(_ path: String) -> String { path.isEmpty ? "the document" : path }

    // MARK: References

    /// The document's name in a reference, empty for its own, and the way in it.
    static func parts(of reference: String) -> (name: String, pointer: Substring) {
        let end = reference.firstIndex(of: "#") ?? reference.endIndex
        return (String(reference[..<end]), reference[end...].dropFirst())
    }

    /// The place that a JSON pointer leads to.
    func part(at pointer: Substring) -> JSONValue? { Self.part(of: self.document, at: pointer) }

    static func part(of document: JSONValue, at pointer: Substring) -> JSONValue? {
        var value = document
        for part in pointer.split(separator: "/") {
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~").removingPercentEncoding ?? ""
            guard let next = value[key] ?? Int(key).flatMap({ value.array?[safe: $0] }) else { return nil }
            value = next
        }
        return value
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { self.indices.contains(index) ? self[index] : nil }
}
