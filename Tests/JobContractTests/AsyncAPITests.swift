import Foundation
import JSONSchemas
import OrderedJSON
import TestSupport
import Testing

@Suite("AsyncAPI document")
struct AsyncAPITests {
    /// The specification's own schema, where the workplace has it.
    private static let specification = SchemaFiles.root.deletingLastPathComponent()
        .appendingPathComponent("shared/reference/asyncapi-3.0.0.schema.json")
    private static let hasSpecification = FileManager.default.fileExists(atPath: specification.path)

    private static func schema() throws -> JSONSchema {
        try JSONSchema(JSONValue(parsing: Array(try Data(contentsOf: Self.specification))))
    }

    @Test("is valid by AsyncAPI 3.0.0", .enabled(if: hasSpecification, "skipped: AsyncAPI's schema is not here"))
    func valid() throws {
        #expect(try Self.schema().problems(with: try SchemaFiles.json("asyncapi.json")) == [])
    }

    @Test(
        "would not be valid with a mistake",
        .enabled(if: hasSpecification, "skipped: AsyncAPI's schema is not here"),
        arguments: [
            ("\"receive\"", "\"recieve\""), ("\"asyncapi\": \"3.0.0\"", "\"asyncapi\": \"4.0.0\""),
            ("\"address\"", "\"adress\""), ("$message.header#/dure-source", "dure-source"),
            ("\"channel\"", "\"chanel\""), ("\"groupId\"", "\"group\""),
        ]
    )
    func mistakes(old: String, new: String) throws {
        let text = try SchemaFiles.json("asyncapi.json").text(.pretty)
        let changed = text.replacing(old, with: new)
        try #require(changed != text)
        #expect(!(try Self.schema().accepts(JSONValue(parsing: changed))), "\(new)")
    }

    @Test("refers only to what is there, and to every schema")
    func references() throws {
        let document = try SchemaFiles.json("asyncapi.json")
        var files: Set<String> = []
        for reference in Self.references(in: document) {
            if reference.hasPrefix("./") {
                files.insert(String(reference.dropFirst(2)))
            } else {
                var value: JSONValue? = document
                for key in reference.split(separator: "/").dropFirst() { value = value?[String(key)] }
                #expect(value != nil, "\(reference)")
            }
        }
        #expect(files == Set(try SchemaFiles.names().filter { $0.hasSuffix(".schema.json") }))
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap { Self.references(in: $0) }
        case .object(let object):
            object.flatMap { member in
                member.key == "$ref" ? [member.value.string ?? ""] : Self.references(in: member.value)
            }
        default: []
        }
    }
}
