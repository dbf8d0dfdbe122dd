import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Testing

@Suite("Job decoder")
struct JobDecoderTests {
    static let policy = JobPolicy(servedModels: ["toy", "m"], replyTopics: ["replies.*"])
    private static let source = JobSource(topic: "jobs", partition: 2, offset: 9)

    private func decode(
        _ text: String,
        headers: [HeaderField] = [],
        policy: JobPolicy = policy,
        limits: JobLimits = JobLimits()
    ) -> DecodedJob {
        JobDecoder(policy: policy, limits: limits)
            .decode(source: Self.source, value: Array(text.utf8), headers: headers)
    }

    private func job(_ body: String, url: String = "/v1/chat/completions", policy: JobPolicy = policy) throws -> Job {
        let line = #"{"custom_id":"c","method":"POST","url":"\#(url)","body":\#(body)}"#
        let decoded = self.decode(line, policy: policy)
        guard case .job(let job) = decoded else {
            throw Samples.UnexpectedAnswer(decoded)
        }
        return job
    }

    private func chat(_ members: String, policy: JobPolicy = policy) throws -> ChatCompletionRequest {
        let body =
            #"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(members.isEmpty ? "" : ",")\#(members)}"#
        guard case .chat(let request) = try self.job(body, policy: policy).request else { throw NotAChat() }
        return request
    }

    private struct NotAChat: Error {}

    private func refusal(_ text: String, limits: JobLimits = JobLimits()) throws -> Refusal {
        guard case .refused(let refusal) = self.decode(text, limits: limits) else {
            throw Samples.UnexpectedAnswer(self.decode(text, limits: limits))
        }
        return refusal
    }

    @Test("takes the line that OpenAI documents, as it is")
    func documentedLine() throws {
        let line = #"""
            {"custom_id": "request-1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "gpt-3.5-turbo-0125", "messages": [{"role": "system", "content": "You are a helpful assistant."},{"role": "user", "content": "Hello world!"}],"max_tokens": 1000}}
            """#
        let decoded = self.decode(line, policy: JobPolicy(servedModels: ["*"]))
        guard case .job(let job) = decoded, case .chat(let request) = job.request else {
            Issue.record("\(decoded)")
            return
        }
        #expect(job.customID == "request-1")
        #expect(job.options.model == "gpt-3.5-turbo-0125")
        #expect(job.options.sampling.maxTokens == 1000)
        #expect(request.messages.map(\.role) == [.system, .user])
        #expect(request.messages.map(\.content) == ["You are a helpful assistant.", "Hello world!"])
        #expect(request.addGenerationPrompt)
    }

    @Test("fields that are missing have OpenAI's defaults")
    func defaults() throws {
        let sampling = try self.chat("").options.sampling
        var expected = SamplingParameters()
        expected.temperature = 1
        #expect(sampling == expected)
        #expect(try self.chat("").options.choices == 1)
        let completion = try self.job(#"{"model":"m","prompt":"a"}"#, url: "/v1/completions")
        #expect(completion.options.sampling.maxTokens == 16)
        #expect(completion.options.sampling.topLogprobs == nil)
    }

    @Test("every sampling field arrives")
    func sampling() throws {
        let options = try self.chat(
            #"""
            "temperature":0,"top_p":0.5,"top_k":-1,"min_p":0.1,"seed":-1,"max_completion_tokens":7,"min_tokens":2,
            "stop":"x","stop_token_ids":[3],"include_stop_str_in_output":true,"ignore_eos":true,"repetition_penalty":1.5,
            "frequency_penalty":-1,"presence_penalty":2,"logit_bias":{"4":-100},"skip_special_tokens":false,
            "logprobs":true,"top_logprobs":4,"n":3,"priority":-4,"request_id":"r","user":"u","metadata":{"a":"b"}
            """#
        ).options
        var sampling = SamplingParameters()
        sampling.temperature = 0
        sampling.topP = 0.5
        sampling.topK = 0
        sampling.minP = 0.1
        sampling.seed = UInt64.max
        sampling.maxTokens = 7
        sampling.minTokens = 2
        sampling.stop = ["x"]
        sampling.stopTokenIDs = [3]
        sampling.includeStopString = true
        sampling.ignoreEndOfSequence = true
        sampling.repetitionPenalty = 1.5
        sampling.frequencyPenalty = -1
        sampling.presencePenalty = 2
        sampling.logitBias = [4: -100]
        sampling.skipSpecialTokens = false
        sampling.topLogprobs = 4
        #expect(options.sampling == sampling)
        #expect(options.choices == 3 && options.priority == -4)
        #expect(options.requestID == "r" && options.user == "u" && options.metadata == ["a": "b"])
    }

    @Test("top_p 0, which OpenAI allows, leaves only the best token")
    func zeroTopP() throws {
        let topP = try self.chat("\"top_p\":0").options.sampling.topP
        #expect(topP > 0 && topP < 1e-300)
    }

    @Test("logprobs without alternatives are those of the chosen token alone")
    func logprobs() throws {
        #expect(try self.chat(#""logprobs":true"#).options.sampling.topLogprobs == 0)
        #expect(try self.chat(#""logprobs":false,"top_logprobs":0"#).options.sampling.topLogprobs == nil)
    }

    @Test("text parts are joined by line feeds, and a developer is the template's system")
    func messages() throws {
        let job = try self.job(
            #"{"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#
        )
        guard case .chat(let request) = job.request else { throw NotAChat() }
        #expect(request.messages[0].content == "a\nb")
        #expect(request.templateInput["messages"] == [["role": "system", "content": "a\nb"]])
    }

    @Test("a template sees tool calls with their arguments as objects where they are JSON")
    func toolCalls() throws {
        let call = { (arguments: String) in
            #"{"role":"assistant","content":null,"reasoning":"r","tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":\#(arguments)}}]}"#
        }
        let job = try self.job(#"{"model":"m","messages":[\#(call(#""{\"a\":1}""#)),\#(call(#""oops""#))]}"#)
        guard case .chat(let request) = job.request else { throw NotAChat() }
        let messages = try #require(request.templateInput["messages"]?.array)
        let functions = messages.map { $0["tool_calls"]?.array?.first?["function"]?["arguments"] }
        #expect(functions == [["a": 1], "oops"])
        #expect(messages[0]["reasoning_content"] == "r" && messages[0]["thinking"] == "r")
    }

    @Test("template arguments reach the template and take nobody's place")
    func templateArguments() throws {
        let request = try self.chat(
            #""chat_template_kwargs":{"enable_thinking":true,"bos_token":"x"},"tools":[{"type":"function","function":{"name":"f"}}]"#
        )
        let input = request.templateInput
        #expect(input["enable_thinking"] == true && input["bos_token"] == "x")
        #expect(input["tools"]?.array?.count == 1)
        #expect(input["add_generation_prompt"] == true)
        let none = try self.chat(#""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none""#)
        #expect(none.tools == nil && none.templateInput["tools"] == .null)
    }

    @Test("unknown fields are ignored where the policy says so, unsupported ones never")
    func unknownFields() throws {
        let lenient = JobPolicy(servedModels: ["m"], unknownFields: .ignore)
        #expect(throws: Never.self) { try self.chat(#""zzz":1"#, policy: lenient) }
        #expect(throws: Samples.UnexpectedAnswer.self) { try self.chat(#""zzz":1"#) }
        #expect(throws: Samples.UnexpectedAnswer.self) { try self.chat(#""functions":[]"#, policy: lenient) }
    }

    @Test("prompts are a text, tokens, or a list of one of them")
    func prompts() throws {
        let cases: [(String, CompletionRequest.Prompt)] = [
            (#""a""#, .text("a")), (#"["a"]"#, .text("a")), ("[1,2.0]", .tokens([1, 2])), ("[[3]]", .tokens([3])),
        ]
        for (text, prompt) in cases {
            let job = try self.job(#"{"model":"m","prompt":\#(text)}"#, url: "/v1/completions")
            guard case .completion(let request) = job.request else { throw NotAChat() }
            #expect(request.prompt == prompt)
        }
    }

    @Test("every kind of bad record that decoding alone can tell gets its documented answer")
    func badRecords() {
        let decoder = JobDecoder(policy: Self.policy)
        for bad in BadRecords(model: "toy").all {
            switch decoder.decode(source: Self.source, value: bad.value, headers: bad.fields) {
            case .deadLetter(let reason, _): #expect(bad.answer == .deadLetter(reason), "\(bad.what)")
            case .refused(let refusal):
                let problem = bad.problem(withResult: JobResult(refusal: refusal).json)
                #expect(problem == nil, "\(bad.what)")
            case .job:
                // The rest needs the tokenizer, the model or the time.
                switch bad.answer {
                case .served, .ended: break
                case .refused(_, _, let code):
                    #expect(["context_length_exceeded", "invalid_value"].contains(code), "\(bad.what)")
                    #expect(!bad.isSchemaVisible, "\(bad.what)")
                case .deadLetter: Issue.record("\(bad.what): was decoded")
                }
            }
        }
    }

    @Test("a record with several faults always gets the same answer: the first of the fixed order")
    func order() throws {
        let everything = #"{"custom_id":"","method":"GET","url":"x","body":{"model":"none","stream":true}}"#
        #expect(try self.refusal(everything).error.param == "custom_id")
        let headers: [HeaderField] = [(name: "dure-priority", value: [0x78])]
        guard
            case .refused(let refusal) = self.decode(
                #"{"custom_id":"a","method":"GET","url":"x","body":{}}"#,
                headers: headers
            )
        else {
            Issue.record("taken")
            return
        }
        #expect(refusal.error.param == "headers.dure-priority")
        #expect(refusal.customID == "a")
        #expect(try self.refusal(#"{"custom_id":"a","method":"GET","url":"x","body":{}}"#).error.param == "method")
        #expect(try self.refusal(#"{"custom_id":"a","method":"POST","url":"x","body":{}}"#).error.param == "url")
    }

    @Test("limits are the configuration's, and their values are said")
    func limits() throws {
        var limits = JobLimits()
        limits.choices = 2
        limits.customIDBytes = 4
        let line = #"{"custom_id":"12345","method":"POST","url":"/v1/completions","body":{}}"#
        let refusal = try self.refusal(line, limits: limits)
        #expect(refusal.error.status == 413)
        #expect(refusal.error.message == "custom_id: expected at most 4 bytes, got 5")
        #expect(refusal.customID == nil)
        limits.recordBytes = 10
        let large = self.decode(line, limits: limits)
        guard case .deadLetter(.tooLarge, let message) = large else {
            Issue.record("\(large)")
            return
        }
        #expect(message.contains("10") && message.contains("\(line.utf8.count)"))
    }

    @Test("nothing that a record says makes an error's message long")
    func messageLengths() {
        for bad in BadRecords(model: "toy").all {
            switch JobDecoder(policy: Self.policy).decode(source: Self.source, value: bad.value, headers: bad.fields) {
            case .refused(let refusal): #expect(refusal.error.message.utf8.count < 600, "\(bad.what)")
            case .deadLetter(_, let message): #expect(message.utf8.count < 600, "\(bad.what)")
            case .job: break
            }
        }
    }
}
