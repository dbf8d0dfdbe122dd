import JSONSchemas
import JobContract
import OrderedJSON
import TestSupport
import Testing

/// The schema of a job and the decoder say the same, as far as a schema can say it.
@Suite("Job schema")
struct JobSchemaTests {
    private static let schema = Result { try SchemaFiles.schema("job.v1") }
    private let decoder = JobDecoder(policy: JobPolicy(servedModels: ["*"]))

    private func decode(_ value: JSONValue) -> DecodedJob {
        self.decoder.decode(source: JobSource(topic: "jobs", partition: 0, offset: 0), value: value.serialized())
    }

    @Test("the decoder takes every example")
    func examples() throws {
        for example in try SchemaFiles.examples(of: "job.v1") {
            guard case .job = self.decode(example.value) else {
                Issue.record("\(example.name): \(self.decode(example.value))")
                continue
            }
        }
    }

    @Test("the examples have every field that is served")
    func coverage() throws {
        let examples = try SchemaFiles.examples(of: "job.v1")
        let schema = try SchemaFiles.json("job.v1.schema.json")
        for (definition, url) in [("chatCompletion", "/v1/chat/completions"), ("completion", "/v1/completions")] {
            let fields = try #require(schema["$defs"]?[definition]?["properties"]?.object).keys
            let shown = Set(
                examples.filter { $0.value["url"] == .string(url) }.flatMap { $0.value["body"]?.object?.keys ?? [] }
            )
            let shared: Set = ["prompt", "logprobs", "echo", "best_of", "add_special_tokens", "model"]
            let expected = definition == "completion" ? fields.filter(shared.contains) : fields
            #expect(Set(expected).subtracting(shown) == [])
        }
    }

    @Test("the schema refuses a bad record where the table says so")
    func badRecords() throws {
        let schema = try Self.schema.get()
        for bad in BadRecords(model: "toy").all {
            // A schema has nothing to say about how much there is.
            guard let bytes = bad.value, bytes.count < 50_000 || bad.isSchemaVisible,
                let value = try? JSONValue(parsing: bytes)
            else { continue }
            let problems = schema.problems(with: value)
            let isExpected = problems.isEmpty != bad.isSchemaVisible || bad.answer == .deadLetter(.tooLarge)
            #expect(isExpected, "\(bad.what): \(problems)")
        }
    }

    /// What the decoder refuses and no schema can: limits, and what relates two fields to each other.
    private static func isBeyondSchema(_ error: RequestError) -> Bool {
        if error.status == 413 || error.code == "context_length_exceeded" { return true }
        let codes = ["integer_above_max_value"]
        let params = [
            "body.max_tokens", "body.min_tokens", "body.best_of", "body.continue_final_message", "body.n",
            "body.top_logprobs", "body.logprobs", "body.max_completion_tokens",
        ]
        return params.contains(error.param ?? "")
            && (codes.contains(error.code ?? "") || ["invalid_value", "unsupported_value"].contains(error.code ?? ""))
    }

    @Test("decoder and schema agree on examples that were changed at random", arguments: 1...12)
    func mutations(seed: UInt64) throws {
        let schema = try Self.schema.get()
        let examples = try SchemaFiles.examples(of: "job.v1").map(\.value)
        var random = SeededRandom(seed: seed)
        var accepted = 0
        for round in 0..<250 {
            var mutator = JSONMutator(random: random)
            var value = examples[round % examples.count]
            for _ in 0..<Int.random(in: 1...2, using: &mutator.random) {
                // Mostly in the body, where the fields are.
                if var line = value.object, let body = line["body"], mutator.random.chance(0.9) {
                    line["body"] = mutator.mutated(body)
                    value = .object(line)
                } else {
                    value = mutator.mutated(value)
                }
            }
            random = mutator.random
            let problems = schema.problems(with: value)
            switch self.decode(value) {
            case .job:
                accepted += 1
                #expect(problems == [], "seed \(seed): the decoder takes \(value.text())")
            case .refused(let refusal):
                #expect(
                    !problems.isEmpty || Self.isBeyondSchema(refusal.error),
                    "seed \(seed): \(refusal.error), but the schema takes \(value.text())"
                )
            case .deadLetter: #expect(value.object == nil && !problems.isEmpty)
            }
        }
        // Changes that leave a job whole keep the test honest.
        #expect(accepted > 10 && accepted < 240, "seed \(seed): \(accepted) accepted")
    }
}

/// Changes one place of a JSON value at random.
struct JSONMutator {
    var random: SeededRandom

    private static let values: [JSONValue] = [
        nil, true, false, 0, 1, -1, 2, 0.5, 1.0, -0.5, 3_000_000_000, "", "a", "1", "text", "auto", "none", [], [1],
        ["a"],
        [[1]], [nil], [:], ["a": "b"], ["a": 1], ["type": "text"], ["type": "function"], ["1": 2], ["messages": []],
        ["role": "user", "content": "x"], [["role": "assistant", "tool_calls": []]],
    ]
    private static let names = [
        "content", "role", "n", "stop", "zzz", "tools", "logprobs", "top_logprobs", "type", "name",
    ]

    mutating func mutated(_ value: JSONValue) -> JSONValue {
        if self.random.chance(0.04) { return Self.values.randomElement(using: &self.random) ?? .null }
        switch value {
        case .array(var elements) where !elements.isEmpty:
            let index = Int.random(in: elements.indices, using: &self.random)
            switch Int.random(in: 0..<8, using: &self.random) {
            case 0: elements.remove(at: index)
            case 1: elements.append(elements[index])
            default: elements[index] = self.mutated(elements[index])
            }
            return .array(elements)
        case .object(var object) where !object.isEmpty:
            let member = object[Int.random(in: object.indices, using: &self.random)]
            switch Int.random(in: 0..<10, using: &self.random) {
            case 0: object[member.key] = nil
            case 1:
                object[Self.names.randomElement(using: &self.random) ?? ""] = Self.values.randomElement(
                    using: &self.random
                )
            default: object[member.key] = self.mutated(member.value)
            }
            return .object(object)
        default: return Self.values.randomElement(using: &self.random) ?? .null
        }
    }
}
