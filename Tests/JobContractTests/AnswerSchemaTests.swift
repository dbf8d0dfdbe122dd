import Foundation
import JSONSchemas
import JobContract
import OrderedJSON
import TestSupport
import Testing

/// What is encoded is what the schemas say, and the examples are what is encoded.
@Suite("Schemas of what a worker writes")
struct AnswerSchemaTests {
    /// Set to write the examples anew after a change of the contract.
    private static let writesExamples = ProcessInfo.processInfo.environment["DURE_WRITE_EXAMPLES"] != nil

    private func compare(_ value: JSONValue, with example: String) throws {
        if Self.writesExamples {
            let file = SchemaFiles.folder.appendingPathComponent("examples/\(example).json")
            try Data(value.serialized(.pretty) + [0x0A]).write(to: file)
        }
        #expect(try SchemaFiles.json("examples/\(example).json") == value, "\(example)")
    }

    @Test("results are valid, and the examples are they")
    func results() throws {
        let schema = try SchemaFiles.schema("result.v1")
        let results = try Samples.results()
        for (name, result) in results {
            #expect(schema.problems(with: result.json) == [], "\(name)")
            try self.compare(result.json, with: "result.v1.\(name)")
        }
        let examples = try SchemaFiles.examples(of: "result.v1").map(\.name)
        #expect(Set(examples) == Set(results.keys.map { "result.v1.\($0).json" }))
    }

    @Test("a result line is one line, and reads back")
    func lines() throws {
        for result in try Samples.results().values {
            let line = result.serialized()
            #expect(!line.contains(0x0A))
            #expect(try JSONValue(parsing: line) == result.json)
        }
    }

    @Test(
        "the schema refuses results that no worker may write",
        arguments: [
            (["id"], nil), (["id"], "req_1"), (["custom_id"], 7), (["response"], nil),
            (["response", "status_code"], 400),
            (["response", "body", "choices"], []), (["response", "body", "usage", "total_tokens"], nil),
            (["response", "body", "object"], "chat.completion.chunk"),
            (["response", "body", "choices"], [["index": 0]]),
            (["error"], ["code": "boom", "message": "m"]), (["notes"], 1),
        ] as [([String], JSONValue?)]
    )
    func refusedResults(path: [String], value: JSONValue?) throws {
        let result = try #require(try Samples.results()["chat"]).json
        let changed = result.setting(path[...], to: value ?? .null)
        #expect(!(try SchemaFiles.schema("result.v1")).accepts(changed), "\(path)")
    }

    @Test("a result's headers are valid, and the job's are read from the example")
    func headers() throws {
        let example = try #require(try SchemaFiles.json("job-headers.v1.all.json", in: "examples").object)
        let fields: [HeaderField] = example.map { (name: $0.key, value: $0.value.string.map { Array($0.utf8) }) }
        let decoder = JobDecoder(policy: JobPolicy(servedModels: ["*"], replyTopics: ["replies.*"]))
        let line = try SchemaFiles.json("job.v1.chat.json", in: "examples").serialized()
        let decoded = decoder.decode(source: Samples.source, value: line, headers: fields)
        guard case .job(let job) = decoded else {
            Issue.record("\(decoded)")
            return
        }
        #expect(job.headers.batchID == "batch_2026-11-24")
        #expect(job.headers.priority == -5)
        #expect(job.headers.deadline?.rfc3339 == "2030-11-24T21:00:00Z")
        #expect(job.headers.replyTopic == "replies.marketing")
        #expect(job.headers.trace?.isSampled == true)
        let result = job.headers.resultFields(source: Samples.source, attempt: 1, worker: "worker-1")
        let value = Self.object(result)
        #expect(try SchemaFiles.schema("result-headers.v1").problems(with: value) == [])
        try self.compare(value, with: "result-headers.v1.all")
    }

    @Test("a dead letter's headers are valid and read back, and its own stay in front")
    func deadLetter() throws {
        let schema = try SchemaFiles.schema("dead-letter-headers.v1")
        let original: [HeaderField] = [(name: "dure-tenant", value: Array("ann".utf8)), (name: "blob", value: nil)]
        let fields = Samples.letter.fields(after: original)
        #expect(fields.prefix(2).map(\.name) == ["dure-tenant", "blob"])
        #expect(DeadLetter(reading: fields) == Samples.letter)
        let value = Self.object(Samples.letter.fields(after: []))
        #expect(schema.problems(with: value) == [])
        try self.compare(value, with: "dead-letter-headers.v1.crashed-worker")
    }

    @Test("of a dead letter that was one before the last additions are read")
    func redriven() {
        var second = Samples.letter
        second.deliveryCount = 5
        second.reason = .undecodable
        let fields = second.fields(after: Samples.letter.fields(after: []))
        #expect(fields.count == 16)
        #expect(DeadLetter(reading: fields) == second)
    }

    @Test("the reader of dead letters takes what the schema takes", arguments: 1...8)
    func deadLetterMutations(seed: UInt64) throws {
        let schema = try SchemaFiles.schema("dead-letter-headers.v1")
        var random = SeededRandom(seed: seed)
        let texts = [
            "", "0", "7", "-1", "x", "1.5", "2026-11-24T05:00:00Z", "2026-11-24", "undecodable", "too-large", "12345",
        ]
        for _ in 0..<200 {
            var object = Self.object(Samples.letter.fields(after: [])).object ?? [:]
            let name = object[Int.random(in: object.indices, using: &random)].key
            object[name] = random.chance(0.2) ? nil : texts.randomElement(using: &random).map(JSONValue.string)
            let fields: [HeaderField] = object.map { (name: $0.key, value: $0.value.string.map { Array($0.utf8) }) }
            let isRead = DeadLetter(reading: fields) != nil
            #expect(schema.accepts(.object(object)) == isRead, "seed \(seed): \(JSONValue.object(object).text())")
        }
    }

    @Test("the metrics record is valid, and the example is it")
    func metrics() throws {
        let value = Samples.metrics.json
        #expect(try SchemaFiles.schema("metrics.v1").problems(with: value) == [])
        try self.compare(value, with: "metrics.v1.worker")
        let empty = MetricsRecord(
            time: WallTime(millisecondsSince1970: 0),
            intervalSeconds: 0,
            uptimeSeconds: 0,
            worker: Samples.metrics.worker
        )
        #expect(try SchemaFiles.schema("metrics.v1").problems(with: empty.json) == [])
    }

    private static func object(_ fields: [HeaderField]) -> JSONValue {
        .object(JSONObject(fields.map { ($0.name, .string(String(decoding: $0.value ?? [], as: UTF8.self))) }))
    }
}

extension JSONValue {
    /// This value with the member at `path` set.
    fileprivate func setting(_ path: ArraySlice<String>, to value: JSONValue) -> JSONValue {
        guard let key = path.first else { return value }
        var object = self.object ?? [:]
        object[key] = (object[key] ?? .null).setting(path.dropFirst(), to: value)
        return .object(object)
    }
}

extension SchemaFiles {
    fileprivate static func json(_ name: String, in folder: String) throws -> JSONValue {
        try self.json("\(folder)/\(name)")
    }
}
