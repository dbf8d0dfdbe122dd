import Foundation
import JSONSchemas
import OrderedJSON
import TestSupport
import Testing

/// The files in `schemas/`.
enum SchemaFiles {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appendingPathComponent("schemas")

    static func json(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: Array(try Data(contentsOf: self.folder.appendingPathComponent(name))))
    }

    static func schema(_ name: String) throws -> JSONSchema { try JSONSchema(self.json("\(name).schema.json")) }

    static func names(in path: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.appendingPathComponent(path).path).sorted()
    }

    /// The examples of a schema, by file name.
    static func examples(of schema: String) throws -> [(name: String, value: JSONValue)] {
        try self.names(in: "examples").filter { $0.hasPrefix(schema + ".") }
            .map { ($0, try self.json("examples/\($0)")) }
    }
}

@Suite("Schemas")
struct SchemaTests {
    static let schemas = [
        "job.v1", "result.v1", "job-headers.v1", "result-headers.v1", "dead-letter-headers.v1", "metrics.v1",
    ]

    @Test("are all known here, and every example belongs to one")
    func complete() throws {
        let files = try SchemaFiles.names().filter { $0.hasSuffix(".schema.json") }
        #expect(Set(files) == Set(Self.schemas.map { "\($0).schema.json" }))
        for example in try SchemaFiles.names(in: "examples") {
            #expect(Self.schemas.contains { example.hasPrefix($0 + ".") }, "\(example)")
        }
    }

    @Test("name themselves and their draft, and accept every one of their examples", arguments: schemas)
    func examples(name: String) throws {
        let document = try SchemaFiles.json("\(name).schema.json")
        #expect(document["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(document["$id"]?.string?.hasSuffix("/\(name).schema.json") == true)
        let schema = try JSONSchema(document)
        let examples = try SchemaFiles.examples(of: name)
        #expect(!examples.isEmpty)
        for example in examples { #expect(schema.problems(with: example.value) == [], "\(example.name)") }
    }
}
