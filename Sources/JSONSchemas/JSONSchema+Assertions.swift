import Foundation
import JobContract
import OrderedJSON

// What each kind of value is held against. Combinations of schemas stand in the main file.

extension JSONSchema {
    func checkValue(_ instance: JSONValue, _ schema: JSONObject, at path: String, _ problems: inout [String]) {
        let place = Self.place(path)
        if let type = schema["type"] {
            let names = (type.array ?? [type]).compactMap(\.string)
            if !names.contains(where: { Self.is(instance, $0) }) {
                problems.append("\(place): expected \(names.joined(separator: " or ")), got \(instance.kind)")
            }
        }
        if let values = schema["enum"]?.array, !values.contains(where: instance.isEquivalent(to:)) {
            problems.append("\(place): \(Self.shortened(instance)) is none of the allowed values")
        }
        if let constant = schema["const"], !instance.isEquivalent(to: constant) {
            problems.append("\(place): expected \(constant.text()), got \(Self.shortened(instance))")
        }
    }

    func checkString(_ text: String, _ schema: JSONObject, at path: String, _ problems: inout [String]) {
        let place = Self.place(path)
        let length = text.unicodeScalars.count
        if let least = schema["minLength"]?.integer, length < least {
            problems.append("\(place): expected at least \(least) characters, got \(length)")
        }
        if let most = schema["maxLength"]?.integer, length > most {
            problems.append("\(place): expected at most \(most) characters, got \(length)")
        }
        if let pattern = schema["pattern"]?.string, !self.matches(text, pattern: pattern) {
            problems.append("\(place): \(Self.shortened(.string(text))) does not match \(pattern)")
        }
        // Other formats are annotations, as the specification leaves open.
        if schema["format"] == "date-time", WallTime(rfc3339: text) == nil {
            problems.append("\(place): \(Self.shortened(.string(text))) is not an RFC 3339 time")
        }
    }

    func checkNumber(_ instance: JSONValue, _ schema: JSONObject, at path: String, _ problems: inout [String]) {
        guard let number = instance.double else { return }
        let bounds: [(String, (Double, Double) -> Bool)] = [
            ("minimum", { $0 >= $1 }), ("maximum", { $0 <= $1 }), ("exclusiveMinimum", { $0 > $1 }),
            ("exclusiveMaximum", { $0 < $1 }),
        ]
        for (keyword, holds) in bounds {
            guard let bound = schema[keyword]?.double, !holds(number, bound) else { continue }
            problems.append("\(Self.place(path)): \(instance.text()) breaks \(keyword) \(bound)")
        }
    }

    func checkArray(_ elements: [JSONValue], _ schema: JSONObject, at path: String, _ problems: inout [String]) {
        let place = Self.place(path)
        if let least = schema["minItems"]?.integer, elements.count < least {
            problems.append("\(place): expected at least \(least) elements, got \(elements.count)")
        }
        if let most = schema["maxItems"]?.integer, elements.count > most {
            problems.append("\(place): expected at most \(most) elements, got \(elements.count)")
        }
        if schema["uniqueItems"] == true {
            for (index, element) in elements.enumerated()
            where elements[..<index].contains(where: element.isEquivalent(to:)) {
                problems.append("\(place)/\(index) stands there twice")
            }
        }
        let tuple = schema["prefixItems"]?.array ?? schema["items"]?.array ?? []
        let rest = schema["items"]?.array == nil ? schema["items"] : schema["additionalItems"]
        for (index, element) in elements.enumerated() {
            let elementSchema = index < tuple.count ? tuple[index] : rest
            if let elementSchema { self.validate(element, elementSchema, at: "\(path)/\(index)", &problems) }
        }
        if let contains = schema["contains"] {
            let isFound = elements.contains { element in
                var unused: [String] = []
                self.validate(element, contains, at: path, &unused)
                return unused.isEmpty
            }
            if !isFound { problems.append("\(place): no element is what one must be (contains)") }
        }
    }

    func checkObject(_ members: JSONObject, _ schema: JSONObject, at path: String, _ problems: inout [String]) {
        let place = Self.place(path)
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where members[name] == nil {
            problems.append("\(place): `\(name)` is required")
        }
        if let least = schema["minProperties"]?.integer, members.count < least {
            problems.append("\(place): expected at least \(least) members, got \(members.count)")
        }
        if let most = schema["maxProperties"]?.integer, members.count > most {
            problems.append("\(place): expected at most \(most) members, got \(members.count)")
        }
        for (name, needed) in schema["dependentRequired"]?.object ?? [:] where members[name] != nil {
            for other in (needed.array ?? []).compactMap(\.string) where members[other] == nil {
                problems.append("\(place): `\(name)` needs `\(other)`")
            }
        }
        let properties = schema["properties"]?.object ?? [:]
        let patterns = schema["patternProperties"]?.object ?? [:]
        for (name, value) in members {
            let memberPath = "\(path)/\(name)"
            if let names = schema["propertyNames"] { self.validate(.string(name), names, at: memberPath, &problems) }
            var isKnown = false
            if let property = properties[name] {
                isKnown = true
                self.validate(value, property, at: memberPath, &problems)
            }
            for (pattern, property) in patterns where self.matches(name, pattern: pattern) {
                isKnown = true
                self.validate(value, property, at: memberPath, &problems)
            }
            if !isKnown, let others = schema["additionalProperties"] {
                self.validate(value, others, at: memberPath, &problems)
            }
        }
    }

    private static func `is`(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "null": value == .null
        case "boolean": value.bool != nil
        case "integer": value.integer != nil || value.double.map { $0.rounded() == $0 } == true
        case "number": value.double != nil
        case "string": value.string != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: false
        }
    }

    private static func shortened(_ value: JSONValue) -> String {
        let text = value.text()
        return text.count > 80 ? text.prefix(80) + "…" : text
    }
}
