import Foundation
public import OrderedJSON

/// A JSON Schema, compiled, with the keywords that our schemas and AsyncAPI's use.
///
/// A keyword that it does not carry out is refused when a schema is read, so that no check is skipped in silence. It
/// knows drafts 07 and 2020-12, which differ here in `$ref` (whose neighbours draft 07 ignores) and in tuples. Schemas
/// are ours: it is not hardened against hostile ones.
public final class JSONSchema: Sendable {
    /// Why a document is no schema that can be carried out.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let document: JSONValue
    private let ignoresReferenceSiblings: Bool
    private let patterns: [String: NSRegularExpression]

    private static let subschemaKeywords: Set<String> = [
        "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "additionalItems",
    ]
    private static let subschemaMapKeywords: Set<String> = ["properties", "patternProperties", "definitions", "$defs"]
    private static let subschemaListKeywords: Set<String> = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let valueKeywords: Set<String> = [
        "type", "enum", "const", "required", "minItems", "maxItems", "uniqueItems", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "minProperties", "maxProperties",
        "dependentRequired", "format", "$ref",
    ]
    /// Say something to people, and nothing about validity.
    private static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "example", "deprecated",
        "contentMediaType", "contentEncoding", "readOnly", "writeOnly",
    ]

    public init(_ document: JSONValue) throws {
        self.document = document
        self.ignoresReferenceSiblings = document["$schema"]?.string?.contains("draft-07") ?? false
        var patterns: [String: NSRegularExpression] = [:]
        try Self.check(document, of: document, at: "#", &patterns)
        self.patterns = patterns
    }

    /// What is wrong with `instance`; empty when it is valid.
    public func problems(with instance: JSONValue) -> [String] {
        var problems: [String] = []
        self.validate(instance, self.document, at: "", &problems)
        return problems
    }

    public func accepts(_ instance: JSONValue) -> Bool { self.problems(with: instance).isEmpty }

    // MARK: Reading the schema

    private static func check(
        _ schema: JSONValue,
        of document: JSONValue,
        at place: String,
        _ patterns: inout [String: NSRegularExpression]
    ) throws {
        guard case .object(let object) = schema else {
            if schema.bool != nil { return }
            throw Failure(description: "\(place): expected a schema, got \(schema.kind)")
        }
        for (keyword, value) in object {
            let place = "\(place)/\(keyword)"
            switch keyword {
            case _ where self.annotations.contains(keyword): break
            case "items":
                for (index, element) in (value.array ?? [value]).enumerated() {
                    try self.check(
                        element,
                        of: document,
                        at: value.array == nil ? place : "\(place)/\(index)",
                        &patterns
                    )
                }
            case "$ref":
                guard let reference = value.string, self.resolve(reference, in: document) != nil else {
                    throw Failure(description: "\(place): \(value.text()) leads nowhere in this document")
                }
            case "pattern": try self.compile(value, at: place, &patterns)
            case _ where self.valueKeywords.contains(keyword): break
            case _ where self.subschemaKeywords.contains(keyword):
                try self.check(value, of: document, at: place, &patterns)
            case _ where self.subschemaMapKeywords.contains(keyword):
                for (key, element) in value.object ?? [:] {
                    if keyword == "patternProperties" { try self.compile(.string(key), at: place, &patterns) }
                    try self.check(element, of: document, at: "\(place)/\(key)", &patterns)
                }
            case _ where self.subschemaListKeywords.contains(keyword):
                for (index, element) in (value.array ?? []).enumerated() {
                    try self.check(element, of: document, at: "\(place)/\(index)", &patterns)
                }
            default: throw Failure(description: "\(place): this validator does not know the keyword")
            }
        }
    }

    private static func compile(
        _ pattern: JSONValue,
        at place: String,
        _ patterns: inout [String: NSRegularExpression]
    ) throws {
        guard let text = pattern.string else { throw Failure(description: "\(place): expected a string") }
        do {
            // `$` is the very end in JSON Schema; here it would also stand before a last line feed.
            let exact = text.hasSuffix("$") && !text.hasSuffix("\\$") ? text.dropLast() + "\\z" : text
            patterns[text] = try NSRegularExpression(pattern: exact)
        } catch {
            throw Failure(description: "\(place): `\(text)` is not a regular expression")
        }
    }

    private static func resolve(_ reference: String, in document: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var value = document
        for part in reference.dropFirst().split(separator: "/") {
            let key = part.replacing("~1", with: "/").replacing("~0", with: "~").removingPercentEncoding ?? ""
            guard let next = value[key] ?? Int(key).flatMap({ value.array?[safe: $0] }) else { return nil }
            value = next
        }
        return value
    }

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
        if let reference = object["$ref"]?.string, let target = Self.resolve(reference, in: self.document) {
            self.validate(instance, target, at: path, &problems)
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
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { self.indices.contains(index) ? self[index] : nil }
}
