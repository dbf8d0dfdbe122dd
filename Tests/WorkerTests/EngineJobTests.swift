import InferenceEngine
import JSONSchemas
import JobContract
import MoEModel
import OrderedJSON
import ServingCore
import TestSupport
import Testing

@testable import Worker

/// Jobs on the real engine, over a model whose tokens depend on everything before them.
@Suite("Jobs on the engine")
struct EngineJobTests {
    typealias Harness = JobServiceHarness

    /// A service over an engine, until the end of the test.
    private final class Setup: Sendable {
        let engine: Engine
        let service: JobService
        let metrics: WorkerMetrics
        let answers = Gathering<JobAnswer>()

        init(
            running: Int = 4,
            waiting: Int = 2048,
            tokens: Int = 64,
            beforeSweep: @escaping @Sendable (_ sweep: Int, Sweep) throws -> Void = { _, _ in }
        ) throws {
            let tokenizer = try Harness.tokenizer.get()
            var configuration = EngineConfiguration()
            configuration.maxRunningSequences = running
            configuration.maxWaitingSequences = waiting
            configuration.maxBatchedTokens = tokens
            self.metrics = WorkerMetrics(
                identity: WorkerIdentity(
                    id: "w",
                    host: "h",
                    version: "0",
                    model: "toy",
                    modelDigest: "d",
                    kernelProfile: "hash"
                )
            )
            self.engine = try Engine(
                model: Self.makeModel(beforeSweep),
                textDecoder: TokenizerTextDecoder(tokenizer),
                endOfSequenceTokens: ToyTokenizer.endOfSequenceTokens,
                configuration: configuration,
                observer: self.metrics
            )
            var jobs = JobServiceConfiguration()
            jobs.systemFingerprint = "d-hash"
            jobs.retryDelay = .milliseconds(1)
            jobs.admissionInterval = .milliseconds(1)
            self.service = JobService(
                decoder: JobDecoder(policy: Harness.policy),
                encoder: PromptEncoder(
                    tokenizer: tokenizer,
                    configuration: ToyTokenizer.configuration,
                    templates: ["default": try Harness.chatMLTemplate.get()],
                    vocabularySize: ToyTokenizer.vocabularySize
                ),
                vocabulary: tokenizer,
                generator: self.engine,
                configuration: jobs,
                observer: self.metrics
            )
            self.engine.start()
        }

        private static func makeModel(
            _ beforeSweep: @escaping @Sendable (_ sweep: Int, Sweep) throws -> Void
        ) -> sending HashModel {
            let model = HashModel(
                vocabularySize: ToyTokenizer.vocabularySize,
                contextLength: 400,
                kvBlockTokens: 4,
                kvBlockCount: 120
            )
            var count = 0
            model.beforeSweep = { sweep in
                count += 1
                try beforeSweep(count, sweep)
            }
            return model
        }

        deinit {
            self.service.stop()
            self.engine.stop()
        }

        func run(_ tickets: [JobTicket]) -> [Int64: JSONValue] {
            for ticket in tickets { self.service.run(ticket) { self.answers.add($0) } }
            let answers = self.answers.wait(for: tickets.count, seconds: 60)
            #expect(answers.count == tickets.count)
            return Dictionary(uniqueKeysWithValues: answers.map { ($0.report.coordinates.offset, $0.result ?? .null) })
        }
    }

    private static func jobs(_ count: Int) -> [JobTicket] {
        (0..<count).map { index in
            let members: [KeyValuePairs<String, JSONValue>] = [
                ["max_tokens": 12], ["max_tokens": 9, "temperature": 0, "logprobs": true, "top_logprobs": 2],
                ["max_tokens": 20, "n": 3, "top_p": 0.8], ["max_tokens": 15, "stop": ["e", "가"], "seed": 5],
                ["max_tokens": 8, "ignore_eos": true, "top_k": 5, "frequency_penalty": 1],
            ]
            let body = members[index % members.count]
            let messages: JSONValue = [["role": "user", "content": .string("Question \(index) 질문")]]
            var line =
                (index % 7 == 3 ? Harness.completion(["max_tokens": 10, "logprobs": 3]) : Harness.chat(body))
                .object ?? [:]
            if line["url"] == "/v1/chat/completions", var changed = line["body"]?.object {
                changed["messages"] = messages
                line["body"] = .object(changed)
            }
            line["custom_id"] = .string("job-\(index)")
            return Harness.ticket(Int64(index), .object(line))
        }
    }

    @Test("every result is valid by the schema and belongs to its job, and metrics add up")
    func results() throws {
        let setup = try Setup()
        let results = setup.run(Self.jobs(35))
        let schema = try JSONSchema(RepositoryFiles.json("schemas/result.v1.schema.json"))
        var generated: Int64 = 0
        for (offset, result) in results {
            #expect(schema.problems(with: result) == [], "\(result.text())")
            #expect(result["custom_id"] == .string("job-\(offset)"))
            let body = try #require(result["response"]?["body"])
            #expect(result["response"]?["status_code"] == 200)
            generated += body["usage"]?["completion_tokens"]?.integer ?? 0
        }
        let record = setup.metrics.makeRecord()
        #expect(record.jobs.finished == ["completed": 35])
        #expect(Int64(record.tokens.generated) == generated)
        #expect(record.sweeps.tokens.counts.reduce(0, +) > 0)
        #expect(record.kvBlocks.total == 120)
        #expect(setup.service.standing.isIdle)
    }

    /// A result but for what was cached of its prompt: that depends on who came before.
    private static func bytes(_ result: JSONValue?) -> String? {
        result?.text().replacing(/"cached_tokens":\d+/, with: "")
    }

    @Test("a job has the same bytes whatever runs beside it, and in whatever order")
    func determinism() throws {
        let jobs = Self.jobs(20)
        let alone = try jobs.map { try #require(try Setup(running: 1, tokens: 1).run([$0])[$0.coordinates.offset]) }
        let together = try Setup(running: 16, tokens: 64).run(jobs.reversed())
        let tight = try Setup(running: 8, waiting: 1, tokens: 8).run(jobs)
        for (index, result) in alone.enumerated() {
            #expect(Self.bytes(together[Int64(index)]) == Self.bytes(result))
            #expect(Self.bytes(tight[Int64(index)]) == Self.bytes(result))
        }
    }

    @Test("sweeps that fail now and then change no result and lose no job")
    func failingSweeps() throws {
        struct Fault: Error {}
        let jobs = Self.jobs(20)
        let good = try Setup().run(jobs)
        // A sweep takes all its sequences with it, so that few faults reach many jobs.
        let faulty = try Setup { sweep, _ in if [5, 23].contains(sweep) { throw Fault() } }
        let results = faulty.run(jobs)
        for (offset, result) in good { #expect(Self.bytes(results[offset]) == Self.bytes(result)) }
        let record = faulty.metrics.makeRecord()
        #expect(record.jobs.retries > 0)
        #expect(record.jobs.finished == ["completed": 20])
    }

    @Test("a model that always fails ends every job with status 500, and the next one is served again")
    func brokenModel() throws {
        struct Fault: Error, CustomStringConvertible { let description = "the weights are gone" }
        let setup = try Setup { sweep, _ in if sweep <= 3 { throw Fault() } }
        let first = setup.run([Harness.ticket(0, Harness.completion(["max_tokens": 3]))])
        #expect(first[0]?["response"]?["status_code"] == 500)
        #expect(first[0]?["response"]?["body"]?["error"]?["message"]?.string?.contains("weights are gone") == true)
        setup.service.run(Harness.ticket(1, Harness.completion(["max_tokens": 3]))) { setup.answers.add($0) }
        #expect(setup.answers.wait(for: 2).last?.status == 200)
    }

    @Test("a job that fails every sweep it is in ends with status 500, and the others with their results")
    func poison() throws {
        struct Fault: Error {}
        let setup = try Setup(running: 16) { _, sweep in
            if sweep.segments.contains(where: { $0.tokens.contains(255) }) { throw Fault() }
        }
        var jobs = Self.jobs(12)
        jobs.insert(Harness.ticket(100, Harness.completion(["prompt": [7, 255], "max_tokens": 3])), at: 6)
        let results = setup.run(jobs)
        #expect(results[100]?["response"]?["status_code"] == 500)
        let good = try Setup().run(Self.jobs(12))
        for (offset, result) in good { #expect(Self.bytes(results[offset]) == Self.bytes(result), "job \(offset)") }
    }

    @Test("logprobs are of the tokens of the text, with their bytes")
    func logprobs() throws {
        let job = Harness.completion(["max_tokens": 12, "logprobs": 2, "temperature": 0, "ignore_eos": true])
        let result = try #require(try Setup().run([Harness.ticket(0, job)])[0])
        let choice = try #require(result["response"]?["body"]?["choices"]?[0])
        let tokens = try #require(choice["logprobs"]?["tokens"]?.array)
        #expect(tokens.count == 12)
        #expect(choice["logprobs"]?["token_logprobs"]?.array?.allSatisfy { ($0.double ?? 1) <= 0 } == true)
        // Greedy: the chosen token is the best one.
        let best = choice["logprobs"]?["top_logprobs"]?[0]?.object?.first
        #expect(best?.key == tokens[0].string)
    }

    @Test("cancelled jobs leave the engine empty")
    func cancel() throws {
        let setup = try Setup()
        let tickets = (0..<10).map { Harness.ticket($0, Harness.chat(["max_tokens": 300, "ignore_eos": true])) }
        for ticket in tickets { setup.service.run(ticket) { setup.answers.add($0) } }
        #expect(eventually { setup.engine.standing.running > 0 })
        setup.service.cancel(tickets.map(\.coordinates))
        let answers = setup.answers.wait(for: 10)
        #expect(answers.count == 10)
        #expect(eventually { !setup.engine.standing.hasWork })
        #expect(setup.service.standing.isIdle)
    }
}
