import JobContract
import OrderedJSON
import ServingCore

/// Answers as a worker makes them: each is an example in `schemas/examples`.
enum Samples {
    static let source = JobSource(topic: "dure.jobs", partition: 3, offset: 42)

    static func job(_ example: String, deadline: String? = nil) throws -> Job {
        let value = try SchemaFiles.json("examples/job.v1.\(example).json")
        let decoder = JobDecoder(policy: JobPolicy(servedModels: ["*"]))
        let headers: [HeaderField] = deadline.map { [(name: HeaderName.deadline, value: Array($0.utf8))] } ?? []
        let decoded = decoder.decode(
            source: self.source,
            timestamp: WallTime(rfc3339: "2026-11-24T05:00:00.250Z"),
            value: value.serialized(),
            headers: headers
        )
        guard case .job(let job) = decoded else { throw UnexpectedAnswer(decoded) }
        return job
    }

    struct UnexpectedAnswer: Error {
        let answer: DecodedJob

        init(_ answer: DecodedJob) { self.answer = answer }
    }

    private static let usage = TokenUsage(promptTokens: 21, cachedTokens: 16, completionTokens: 9, reasoningTokens: 4)
    private static let fingerprint = "0123456789abcdef-f32"

    static func chat(_ job: Job, _ choices: ChatCompletion.Choice...) -> JobResult.Body {
        .chat(ChatCompletion(job, choices: choices, usage: self.usage, systemFingerprint: self.fingerprint))
    }

    static func completion(_ job: Job, _ choices: TextCompletion.Choice...) -> JobResult.Body {
        .completion(TextCompletion(job, choices: choices, usage: self.usage, systemFingerprint: self.fingerprint))
    }

    private static var logprobs: [AnswerLogprob] {
        let han = AnswerLogprob.Candidate(token: "한", logprob: -0.25, bytes: Array("한".utf8))
        let half = AnswerLogprob.Candidate(token: "\u{FFFD}", logprob: -1.5, bytes: [0xED, 0x95])
        return [
            AnswerLogprob(chosen: han, top: [han, half]),
            AnswerLogprob(chosen: half, top: [half]),
        ]
    }

    /// By the name of its example.
    static func results() throws -> [String: JobResult] {
        let chat = try self.job("chat")
        let tools = try self.job("chat-tools")
        let everything = try self.job("chat-everything")
        let completion = try self.job("completion")
        let tokens = try self.job("completion-tokens")
        let dated = try self.job("chat", deadline: "2026-11-24T05:10:00Z")
        let answer = ChatCompletion.Choice(
            index: 0,
            message: .init(content: "서울특별시입니다."),
            finishReason: .stop
        )
        let call = ToolCall(
            id: tools.identity.toolCallID(choice: 0, index: 0),
            name: "find_order",
            arguments: #"{"number": 4711}"#
        )
        let half = ChatCompletion.Choice(
            index: 0,
            message: .init(content: nil, reasoning: "Korea's capital is"),
            finishReason: .abort
        )
        return [
            "chat": JobResult(chat, self.chat(chat, answer)),
            "chat-tools": JobResult(
                tools,
                self.chat(
                    tools,
                    .init(index: 0, message: .init(content: nil, toolCalls: [call]), finishReason: .toolCalls)
                )
            ),
            "chat-choices": JobResult(
                everything,
                self.chat(
                    everything,
                    .init(
                        index: 0,
                        message: .init(content: "한강", reasoning: "Any river will do."),
                        finishReason: .stop,
                        stopReason: .string("END"),
                        logprobs: self.logprobs
                    ),
                    .init(index: 1, message: .init(content: ""), finishReason: .length, logprobs: [])
                )
            ),
            "completion": JobResult(
                completion,
                self.completion(
                    completion,
                    .init(index: 0, text: " there was", finishReason: .stop, stopReason: .token(2))
                )
            ),
            "completion-logprobs": JobResult(
                tokens,
                self.completion(
                    tokens,
                    .init(index: 0, text: "한", finishReason: .length, logprobs: self.logprobs)
                )
            ),
            "refused": JobResult(
                refusal: Refusal(
                    chat,
                    RequestError(
                        status: 400,
                        message: "body.temperature: expected a value from 0.0 to 2.0, got 2.5",
                        type: "invalid_request_error",
                        param: "body.temperature",
                        code: "decimal_above_max_value"
                    )
                )
            ),
            "refused-nameless": JobResult(
                refusal: Refusal(
                    source: self.source,
                    customID: nil,
                    error: RequestError(
                        status: 400,
                        message: "custom_id is required",
                        type: "invalid_request_error",
                        param: "custom_id",
                        code: "missing_required_parameter"
                    )
                )
            ),
            "failed": JobResult(refusal: Refusal(chat, .internalError("the engine failed 3 times"))),
            "expired": .expired(dated),
            "expired-partial": .expired(dated, partial: self.chat(dated, half)),
            "cancelled": .cancelled(chat),
        ]
    }

    static let letter = DeadLetter(
        source: source,
        group: "dure",
        deliveryCount: 3,
        reason: .crashedWorker,
        message: "the record was running each of the 3 times that a worker ended without having finished it",
        firstSeen: WallTime(millisecondsSince1970: 1_795_496_400_250)
    )

    static var metrics: MetricsRecord {
        var record = MetricsRecord(
            time: WallTime(millisecondsSince1970: 1_795_496_400_000),
            intervalSeconds: 10,
            uptimeSeconds: 3600.5,
            worker: WorkerIdentity(
                id: "worker-1",
                host: "node-7",
                version: "0.1.0",
                model: "A.X-K1",
                modelDigest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                kernelProfile: "f32"
            )
        )
        record.jobs.running = 40
        record.jobs.uncommitted = 3
        record.jobs.finished = ["completed": 1200, "refused": 4, "dead-letter": 1]
        record.jobs.finishReasons = ["stop": 1100, "length": 100]
        record.tokens.prompt = 250_000
        record.tokens.generated = 90_000
        record.tokens.promptPerSecond = 310.5
        record.tokens.generatedPerSecond = 120
        record.latency.endToEnd = MetricsHistogram(bounds: [1, 10, 60], counts: [10, 900, 280, 15], sum: 9000.25)
        record.kvBlocks.used = 700
        record.kvBlocks.total = 1024
        var cache = MetricsRecord.ExpertCache()
        cache.hits = 90_210
        cache.misses = 8_105
        cache.coalescedLoads = 311
        cache.bytesRead = 190_000_000_000
        cache.evictions = 2_960
        cache.stallSeconds = 12.5
        cache.convoyWaits = 41
        cache.convoyWaitSeconds = 1.25
        cache.capacityBytes = 137_438_953_472
        record.expertCache = cache
        record.delivery.partitions = [
            .init(topic: "dure.jobs", partition: 0, committableOffset: 4711, unfinished: 20, lag: 130),
            .init(topic: "dure.jobs", partition: 1, committableOffset: 0, unfinished: 0, lag: nil),
        ]
        record.delivery.commits = ["committed": 14_000, "aborted": 2]
        record.delivery.rebalances = ["assigned": 1]
        record.residentBytes = 6_442_450_944
        return record
    }
}
