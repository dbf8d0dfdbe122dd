import Testing

@Suite("Rendering")
struct RenderCommandTests {
    @Test("renders a conversation with the model's own template, passing it whatever the input has")
    func ownTemplate() throws {
        let folder = try TemporaryFolder()
        let model = folder.path + "/tiny"
        #expect(try DureProcess.dure("model", "synthesize", model).status == 0)
        let message = #"{"role": "user", "content": "Hi 안녕"}"#
        let thinking = try DureProcess.dure(
            "render",
            "--model",
            model,
            input: #"{"messages": [\#(message)], "add_generation_prompt": true, "enable_thinking": true}"#
        )
        #expect(thinking.status == 0, "\(thinking.error)")
        #expect(thinking.output.hasPrefix("<|im_start|>user\nHi 안녕<|im_end|>\n<|im_start|>assistant\n<think>\n"))
        #expect(!thinking.output.contains("</think>"))
        let file = try folder.file("messages.json", "[\(message)]")
        let bare = try DureProcess.dure("render", "--model", model, "--messages", file)
        #expect(bare.output == "<|im_start|>user\nHi 안녕<|im_end|>\n")
    }

    @Test("renders with a file, and without a line end of its own")
    func file() throws {
        let folder = try TemporaryFolder()
        let template = try folder.file("t.jinja", "{% for m in messages %}[{{ m.role }}]{{ x | upper }}{% endfor %}")
        let run = try DureProcess.dure(
            "render",
            "--template",
            template,
            input: #"{"messages": [{"role": "user"}, {"role": "tool"}], "x": "é"}"#
        )
        #expect(run.status == 0, "\(run.error)")
        #expect(run.output == "[user]É[tool]É")
    }

    @Test(
        "says what is wrong with the input or the template",
        arguments: [
            ("{{ messages[0].content }}", "{", 1, "standard input"), ("{{ x", "{}", 1, "t.jinja"),
            ("{{ raise_exception('no user') }}", "{}", 1, "no user"), ("{{ 1 }}", "17", 1, "expected a JSON object"),
            ("{% nonsense %}", "{}", 1, "nonsense"),
        ]
    )
    func refused(template: String, input: String, status: Int32, expected: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("t.jinja", template)
        let run = try DureProcess.dure("render", "--template", file, input: input)
        #expect(run.status == status)
        #expect(run.output.isEmpty)
        #expect(run.error.hasPrefix("dure render: ") && run.error.contains(expected), "\(run.error)")
        let neither = try DureProcess.dure("render", input: input)
        #expect(neither.status == 2)
    }
}
