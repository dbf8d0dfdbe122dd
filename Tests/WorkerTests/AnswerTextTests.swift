import Testing

@testable import Worker

@Suite("Parts of an answer")
struct AnswerTextTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var startsInThought = false
        var content: String?
        var reasoning: String?

        var testDescription: String { "\(self.startsInThought ? "…" : "")\(self.text)" }
    }

    @Test(
        "a thought at the front is taken out, and nothing else is",
        arguments: [
            Case(text: "", content: ""), Case(text: "Hello", content: "Hello"),
            Case(text: " Hello\n", content: " Hello\n"),
            Case(text: "<think>\nHm.\n</think>\n\nYes", content: "Yes", reasoning: "Hm."),
            Case(text: "\n<think>Hm.</think>Yes ", content: "Yes ", reasoning: "Hm."),
            Case(text: "<think>Hm.", content: nil, reasoning: "Hm."),
            Case(text: "<think></think>Yes", content: "Yes"), Case(text: "<think>\n\n</think>\n\n", content: ""),
            Case(text: "<think>", content: nil, reasoning: ""),
            Case(text: "Hm.\n</think>\nYes", startsInThought: true, content: "Yes", reasoning: "Hm."),
            Case(text: "Hm.", startsInThought: true, content: nil, reasoning: "Hm."),
            Case(text: "</think>Yes", startsInThought: true, content: "Yes"),
            Case(text: "<think>Hm.</think>Yes", startsInThought: true, content: "Yes", reasoning: "Hm."),
            Case(text: "a</think>b</think>c", startsInThought: true, content: "b</think>c", reasoning: "a"),
            Case(text: "Use <think>a</think> here", content: "Use <think>a</think> here"),
            Case(text: "Yes</think>", content: "Yes</think>"),
        ]
    )
    func thoughts(example: Case) {
        let text = AnswerText(
            example.text,
            startsInThought: example.startsInThought,
            hasThoughts: true,
            readsCalls: false
        )
        #expect(text.content == example.content)
        #expect(text.reasoning == example.reasoning)
        #expect(text.calls.isEmpty)
    }

    @Test("a model without thoughts has its text left alone")
    func withoutThoughts() {
        let text = AnswerText("<think>a</think>b", startsInThought: false, hasThoughts: false, readsCalls: false)
        #expect(text.content == "<think>a</think>b")
        #expect(text.reasoning == nil)
    }

    private func calls(_ text: String) -> AnswerText {
        AnswerText(text, startsInThought: false, hasThoughts: true, readsCalls: true)
    }

    @Test("calls of functions are read as Hermes-style models write them")
    func calls() {
        let one = self.calls("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\":1,\"나\":[true]}}\n</tool_call>")
        #expect(one.content == nil)
        #expect(one.calls == [.init(name: "f", arguments: #"{"a": 1, "나": [true]}"#)])

        let two = self.calls(
            """
            <think>Both.</think>Let me look.

            <tool_call>{"name":"f","arguments":{}}</tool_call>
            <tool_call>{"name":"g"}
            """
        )
        #expect(two.content == "Let me look.")
        #expect(two.reasoning == "Both.")
        #expect(two.calls == [.init(name: "f", arguments: "{}"), .init(name: "g", arguments: "{}")])

        let text = self.calls(#"<tool_call>{"name":"f","arguments":"{\"a\": 1}"}</tool_call>"#)
        #expect(text.calls == [.init(name: "f", arguments: #"{"a": 1}"#)])
    }

    @Test(
        "what is no call stays text",
        arguments: [
            "no call", "<tool_call>", "<tool_call>{\"name\":\"f\"", "<tool_call>{\"name\":3}</tool_call>",
            "<tool_call>{\"name\":\"\"}</tool_call>", "<tool_call>[]</tool_call>",
            "<tool_call>{\"name\":\"f\",\"arguments\":[1]}</tool_call>",
            "<tool_call>{\"name\":\"f\"}</tool_call><tool_call>oops</tool_call>",
        ]
    )
    func notCalls(text: String) {
        #expect(self.calls(text) == AnswerText(text, startsInThought: false, hasThoughts: false, readsCalls: false))
        #expect(self.calls(text).content == text)
    }

    @Test("a request without tools gets calls as text")
    func withoutTools() {
        let text = #"<tool_call>{"name":"f"}</tool_call>"#
        let answer = AnswerText(text, startsInThought: false, hasThoughts: true, readsCalls: false)
        #expect(answer.content == text)
    }

    @Test("finds where a message stands last, with the space that the template has left around it")
    func finalMessage() {
        #expect("a<b>hello</b>".cut(afterLast: "hello") == "a<b>hello")
        #expect("hello hello!".cut(afterLast: "hello") == "hello hello")
        #expect("x: hello \n end".cut(afterLast: " hello \n") == "x: hello \n")
        #expect("x:hello|end".cut(afterLast: " hello \n") == "x:hello")
        #expect("x: 안녕하세요<".cut(afterLast: "안녕하세요") == "x: 안녕하세요")
        #expect("abc".cut(afterLast: "d") == nil)
        #expect("abc".cut(afterLast: "") == nil)
        #expect("abc".cut(afterLast: " \n") == nil)
        #expect("aabaabaab".cut(afterLast: "aabaab") == "aabaabaab")
    }

    @Test("looks for a message in linear time")
    func finalMessageIsLinear() {
        let text = String(repeating: "a", count: 200_000)
        #expect((text + "c").cut(afterLast: "b" + text) == nil)
        #expect(("x" + text).cut(afterLast: text + "b") == nil)
    }
}
