import Foundation
import OrderedJSON

/// Looks a schema through before it is used: every keyword is known, every reference leads somewhere and ends.
struct SchemaReading {
    let document: JSONValue
    let others: [String: JSONSchema]
    private(set) var patterns: [String: NSRegularExpression] = [:]

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
    /// Those whose schemas judge the same value as the schema that they stand in.
    private static let inPlaceKeywords = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"]

    init(document: JSONValue, others: [String: JSONSchema]) {
        self.document = document
        self.others = others
    }

    mutating func check(_ schema: JSONValue, at place: String) throws(JSONSchema.Failure) {
        guard case .object(let object) = schema else {
            if schema.bool != nil { return }
            throw JSONSchema.Failure("\(place): expected a schema, got \(schema.kind)")
        }
        for (keyword, value) in object {
            let place = "\(place)/\(keyword)"
            switch keyword {
            case _ where Self.annotations.contains(keyword): break
            case "items":
                if let elements = value.array {
                    try self.check(elements, at: place)
                } else {
                    try self.check(value, at: place)
                }
            case "$ref":
                guard let reference = value.string, self.leadsSomewhere(reference) else {
                    throw JSONSchema.Failure("\(place): \(value.text()) leads nowhere")
                }
                try self.checkEnds(schema, at: place, open: [])
            case "pattern": try self.compile(value, at: place)
            case _ where Self.valueKeywords.contains(keyword): break
            case _ where Self.subschemaKeywords.contains(keyword): try self.check(value, at: place)
            case _ where Self.subschemaMapKeywords.contains(keyword):
                for (key, element) in value.object ?? [:] {
                    if keyword == "patternProperties" { try self.compile(.string(key), at: place) }
                    try self.check(element, at: "\(place)/\(key)")
                }
            case _ where Self.subschemaListKeywords.contains(keyword): try self.check(value.array ?? [], at: place)
            default: throw JSONSchema.Failure("\(place): this validator does not know the keyword")
            }
        }
    }

    private mutating func check(_ elements: [JSONValue], at place: String) throws(JSONSchema.Failure) {
        for (index, element) in elements.enumerated() { try self.check(element, at: "\(place)/\(index)") }
    }

    private mutating func compile(_ pattern: JSONValue, at place: String) throws(JSONSchema.Failure) {
        guard let text = pattern.string else { throw JSONSchema.Failure("\(place): expected a string") }
        do {
            // `$` is the very end in JSON Schema; here it would also stand before a last line feed.
            let exact = text.hasSuffix("$") && !text.hasSuffix("\\$") ? text.dropLast() + "\\z" : text
            self.patterns[text] = try NSRegularExpression(pattern: exact)
        } catch {
            throw JSONSchema.Failure("\(place): `\(text)` is not a regular expression")
        }
    }

    private func leadsSomewhere(_ reference: String) -> Bool {
        let (name, pointer) = JSONSchema.parts(of: reference)
        if name.isEmpty { return JSONSchema.part(of: self.document, at: pointer) != nil }
        return self.others[name]?.part(at: pointer) != nil
    }

    /// References that come back to themselves without going deeper into a value would be followed for ever.
    ///
    /// Other documents were read before this one and cannot refer to it.
    private func checkEnds(_ schema: JSONValue, at place: String, open: Set<String>) throws(JSONSchema.Failure) {
        guard let object = schema.object else { return }
        if let reference = object["$ref"]?.string, reference.hasPrefix("#") {
            guard !open.contains(reference) else {
                throw JSONSchema.Failure("\(place): \(reference) leads back to itself")
            }
            let target = JSONSchema.part(of: self.document, at: JSONSchema.parts(of: reference).pointer)
            if let target { try self.checkEnds(target, at: place, open: open.union([reference])) }
        }
        for keyword in Self.inPlaceKeywords {
            guard let value = object[keyword] else { continue }
            for element in value.array ?? [value] { try self.checkEnds(element, at: place, open: open) }
        }
    }
}
