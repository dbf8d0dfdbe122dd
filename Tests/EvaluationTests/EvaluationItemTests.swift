import Evaluation
import OrderedJSON
import TestSupport
import Testing

@Suite("Evaluation item")
struct EvaluationItemTests {
    private static let line = #"""
        {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"messages":[{"role":"user","content":"hi"}]},
        "expected":{"x":1},"schema":"s.json","tags":{"chore":"greet","hard":true,"level":2}}
        """#

    private static func item(_ text: String) throws -> EvaluationItem { try EvaluationItem(Array(text.utf8)) }

    @Test("takes a line apart: the job is what a worker gets")
    func parts() throws {
        let item = try Self.item(Self.line)
        #expect(item.customID == "a")
        #expect(item.expected == ["x": 1])
        #expect(item.schema == "s.json")
        #expect(
            item.tags == [
                .init(name: "chore", value: "greet"), .init(name: "hard", value: "true"),
                .init(name: "level", value: "2"),
            ]
        )
        #expect(item.job.object?.keys == ["custom_id", "method", "url", "body"])
        #expect(item.question == "hi")
    }

    @Test("needs neither schema nor tags; what is expected may be any JSON, null too")
    func least() throws {
        let item = try Self.item(#"{"custom_id":"a","expected":null,"body":{"prompt":"p"}}"#)
        #expect(item.expected == .null)
        #expect(item.schema == nil)
        #expect(item.tags.isEmpty)
        #expect(item.question == "p")
    }

    @Test(
        "says what is wrong with a line",
        arguments: [
            ("", ""), ("[]", "expected a JSON object, got array"), (#"{"expected":1}"#, "`custom_id`"),
            (#"{"custom_id":"","expected":1}"#, "`custom_id`"), (#"{"custom_id":"a"}"#, "`expected`"),
            (#"{"custom_id":"a","expected":1,"schema":3}"#, "`schema`"),
            (#"{"custom_id":"a","expected":1,"tags":[]}"#, "`tags`"),
            (#"{"custom_id":"a","expected":1,"tags":{"t":[]}}"#, "`tags.t`"),
            (#"{"custom_id":"a","expected":1,"tags":{"t":"\#(String(repeating: "x", count: 101))"}}"#, "`tags.t`"),
        ]
    )
    func refusals(line: String, word: String) {
        let error = #expect(throws: EvaluationError.self) { try Self.item(line) }
        #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }

    @Test("never traps, whatever a line holds", arguments: 0..<20 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let whole = Array(Self.line.utf8)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: whole.dropFirst(place).prefix(9), at: place)
                }
            }
            guard let item = try? EvaluationItem(bytes) else { continue }
            #expect(!item.customID.isEmpty)
        }
    }
}
