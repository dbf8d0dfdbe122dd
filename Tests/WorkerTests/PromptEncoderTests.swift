import InferenceEngine
import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Testing
import Tokenization

@testable import Worker

@Suite("Prompt encoder")
struct PromptEncoderTests {
    private static let chatML = """
        {%- if messages[0].role == 'assistant' -%}{{ raise_exception('the user speaks first') }}{%- endif -%}
        {%- for message in messages -%}
        <|im_start|>{{ message.role }}
        {{ message.content }}<|im_end|>
        {% endfor -%}
        {%- if add_generation_prompt -%}<|im_start|>assistant
        {% if enable_thinking is defined and enable_thinking %}<think>
        {% else %}<think>

        </think>

        {% endif -%}
        {%- endif -%}
        """

    private func encoder(
        _ templates: [String: String] = ["default": chatML],
        limits: TemplateLimits = PromptEncoder.templateLimits
    ) throws -> PromptEncoder {
        var compiled: [String: ChatTemplate] = [:]
        for (name, source) in templates { compiled[name] = try ChatTemplate(source: source, name: name) }
        return PromptEncoder(
            tokenizer: try JobServiceHarness.tokenizer.get(),
            configuration: ToyTokenizer.configuration,
            templates: compiled,
            vocabularySize: ToyTokenizer.vocabularySize,
            templateLimits: limits
        )
    }

    private func request(_ line: JSONValue) throws -> JobRequest {
        let decoded = JobDecoder(policy: JobServiceHarness.policy)
            .decode(source: JobSource(topic: "jobs", partition: 0, offset: 0), value: line.serialized())
        guard case .job(let job) = decoded else { throw NotAJob(decoded: decoded) }
        return job.request
    }

    private struct NotAJob: Error { let decoded: DecodedJob }

    private func chat(_ messages: JSONValue, _ members: KeyValuePairs<String, JSONValue> = [:]) throws -> JobRequest {
        var body: JSONObject = ["model": "toy", "messages": messages]
        for (name, value) in members { body[name] = value }
        return try self.request([
            "custom_id": "c", "method": "POST", "url": "/v1/chat/completions", "body": .object(body),
        ])
    }

    private func text(_ prompt: EncodedPrompt) throws -> String {
        try JobServiceHarness.tokenizer.get().decode(prompt.tokens, skippingSpecialTokens: false)
    }

    private func refusal(_ encode: () throws(RequestError) -> EncodedPrompt) -> RequestError? {
        do throws(RequestError) {
            _ = try encode()
            return nil
        } catch {
            return error
        }
    }

    private static let hello: JSONValue = [["role": "user", "content": "안녕"]]

    @Test("a chat is what its template makes of it, control tokens as tokens")
    func chat() throws {
        let prompt = try self.encoder().encode(self.chat(Self.hello))
        #expect(
            try self.text(prompt)
                == "<|im_start|>user\n안녕<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
        )
        #expect(prompt.tokens.first == 257)
        #expect(prompt.field == "body.messages")
        #expect(prompt.reasoning == ReasoningSpan(open: 259, close: 260, startsInside: false))
    }

    @Test("thinking is begun by the template's argument, and known to be begun")
    func thinking() throws {
        let request = try self.chat(Self.hello, ["chat_template_kwargs": ["enable_thinking": true]])
        let prompt = try self.encoder().encode(request)
        #expect(try self.text(prompt).hasSuffix("<|im_start|>assistant\n<think>\n"))
        #expect(prompt.reasoning?.startsInside == true)
    }

    @Test("what a user writes does not begin a thought")
    func noFalseThought() throws {
        let user: JSONValue = [["role": "user", "content": "What is <think>"]]
        let source = "{% for m in messages %}{{ m.content }}{% endfor %}"
        for members in [["add_generation_prompt": false] as KeyValuePairs<String, JSONValue>, [:]] {
            let prompt = try self.encoder(["default": self.chatMLOpen]).encode(self.chat(user, members))
            #expect(prompt.reasoning?.startsInside == false)
        }
        let bare = try self.encoder(["default": source]).encode(self.chat(user, ["add_generation_prompt": false]))
        #expect(bare.reasoning?.startsInside == false)
    }

    /// Leaves thinking to the model.
    private let chatMLOpen = """
        {%- for m in messages -%}<|im_start|>{{ m.role }}
        {{ m.content }}<|im_end|>
        {% endfor -%}{%- if add_generation_prompt -%}<|im_start|>assistant
        {% endif -%}
        """

    @Test("the template sees the tokenizer's special tokens, tools, and every argument")
    func context() throws {
        let source = "{{ bos_token }}|{{ eos_token }}|{{ tools | length }}|{{ level }}|{{ documents is none }}"
        let request = try self.chat(
            Self.hello,
            [
                "tools": [["type": "function", "function": ["name": "f"]]],
                "chat_template_kwargs": ["level": "high", "eos_token": "mine"],
            ]
        )
        let prompt = try self.encoder(["default": source]).encode(request)
        #expect(try self.text(prompt) == "<|endoftext|>|mine|1|high|True")
    }

    @Test("a template for tools is taken for requests with tools, where there is one")
    func toolTemplate() throws {
        let encoder = try self.encoder(["default": "plain", "tool_use": "tools"])
        let tools: JSONValue = [["type": "function", "function": ["name": "f"]]]
        #expect(try self.text(encoder.encode(self.chat(Self.hello))) == "plain")
        #expect(try self.text(encoder.encode(self.chat(Self.hello, ["tools": tools]))) == "tools")
    }

    @Test("a continued message ends the prompt, with the space that it ends with")
    func continuation() throws {
        let messages: JSONValue = [
            ["role": "user", "content": "Count. One, two"], ["role": "assistant", "content": "One, two, "],
        ]
        let prompt = try self.encoder().encode(self.chat(messages, ["continue_final_message": true]))
        let text = try self.text(prompt)
        #expect(text == "<|im_start|>user\nCount. One, two<|im_end|>\n<|im_start|>assistant\nOne, two, ")
        #expect(prompt.reasoning?.startsInside == false)

        let thinking: JSONValue = [
            ["role": "user", "content": "Count."], ["role": "assistant", "content": "<think>Let me"],
        ]
        let inside = try self.encoder().encode(self.chat(thinking, ["continue_final_message": true]))
        #expect(inside.reasoning?.startsInside == true)
    }

    @Test("a continued message that the template does not show is refused")
    func lostContinuation() throws {
        let messages: JSONValue = [["role": "user", "content": "a"], ["role": "assistant", "content": "b"]]
        let encoder = try self.encoder(["default": "nothing of it"])
        let request = try self.chat(messages, ["continue_final_message": true])
        let error = self.refusal { () throws(RequestError) in try encoder.encode(request) }
        #expect(error?.param == "body.continue_final_message")
    }

    @Test("a template that refuses a conversation is a 400 that quotes it")
    func raised() throws {
        let encoder = try self.encoder()
        let request = try self.chat([["role": "assistant", "content": "Hi"], ["role": "user", "content": "a"]])
        let error = try #require(self.refusal { () throws(RequestError) in try encoder.encode(request) })
        #expect(error.status == 400 && error.code == "chat_template_error" && error.param == "body.messages")
        #expect(error.message.contains("the user speaks first"))
    }

    @Test(
        "a template that goes over a limit is a 400 that says so, soon",
        arguments: [
            "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}",
            "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}", "{{ 'xxxxxxxxxxxxxxxx' * 100000000 }}",
            "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
        ]
    )
    func limits(source: String) throws {
        let encoder = try self.encoder(
            ["default": source],
            limits: TemplateLimits(steps: 10_000, depth: 50, outputBytes: 1 << 16, valueBytes: 1 << 20)
        )
        let request = try self.chat(Self.hello)
        let error = try #require(self.refusal { () throws(RequestError) in try encoder.encode(request) })
        #expect(error.code == "chat_template_error")
        #expect(error.message.contains("limit"), "\(error.message)")
    }

    @Test("so is a template that takes too long, however little each of its steps does")
    func duration() throws {
        let source = "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}"
        let limits = TemplateLimits(steps: .max, duration: .milliseconds(20))
        let encoder = try self.encoder(["default": source], limits: limits)
        let request = try self.chat(Self.hello)
        let error = try #require(self.refusal { () throws(RequestError) in try encoder.encode(request) })
        #expect(error.status == 400 && error.code == "chat_template_error")
        #expect(error.message.contains("limit") && error.message.contains("0.02 seconds"), "\(error.message)")
    }

    @Test("a template that cannot be filled in is a 400, too, and its message is bounded")
    func failed() throws {
        let long = String(repeating: "y", count: 5000)
        let encoder = try self.encoder(["default": "{{ raise_exception(messages[0].content) }}"])
        let request = try self.chat([["role": "user", "content": .string(long)]])
        let error = try #require(self.refusal { () throws(RequestError) in try encoder.encode(request) })
        #expect(error.message.utf8.count < 1000)
        let undefined = try self.encoder(["default": "{{ nothing.at.all }}"])
        let other = self.refusal { () throws(RequestError) in try undefined.encode(request) }
        #expect(other?.code == "chat_template_error")
    }

    @Test("a model without a template serves completions and says so to chats")
    func withoutTemplate() throws {
        let encoder = try self.encoder([:])
        let request = try self.chat(Self.hello)
        let error = self.refusal { () throws(RequestError) in try encoder.encode(request) }
        #expect(error?.code == "chat_template_missing")
        let completion = try self.request(JobServiceHarness.completion())
        #expect(try encoder.encode(completion).tokens == "Hello".utf8.map { TokenID($0) })
        #expect(try encoder.encode(completion).reasoning == nil)
    }

    @Test("tokens are taken as they are, within the vocabulary")
    func tokens() throws {
        let encoder = try self.encoder([:])
        let known = try self.request(JobServiceHarness.completion(["prompt": [0, 257, 262]]))
        #expect(try encoder.encode(known).tokens == [0, 257, 262])
        for (members, param) in [
            (["prompt": [0, 263]] as KeyValuePairs<String, JSONValue>, "body.prompt[1]"),
            (["stop_token_ids": [1, 400]], "body.stop_token_ids[1]"),
            (["logit_bias": ["7": 1, "300": 1]], "body.logit_bias"),
        ] {
            let request = try self.request(JobServiceHarness.completion(members))
            let error = self.refusal { () throws(RequestError) in try encoder.encode(request) }
            #expect(error?.param == param)
            #expect(error?.message.contains("263") == true)
        }
    }

    // MARK: Text

    @Test("a tokenizer's stream is its decoding, and keeps the marks of thinking where they are special tokens")
    func textDecoder() throws {
        let tokenizer = try ToyTokenizer.make(specialThinking: true)
        let decoder = TokenizerTextDecoder(tokenizer)
        let tokens: [TokenID] = [259, 0xED, 0x95, 260, 0x41, 258, 256]
        for (isSkipping, text) in [
            (true, "<think>\u{FFFD}</think>A"), (false, "<think>\u{FFFD}</think>A<|im_end|><|endoftext|>"),
        ] {
            var stream = decoder.makeStream(skippingSpecialTokens: isSkipping)
            let pieces = tokens.map { stream.append($0) } + [stream.finish()]
            #expect(pieces.joined() == text)
        }
        var stream = decoder.makeStream(skippingSpecialTokens: true)
        #expect([0xED, 0x95, 0x9C].map { stream.append($0) } == ["", "", "한"])
    }
}
