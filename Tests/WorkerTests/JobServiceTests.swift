import InferenceEngine
import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Testing
import Tokenization

@testable import Worker

@Suite("Job service")
struct JobServiceTests {
    typealias Harness = JobServiceHarness

    @Test("answers a completion with text, usage, ids and the record's time")
    func completion() throws {
        let harness = try Harness()
        harness.run(Harness.ticket(7, Harness.completion(["seed": 3, "max_tokens": 9, "priority": -2, "user": "ann"])))
        let answer = try #require(harness.answers(1)[7])
        let identity = JobIdentity(JobSource(topic: "dure.jobs", partition: 0, offset: 7))
        #expect(
            answer.result == [
                "id": .string(identity.resultID), "custom_id": "job", "error": nil,
                "response": [
                    "status_code": 200, "request_id": .string(identity.requestID),
                    "body": [
                        "id": .string(identity.completionID), "object": "text_completion", "created": 1_780_000_000,
                        "model": "toy", "system_fingerprint": "dure-test",
                        "choices": [
                            ["text": "ok", "index": 0, "logprobs": nil, "finish_reason": "stop", "stop_reason": nil]
                        ],
                        "usage": [
                            "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7,
                            "prompt_tokens_details": ["cached_tokens": 0],
                            "completion_tokens_details": ["reasoning_tokens": 0],
                        ],
                    ],
                ],
            ]
        )
        let request = try #require(harness.generator.requests.first)
        #expect(request.prompt == "Hello".utf8.map { TokenID($0) })
        #expect(request.seed == 3)
        #expect(request.sampling.maxTokens == 9)
        #expect(request.priority == -2)
        #expect(request.tenant == "ann")
        #expect(request.deadline == nil)
        #expect(harness.reports.gathered.all.first?.ending == .completed)
    }

    @Test("a job without a seed gets one from its coordinates, the same each time")
    func seeds() throws {
        let harness = try Harness()
        harness.run(Harness.ticket(1, Harness.completion()), Harness.ticket(2, Harness.completion()))
        _ = harness.answers(2)
        let again = try Harness()
        again.run(Harness.ticket(2, Harness.completion()), Harness.ticket(1, Harness.completion()))
        _ = again.answers(2)
        let seeds = Set(harness.generator.requests.map(\.seed))
        #expect(seeds.count == 2)
        #expect(seeds == Set(again.generator.requests.map(\.seed)))
    }

    @Test("n choices are n sequences of one prompt and one seed, and count the prompt once")
    func choices() throws {
        let harness = try Harness(ScriptedGenerator { .answer(to: $0, "choice \($0.choice)") })
        harness.run(Harness.ticket(0, Harness.chat(["n": 3])))
        let answer = try #require(harness.answers(1)[0])
        let choices = try #require(answer.body?["choices"]?.array)
        #expect(choices.map { $0["index"] } == [0, 1, 2])
        #expect(choices.map { $0["message"]?["content"] } == ["choice 0", "choice 1", "choice 2"])
        let requests = harness.generator.requests
        #expect(requests.map(\.choice) == [0, 1, 2])
        #expect(Set(requests.map(\.seed)).count == 1)
        #expect(Set(requests.map(\.id)).count == 3)
        let prompt = Int64(requests[0].prompt.count)
        #expect(answer.body?["usage"]?["prompt_tokens"]?.integer == prompt)
        #expect(answer.body?["usage"]?["completion_tokens"] == 24)
    }

    @Test("a job that asks for no length gets what the context has room for")
    func budget() throws {
        let harness = try Harness(ScriptedGenerator(contextLength: 50) { .answer(to: $0, "ok") })
        harness.run(
            Harness.ticket(0, Harness.chat()),
            Harness.ticket(1, Harness.completion(["max_tokens": 46])),
            Harness.ticket(2, Harness.completion(["max_tokens": 45])),
            Harness.ticket(3, Harness.chat(["min_tokens": 60]))
        )
        let answers = harness.answers(4)
        #expect(answers[0]?.status == 200)
        #expect(answers[1]?.error?["code"] == "context_length_exceeded")
        #expect(answers[2]?.status == 200)
        #expect(answers[3]?.error?["param"] == "body.min_tokens")
        let chat = try #require(harness.generator.requests.first { $0.sampling.maxTokens != 45 })
        #expect(chat.sampling.maxTokens == 50 - chat.prompt.count)
    }

    // MARK: Failures

    @Test("a failed sequence is tried again under a new id, and its job does not notice")
    func retry() throws {
        let failures = Gathering<UInt64>()
        let harness = try Harness(
            ScriptedGenerator { request in
                guard request.choice == 1, failures.all.count < 2 else { return .answer(to: request, "ok") }
                failures.add(request.id)
                return .answer(to: request, "", finishReason: .failed("a disk is slow"))
            }
        )
        harness.run(Harness.ticket(0, Harness.chat(["n": 2])))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.status == 200)
        #expect(answer.report.retries == 2)
        #expect(harness.generator.requests.map(\.choice).sorted() == [0, 1, 1, 1])
        #expect(Set(harness.generator.requests.map(\.id)).count == 4)
        #expect(Set(harness.generator.requests.map(\.seed)).count == 1)
    }

    @Test("an engine that goes on failing makes a result with status 500 and why, and the other choices end")
    func failure() throws {
        let harness = try Harness(
            ScriptedGenerator { request in
                request.choice == 0 ? nil : .answer(to: request, "", finishReason: .failed("a weight is missing"))
            }
        )
        harness.run(Harness.ticket(0, Harness.chat(["n": 2])))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.status == 500)
        #expect(answer.error?["type"] == "server_error")
        #expect(answer.error?["message"]?.string?.contains("a weight is missing") == true)
        #expect(answer.report.ending == .failed)
        #expect(harness.generator.held.isEmpty)
        #expect(harness.generator.requests.count { $0.choice == 1 } == 3)
    }

    @Test("what the engine refuses names the field")
    func refused() throws {
        let harness = try Harness()
        harness.generator.turnAway(.refused("top_k: too odd", parameter: "top_k"))
        harness.run(Harness.ticket(0, Harness.chat(["n": 2])))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.status == 400)
        #expect(answer.error?["param"] == "body.top_k")
    }

    @Test("an engine that has stopped leaves its jobs to another worker")
    func stoppedEngine() throws {
        let harness = try Harness()
        harness.generator.turnAway(.stopped)
        harness.run(Harness.ticket(0, Harness.chat()))
        #expect(harness.answers(1)[0]?.outcome == .abandoned)
    }

    @Test("sequences that the engine cancels by itself leave their job to another worker")
    func cancelledByEngine() throws {
        let harness = try Harness(ScriptedGenerator { .answer(to: $0, "half", finishReason: .cancelled) })
        harness.run(Harness.ticket(0, Harness.chat()))
        #expect(harness.answers(1)[0]?.outcome == .abandoned)
    }

    // MARK: A full engine

    @Test("a full engine makes jobs wait, and loses none")
    func fullEngine() throws {
        let harness = try Harness(ScriptedGenerator(capacity: 2))
        for offset in 0..<20 { harness.run(Harness.ticket(Int64(offset), Harness.chat(["n": 3]))) }
        while harness.answers.all.count < 20 {
            #expect(harness.generator.held.count <= 2)
            for request in harness.generator.held { harness.generator.finish(request) }
        }
        #expect(harness.answers(20).values.allSatisfy { $0.status == 200 })
        #expect(harness.generator.requests.count == 60)
        #expect(harness.service.standing.isIdle)
    }

    @Test("a full engine is asked again when it makes room without finishing anything")
    func roomWithoutAnEvent() throws {
        let harness = try Harness(ScriptedGenerator(capacity: 0))
        harness.run(Harness.ticket(0, Harness.chat()))
        #expect(eventually { harness.service.standing.waitingChoices == 1 })
        harness.generator.setCapacity(1)
        #expect(eventually { harness.generator.held.count == 1 })
        for request in harness.generator.held { harness.generator.finish(request) }
        #expect(harness.answers(1)[0]?.status == 200)
    }

    @Test("of jobs that wait the lower priority goes first, then the earlier")
    func priorities() throws {
        let harness = try Harness(ScriptedGenerator(capacity: 0)) { $0.preparationThreads = 1 }
        for (offset, priority) in [5, 0, 5, -1].enumerated() {
            harness.run(
                Harness.ticket(
                    Int64(offset),
                    Harness.completion(["prompt": .array([.integer(Int64(offset))])]),
                    headers: [("dure-priority", "\(priority)")]
                )
            )
        }
        #expect(eventually { harness.service.standing.waitingChoices == 4 })
        harness.generator.setCapacity(100)
        #expect(eventually { harness.generator.held.count == 4 })
        #expect(harness.generator.requests.map { $0.prompt } == [[3], [1], [0], [2]])
        harness.service.stop()
    }

    // MARK: Deadlines

    private static let soon = "2026-09-21T14:13:21Z"
    private static let now = WallTime(millisecondsSince1970: 1_790_000_000_000)

    @Test("a deadline that has passed is answered without being generated")
    func pastDeadline() throws {
        let harness = try Harness()
        let header = ("dure-deadline", (WallTime(millisecondsSince1970: Self.now.millisecondsSince1970 - 1)).rfc3339)
        harness.run(Harness.ticket(0, Harness.chat(), headers: [header]))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.result?["response"] == .null)
        #expect(answer.result?["error"]?["code"] == "batch_expired")
        #expect(harness.generator.requests.isEmpty)
        #expect(answer.report.ending == .expired)
        #expect(answer.report.customID == "job")
    }

    @Test("a deadline in the middle of a generation keeps what there is, under status 408")
    func deadlineWhileRunning() throws {
        let harness = try Harness(
            ScriptedGenerator { request in
                request.choice == 0
                    ? .answer(to: request, "whole") : .answer(to: request, "ha", finishReason: .deadline)
            }
        )
        let header = ("dure-deadline", WallTime(millisecondsSince1970: Self.now.millisecondsSince1970 + 60_000).rfc3339)
        harness.run(Harness.ticket(0, Harness.chat(["n": 2]), headers: [header]))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.status == 408)
        #expect(answer.result?["error"]?["code"] == "batch_expired")
        let choices = try #require(answer.body?["choices"]?.array)
        #expect(choices.map { $0["finish_reason"] } == ["stop", "abort"])
        #expect(choices.map { $0["message"]?["content"] } == ["whole", "ha"])
        let deadline = try #require(harness.generator.requests.first?.deadline)
        #expect(ContinuousClock.now.duration(to: deadline) > .seconds(30))
    }

    @Test("a deadline before the first token leaves no response")
    func deadlineWithoutTokens() throws {
        let harness = try Harness(ScriptedGenerator { .answer(to: $0, "", finishReason: .deadline) })
        harness.run(Harness.ticket(0, Harness.chat()))
        #expect(harness.answers(1)[0]?.result?["response"] == .null)
    }

    @Test("a job that waits for a full engine expires while it waits")
    func deadlineWhileWaiting() throws {
        let harness = try Harness(ScriptedGenerator(capacity: 0))
        let header = ("dure-deadline", WallTime(millisecondsSince1970: Self.now.millisecondsSince1970 + 30).rfc3339)
        harness.run(Harness.ticket(0, Harness.chat(["n": 2]), headers: [header]))
        let answer = try #require(harness.answers(1)[0])
        #expect(answer.result?["error"]?["code"] == "batch_expired")
        #expect(harness.service.standing.isIdle)
    }

    // MARK: Cancelling and stopping

    @Test("a cancelled job is abandoned once the engine has let go of it, and nobody else's is")
    func cancel() throws {
        let harness = try Harness(ScriptedGenerator())
        let tickets = (0..<4).map { Harness.ticket($0, Harness.chat(["n": 2])) }
        for ticket in tickets { harness.run(ticket) }
        #expect(eventually { harness.generator.held.count == 8 })
        harness.service.cancel([tickets[1].coordinates, tickets[3].coordinates])
        #expect(Set(harness.answers(2).keys) == [1, 3])
        #expect(harness.generator.cancelled.count == 4)
        for request in harness.generator.held { harness.generator.finish(request) }
        let answers = harness.answers(4)
        #expect(answers[0]?.status == 200 && answers[2]?.status == 200)
        #expect(answers[1]?.outcome == .abandoned && answers[3]?.outcome == .abandoned)
    }

    @Test("a job that is cancelled while it waits for the engine is abandoned at once")
    func cancelWaiting() throws {
        let harness = try Harness(ScriptedGenerator(capacity: 0))
        let ticket = Harness.ticket(0, Harness.chat())
        harness.run(ticket)
        #expect(eventually { harness.service.standing.waitingChoices == 1 })
        harness.service.cancel([ticket.coordinates])
        #expect(harness.answers(1)[0]?.outcome == .abandoned)
        #expect(harness.service.standing.isIdle)
    }

    @Test("the same offset under another epoch is another job")
    func epochs() throws {
        let harness = try Harness(ScriptedGenerator())
        let old = Harness.ticket(0, Harness.chat())
        var new = old
        new.coordinates.epoch = 2
        harness.run(old, new)
        #expect(eventually { harness.generator.held.count == 2 })
        harness.service.cancel([old.coordinates])
        #expect(harness.answers.wait(for: 1).first?.report.coordinates.epoch == 1)
        for request in harness.generator.held { harness.generator.finish(request) }
        let answers = harness.answers.wait(for: 2)
        #expect(answers.count { $0.outcome == .abandoned } == 1)
        #expect(answers.last?.report.coordinates.epoch == 2)
    }

    @Test("stopping answers everything exactly once, also what the engine never gives back")
    func stop() throws {
        /// Holds what it gets, whatever is asked of it.
        final class Hung: SequenceGenerator {
            let contextLength = 1000
            let admitted = Gathering<UInt64>()

            func generate(
                _ request: GenerationRequest,
                onFinish: @escaping @Sendable (GenerationResult) -> Void
            ) -> SequenceAdmission {
                self.admitted.add(request.id)
                return .admitted
            }

            func cancelGeneration(_ id: UInt64) {}
        }
        let hung = Hung()
        let tokenizer = try ToyTokenizer.make()
        let service = JobService(
            decoder: JobDecoder(policy: Harness.policy),
            encoder: PromptEncoder(
                tokenizer: tokenizer,
                configuration: ToyTokenizer.configuration,
                templates: [:],
                vocabularySize: 300
            ),
            vocabulary: tokenizer,
            generator: hung,
            configuration: JobServiceConfiguration()
        )
        let answers = Gathering<JobAnswer>()
        for offset in 0..<50 { service.run(Harness.ticket(Int64(offset), Harness.completion())) { answers.add($0) } }
        _ = hung.admitted.wait(for: 10)
        service.stop()
        service.run(Harness.ticket(50, Harness.completion())) { answers.add($0) }
        #expect(answers.all.count == 51)
        #expect(Set(answers.all.map(\.report.coordinates.offset)).count == 51)
        #expect(answers.all.allSatisfy { $0.outcome == .abandoned })
        service.stop()
    }

    // MARK: Bad records

    @Test("every kind of bad record gets its documented answer", arguments: BadRecords(model: "toy").all)
    func badRecord(bad: BadRecord) throws {
        let harness = try Harness()
        harness.run(Harness.ticket(bad.record(Harness.topic, offset: 3)))
        let answer = try #require(harness.answers(1)[3])
        switch answer.outcome {
        case .result(let result): #expect(bad.problem(withResult: result.json) == nil, "\(bad.what)")
        case .deadLetter(let reason, let message):
            #expect(bad.answer == .deadLetter(reason), "\(bad.what): \(message)")
            #expect(!message.isEmpty && message.utf8.count < 1000)
        case .abandoned: Issue.record("\(bad.what): no answer")
        }
        harness.service.stop()
        #expect(harness.answers.all.count == 1)
    }

    @Test("bad records do not touch their neighbours")
    func neighbours() throws {
        let harness = try Harness()
        let bad = BadRecords(model: "toy").all
        for (index, record) in bad.enumerated() {
            harness.run(Harness.ticket(Int64(2 * index), Harness.chat(id: "good-\(index)")))
            harness.run(Harness.ticket(record.record(Harness.topic, offset: Int64(2 * index + 1))))
        }
        let answers = harness.answers(2 * bad.count)
        #expect(answers.count == 2 * bad.count)
        for index in bad.indices {
            #expect(answers[Int64(2 * index)]?.result?["custom_id"] == .string("good-\(index)"))
            #expect(answers[Int64(2 * index)]?.status == 200)
        }
        #expect(harness.service.standing.isIdle)
    }
}
