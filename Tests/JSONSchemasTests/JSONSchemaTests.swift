import Foundation
import JSONSchemas
import OrderedJSON
import Testing

/// The validator that the schema tests rest on, held against what the specification says of each keyword.
@Suite("JSON Schema validator")
struct JSONSchemaTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let schema: String
        let valid: [String]
        let invalid: [String]

        var testDescription: String { self.schema }
    }

    @Test(
        "carries out each keyword",
        arguments: [
            Case(schema: "true", valid: ["1", "null"], invalid: []),
            Case(schema: "false", valid: [], invalid: ["1", "{}"]),
            Case(schema: #"{"type":"integer"}"#, valid: ["1", "1.0", "1e300"], invalid: ["1.5", "true", "\"1\""]),
            Case(schema: #"{"type":["string","null"]}"#, valid: ["\"\"", "null"], invalid: ["0", "[]"]),
            Case(schema: #"{"type":"number"}"#, valid: ["1", "1.5"], invalid: ["\"1\"", "null"]),
            Case(
                schema: #"{"enum":[1,"a",[2]]}"#,
                valid: ["1.0", "\"a\"", "[2.0]"],
                invalid: ["2", "\"A\"", "[2,2]"]
            ),
            Case(schema: #"{"const":{"a":1}}"#, valid: [#"{"a":1.0}"#], invalid: ["{}", #"{"a":1,"b":2}"#]),
            Case(
                schema: #"{"minLength":2,"maxLength":3}"#,
                valid: ["\"한글\"", "\"😀😀😀\"", "1"],
                invalid: ["\"a\"", "\"abcd\""]
            ),
            Case(schema: #"{"pattern":"^a+$"}"#, valid: ["\"aa\"", "7"], invalid: ["\"ab\"", "\"\""]),
            Case(schema: #"{"pattern":"b"}"#, valid: ["\"abc\""], invalid: ["\"ac\""]),
            Case(schema: #"{"minimum":1,"maximum":2}"#, valid: ["1", "2", "\"x\""], invalid: ["0.9", "2.1"]),
            Case(schema: #"{"exclusiveMinimum":1,"exclusiveMaximum":2}"#, valid: ["1.5"], invalid: ["1", "2"]),
            Case(schema: #"{"minItems":1,"maxItems":2}"#, valid: ["[1]", "{}"], invalid: ["[]", "[1,2,3]"]),
            Case(schema: #"{"uniqueItems":true}"#, valid: ["[1,2]", "[[1],[2]]"], invalid: ["[1,1.0]", "[{},{}]"]),
            Case(schema: #"{"items":{"type":"integer"}}"#, valid: ["[]", "[1]"], invalid: ["[1,\"a\"]"]),
            Case(
                schema: #"{"prefixItems":[{"const":1}],"items":{"const":2}}"#,
                valid: ["[1,2,2]", "[1]", "[]"],
                invalid: ["[2]", "[1,1]"]
            ),
            Case(
                schema: #"{"items":[{"const":1}],"additionalItems":false}"#,
                valid: ["[1]", "[]"],
                invalid: ["[2]", "[1,1]"]
            ),
            Case(schema: #"{"contains":{"const":1}}"#, valid: ["[0,1]"], invalid: ["[]", "[0]"]),
            Case(schema: #"{"required":["a"]}"#, valid: [#"{"a":null}"#, "[]"], invalid: ["{}"]),
            Case(
                schema: #"{"minProperties":1,"maxProperties":1}"#,
                valid: [#"{"a":1}"#],
                invalid: ["{}", #"{"a":1,"b":1}"#]
            ),
            Case(
                schema: #"{"dependentRequired":{"a":["b"]}}"#,
                valid: ["{}", #"{"a":1,"b":1}"#],
                invalid: [#"{"a":1}"#]
            ),
            Case(
                schema:
                    #"{"properties":{"a":{"type":"string"}},"patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false}"#,
                valid: [#"{"a":"","x-b":1}"#, "{}"],
                invalid: [#"{"a":1}"#, #"{"x-b":""}"#, #"{"b":1}"#]
            ),
            Case(
                schema: #"{"additionalProperties":{"type":"integer"}}"#,
                valid: [#"{"a":1}"#],
                invalid: [#"{"a":""}"#]
            ),
            Case(schema: #"{"propertyNames":{"maxLength":1}}"#, valid: [#"{"a":1}"#], invalid: [#"{"ab":1}"#]),
            Case(schema: #"{"allOf":[{"minimum":1},{"maximum":2}]}"#, valid: ["1"], invalid: ["0", "3"]),
            Case(schema: #"{"anyOf":[{"const":1},{"const":2}]}"#, valid: ["1", "2"], invalid: ["3"]),
            Case(schema: #"{"oneOf":[{"minimum":1},{"maximum":2}]}"#, valid: ["0", "3"], invalid: ["1"]),
            Case(schema: #"{"not":{"type":"null"}}"#, valid: ["0"], invalid: ["null"]),
            Case(
                schema: #"{"if":{"const":1},"then":{"type":"null"},"else":{"type":"integer"}}"#,
                valid: ["2"],
                invalid: ["1", "\"a\""]
            ),
            Case(
                schema: ##"{"$defs":{"a/b":{"type":"array","items":{"$ref":"#/$defs/a~1b"}}},"$ref":"#/$defs/a~1b"}"##,
                valid: ["[]", "[[],[[]]]"],
                invalid: ["1", "[[1]]"]
            ),
            Case(
                schema: ##"{"$defs":{"s":{"type":"string"}},"$ref":"#/$defs/s","minLength":1}"##,
                valid: ["\"a\""],
                invalid: ["\"\"", "1"]
            ),
            Case(
                schema:
                    ##"{"$schema":"http://json-schema.org/draft-07/schema","definitions":{"s":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/s","minLength":1}}}"##,
                valid: [#"{"a":""}"#],
                invalid: [#"{"a":1}"#]
            ),
            Case(
                schema: #"{"format":"date-time"}"#,
                valid: ["\"2026-01-31T09:00:00Z\"", "1"],
                invalid: ["\"2026-01-31\"", "\"2026-02-30T00:00:00Z\""]
            ),
        ]
    )
    func keywords(example: Case) throws {
        let schema = try JSONSchema(JSONValue(parsing: example.schema))
        for text in example.valid {
            #expect(schema.problems(with: try JSONValue(parsing: text)) == [], "\(text)")
        }
        for text in example.invalid {
            #expect(!schema.accepts(try JSONValue(parsing: text)), "\(text)")
        }
    }

    @Test(
        "refuses a schema that it cannot carry out",
        arguments: [
            #"{"multipleOf":2}"#, #"{"properties":{"a":{"unevaluatedProperties":false}}}"#, #"{"requird":["a"]}"#,
            ##"{"$ref":"#/$defs/none"}"##, #"{"$ref":"other.json"}"#, ##"{"$ref":"#"}"##,
            ##"{"anyOf":[{"type":"null"},{"$ref":"#"}]}"##,
            ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}}}"##, #"{"pattern":"("}"#,
            #"{"items":3}"#, "3",
        ]
    )
    func refusesUnknown(schema: String) throws {
        let document = try JSONValue(parsing: schema)
        #expect(throws: JSONSchema.Failure.self) { try JSONSchema(document) }
    }

    @Test("says where a document is wrong")
    func places() throws {
        let schema = try JSONSchema(["properties": ["a": ["items": ["type": "string"]]]])
        #expect(schema.problems(with: ["a": ["x", 1]]) == ["/a/1: expected string, got integer"])
    }

    @Test("follows references that go deeper into a value, as deep as the value goes")
    func recursion() throws {
        let schema = try JSONSchema(
            JSONValue(parsing: ##"{"properties":{"next":{"$ref":"#"},"n":{"type":"integer"}},"required":["n"]}"##)
        )
        #expect(schema.accepts(["n": 1, "next": ["n": 2, "next": ["n": 3]]]))
        #expect(schema.problems(with: ["n": 1, "next": ["n": 2, "next": [:]]]) == ["/next/next: `n` is required"])
    }

    @Test("follows references into other files")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dure-schemas-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is left of it is in the temporary directory.
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ name: String, _ text: String) throws -> String {
            let file = folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            return file.path
        }
        _ = try write("none.json", ##"{"$defs":{"n":{"const":0}},"const":"none"}"##)
        let path = try write(
            "a.json",
            ##"{"anyOf":[{"$ref":"none.json"},{"$ref":"none.json#/$defs/n"},{"type":"null"}]}"##
        )
        let schema = try JSONSchema.load(path)
        #expect(schema.accepts("none"))
        #expect(schema.accepts(0))
        #expect(schema.accepts(nil))
        #expect(!schema.accepts(1))
        for (name, text, words) in [
            ("circle.json", #"{"$ref":"circle2.json"}"#, "circle2.json"),
            ("circle2.json", #"{"$ref":"circle.json"}"#, "refers to itself"),
            ("absent.json", #"{"$ref":"nowhere.json"}"#, "nowhere.json"), ("broken.json", "{", "broken.json"),
            ("address.json", #"{"$ref":"https://example.org/a.json"}"#, "leads nowhere"),
        ] {
            let path = try write(name, text)
            let failure = #expect(throws: JSONSchema.Failure.self) { try JSONSchema.load(path) }
            #expect(failure?.description.contains(words) == true, "\(name): \(failure?.description ?? "")")
        }
    }
}
