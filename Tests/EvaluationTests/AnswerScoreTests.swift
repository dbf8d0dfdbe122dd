import Evaluation
import JSONSchemas
import OrderedJSON
import Testing

@Suite("Answer score")
struct AnswerScoreTests {
    private static func item(_ expected: JSONValue, tags: [EvaluationItem.Tag] = []) throws -> EvaluationItem {
        var item = try EvaluationItem(Array(#"{"custom_id":"a","expected":0}"#.utf8))
        item.expected = expected
        item.tags = tags
        return item
    }

    private static func wrongFields(_ score: AnswerScore) -> [String] {
        score.fields.filter { !$0.isRight }.map(\.name)
    }

    @Test(
        "is exact for what parses to what is expected, however it is written",
        arguments: [
            (#"{"a":1,"b":[true,null]}"#, true), (#" { "b" : [true, null], "a": 1.0 }"#, true),
            (#"{"a":1,"b":[null,true]}"#, false), (#"{"a":1,"b":[true,null],"c":0}"#, false), (#"{"a":1}"#, false),
            (#"{"a":1,"b":[true,null]} "#, true), (#"{"a":1,"b":[true,null]}."#, false), ("", false),
        ]
    )
    func exact(text: String, isExact: Bool) throws {
        let score = AnswerScore(of: text, item: try Self.item(["a": 1, "b": [true, nil]]), schema: nil)
        #expect(score.isExact == isExact)
    }

    @Test("counts a field as wrong where the values differ, and where only one of both has it")
    func fields() throws {
        let expected: JSONValue = [
            "items": [["name": "tea", "qty": 2], ["name": "milk", "qty": 1]], "how": "pickup",
        ]
        let item = try Self.item(expected)
        let right = AnswerScore(of: expected.text(), item: item, schema: nil)
        #expect(right.fields.count == 5)
        #expect(Self.wrongFields(right) == [])
        let wrong = AnswerScore(
            of: #"{"items":[{"name":"tea","qty":3},{"name":"milk"}],"time":"10:00","how":"pickup"}"#,
            item: item,
            schema: nil
        )
        #expect(Self.wrongFields(wrong) == ["items[].qty", "items[].qty", "time"])
        let none = AnswerScore(of: nil, item: item, schema: nil, failure: "there is no answer")
        #expect(Self.wrongFields(none).count == 5)
        #expect(none.problems == ["there is no answer"])
        #expect(!none.isJSON)
    }

    @Test("empty arrays and objects, and an answer that is one value, are fields too")
    func emptyValues() throws {
        let score = AnswerScore(of: #"{"a":[],"b":{}}"#, item: try Self.item(["a": [], "b": [:]]), schema: nil)
        #expect(score.fields.map(\.name) == ["a", "b"])
        #expect(score.isExact)
        let single = AnswerScore(of: "3", item: try Self.item(3), schema: nil)
        #expect(single.fields == [.init(name: "the answer", isRight: true)])
    }

    @Test("says whether the answer fits its schema, and where not")
    func schema() throws {
        let schema = try JSONSchema(["properties": ["a": ["type": "integer"]], "required": ["a"]])
        let item = try Self.item(["a": 1])
        #expect(AnswerScore(of: #"{"a":2}"#, item: item, schema: schema).fitsSchema == true)
        let wrong = AnswerScore(of: #"{"a":"x"}"#, item: item, schema: schema)
        #expect(wrong.fitsSchema == false)
        #expect(wrong.problems == ["/a: expected integer, got string"])
        #expect(AnswerScore(of: "{", item: item, schema: schema).fitsSchema == false)
        #expect(AnswerScore(of: #"{"a":2}"#, item: item, schema: nil).fitsSchema == nil)
    }

    @Test("reports add up, by tags and by their combinations")
    func report() throws {
        var report = EvaluationReport(grouping: [["chore"], ["chore", "kind"], ["other"]])
        for (index, (chore, kind)) in [("x", "k"), ("x", "l"), ("y", "k")].enumerated() {
            let item = try Self.item(1, tags: [.init(name: "chore", value: chore), .init(name: "kind", value: kind)])
            report.add(AnswerScore(of: index == 0 ? "2" : "1", item: item, schema: nil))
        }
        #expect(report.all.exact.right == 2)
        #expect(report.all.exact.count == 3)
        #expect(report.all.json.right == 3)
        #expect(report.all.schema.ratio == nil)
        #expect(report.wrong.count == 1)
        #expect(report.groups(by: ["chore"]).map(\.name) == ["x", "y"])
        #expect(report.groups(by: ["chore"]).map(\.counts.exact.right) == [1, 1])
        #expect(report.groups(by: ["chore", "kind"]).map(\.name) == ["x / k", "x / l", "y / k"])
        #expect(report.groups(by: ["other"]).isEmpty)
        #expect(report.json["by"]?["chore/kind"]?["x / k"]?["exact"]?["ratio"]?.double == 0)
        #expect(report.json["all"]?["exact"]?["count"]?.integer == 3)
    }
}
