import InferenceEngine
import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Testing

@testable import Worker

@Suite("Job runner")
struct JobRunnerTests {
    typealias Harness = JobServiceHarness

    /// A runner over a scripted generator, and what it put into the mailbox.
    private final class Setup {
        let harness: Harness
        let mailbox: CompletionMailbox
        let runner: JobRunner
        private var completions: [Completion] = []
        private var abandoned: [JobCoordinates] = []

        init(
            _ generator: ScriptedGenerator = ScriptedGenerator { .answer(to: $0, "ok") },
            configure: (inout JobRunnerConfiguration) -> Void = { _ in }
        ) throws {
            self.harness = try Harness(generator)
            self.mailbox = CompletionMailbox {}
            var configuration = JobRunnerConfiguration(workerID: "worker-1")
            configuration.group = "the-group"
            configure(&configuration)
            self.runner = JobRunner(
                service: self.harness.service,
                mailbox: self.mailbox,
                configuration: configuration
            )
        }

        func wait(_ count: Int) -> (completions: [Completion], abandoned: [JobCoordinates]) {
            _ = eventually {
                for entry in self.mailbox.takeAll() {
                    switch entry {
                    case .completed(let completion): self.completions.append(completion)
                    case .abandoned(let coordinates): self.abandoned.append(coordinates)
                    }
                }
                return self.completions.count + self.abandoned.count >= count
            }
            return (self.completions, self.abandoned)
        }

        /// The one record that became of `ticket`.
        func record(of ticket: JobTicket) throws -> OutgoingRecord {
            self.runner.run(ticket)
            let completion = try #require(self.wait(1).completions.first)
            #expect(completion.coordinates == ticket.coordinates)
            #expect(completion.records.count == 1)
            return try #require(completion.records.first)
        }
    }

    @Test("a result has the job's key and headers, and says where it comes from and who made it")
    func result() throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let headers = [
            ("dure-batch-id", "b1"), ("dure-priority", "3"), ("traceparent", trace), ("tracestate", "a=b"),
            ("other", "not ours"),
        ]
        let setup = try Setup()
        let record = try setup.record(of: Harness.ticket(9, Harness.chat(), headers: headers, attempt: 2))
        #expect(record.topic == "dure.results")
        #expect(record.key == Array("key-9".utf8))
        let value = try JSONValue(parsing: try #require(record.value))
        #expect(value["response"]?["status_code"] == 200)
        #expect(
            record.headers
                == [
                    ("dure-batch-id", "b1"), ("dure-priority", "3"), ("traceparent", trace), ("tracestate", "a=b"),
                    ("dure-source", "dure.jobs/0/9"), ("dure-attempt", "2"), ("dure-worker", "worker-1"),
                ].map { RecordHeader(name: $0.0, value: Array($0.1.utf8)) }
        )
    }

    @Test("a result goes to the job's reply topic, a refusal too")
    func replyTopic() throws {
        for body in [Harness.chat(), Harness.chat(["temperature": 9])] {
            let record = try Setup().record(of: Harness.ticket(0, body, headers: [("dure-reply-topic", "replies.a")]))
            #expect(record.topic == "replies.a")
        }
        let notAllowed = Harness.ticket(0, Harness.chat(), headers: [("dure-reply-topic", "secret")])
        #expect(try Setup().record(of: notAllowed).topic == "dure.results")
    }

    @Test("a record that cannot be read becomes a dead letter, unchanged, with the reason")
    func deadLetter() throws {
        var ticket = Harness.ticket(4, .null, headers: [("other", "x"), ("dure-tenant", "ann")], attempt: 1)
        ticket.record.value = Array("{oops".utf8)
        ticket.record.headers.append(RecordHeader(name: "blob", value: nil))
        let record = try Setup().record(of: ticket)
        #expect(record.topic == "dure.dead-letters")
        #expect(record.key == ticket.record.key)
        #expect(record.value == ticket.record.value)
        #expect(Array(record.headers.prefix(3)) == ticket.record.headers)
        let letter = try #require(DeadLetter(reading: record.headers.map { (name: $0.name, value: $0.value) }))
        #expect(letter.source == JobSource(topic: "dure.jobs", partition: 0, offset: 4))
        #expect(letter.group == "the-group")
        #expect(letter.deliveryCount == 1)
        #expect(letter.reason == .undecodable)
        #expect(letter.message.contains("not valid JSON"))
        #expect(letter.firstSeen == WallTime(millisecondsSince1970: 1_780_000_000_004))
    }

    @Test("a record that is given up becomes a dead letter without being run")
    func giveUp() throws {
        let setup = try Setup()
        setup.runner.giveUp(Harness.ticket(4, Harness.chat(), attempt: 3))
        let record = try #require(setup.wait(1).completions.first?.records.first)
        let letter = try #require(DeadLetter(reading: record.headers.map { (name: $0.name, value: $0.value) }))
        #expect(letter.reason == .crashedWorker)
        #expect(letter.deliveryCount == 3)
        #expect(setup.harness.generator.requests.isEmpty)
    }

    @Test("a dead letter that was one before keeps when it was first seen")
    func redriven() throws {
        let first = DeadLetter(
            source: JobSource(topic: "dure.jobs", partition: 0, offset: 1),
            group: "g",
            deliveryCount: 3,
            reason: .crashedWorker,
            message: "m",
            firstSeen: WallTime(millisecondsSince1970: 1_000)
        )
        var ticket = Harness.ticket(4, .null)
        ticket.record.headers = first.fields(after: []).map { RecordHeader(name: $0.name, value: $0.value) }
        let record = try Setup().record(of: ticket)
        let letter = try #require(DeadLetter(reading: record.headers.map { (name: $0.name, value: $0.value) }))
        #expect(letter.reason == .undecodable)
        #expect(letter.firstSeen == first.firstSeen)
        #expect(record.headers.count == 16)
    }

    @Test("a cancelled job ends in the mailbox without a record")
    func cancel() throws {
        let setup = try Setup(ScriptedGenerator())
        let tickets = [Harness.ticket(0, Harness.chat()), Harness.ticket(1, Harness.chat())]
        for ticket in tickets { setup.runner.run(ticket) }
        #expect(eventually { setup.harness.generator.held.count == 2 })
        setup.runner.cancel([tickets[0].coordinates])
        #expect(setup.wait(1).abandoned == [tickets[0].coordinates])
        for request in setup.harness.generator.held { setup.harness.generator.finish(request) }
        #expect(setup.wait(2).completions.map(\.coordinates) == [tickets[1].coordinates])
    }

    // MARK: Records that are too large

    private static func parts(_ record: OutgoingRecord) -> String? {
        record.headers.last { $0.name == "dure-omitted" }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a result that is too large becomes an error that says so, under the same ids")
    func largeResult() throws {
        let long = String(repeating: "가", count: 10_000)
        let setup = try Setup(ScriptedGenerator { .answer(to: $0, long) }) { $0.maximumRecordBytes = 20_000 }
        let record = try setup.record(of: Harness.ticket(0, Harness.chat(["request_id": "mine"], id: "the-id")))
        let value = try JSONValue(parsing: try #require(record.value))
        #expect(value["custom_id"] == "the-id")
        #expect(value["id"]?.string == JobIdentity(JobSource(topic: "dure.jobs", partition: 0, offset: 0)).resultID)
        #expect(value["response"]?["status_code"] == 413)
        #expect(value["response"]?["request_id"] == "mine")
        let error = value["response"]?["body"]?["error"]
        #expect(error?["code"] == "result_too_large")
        #expect(error?["message"]?.string?.contains("20000") == true)
        #expect(record.key == Array("key-0".utf8))
        #expect(Self.parts(record) == "value")
        #expect(record.bytes <= 20_000)
    }

    @Test("a key or headers that are too large are left out, which is said")
    func largeKey() throws {
        let setup = try Setup { $0.maximumRecordBytes = 20_000 }
        var ticket = Harness.ticket(0, Harness.chat())
        ticket.record.key = Array(repeating: 7, count: 30_000)
        let record = try setup.record(of: ticket)
        #expect(record.key == nil)
        #expect(Self.parts(record) == "value,key")
        #expect(record.bytes <= 20_000)
        let value = try JSONValue(parsing: try #require(record.value))
        #expect(value["custom_id"] == "job")
    }

    @Test("a dead letter that is too large loses its value, then its headers, then its key")
    func largeDeadLetter() throws {
        var ticket = Harness.ticket(0, .null)
        ticket.record.value = Array(repeating: 0x78, count: 30_000)
        let setup = try Setup { $0.maximumRecordBytes = 20_000 }
        let first = try setup.record(of: ticket)
        #expect(first.value == nil && first.key == ticket.record.key)
        #expect(Self.parts(first) == "value")

        ticket.record.headers = (0..<2000).map { RecordHeader(name: "h\($0)", value: nil) }
        ticket.record.key = Array(repeating: 7, count: 30_000)
        let last = try Setup { $0.maximumRecordBytes = 20_000 }.record(of: ticket)
        #expect(last.value == nil && last.key == nil)
        #expect(Self.parts(last) == "value,headers,key")
        #expect(DeadLetter(reading: last.headers.map { (name: $0.name, value: $0.value) })?.reason == .undecodable)
        #expect(last.bytes <= 20_000)
    }

    @Test("what a broker refuses is made smaller step by step, until nothing is left to leave out")
    func replacements() throws {
        let setup = try Setup()
        let ticket = Harness.ticket(0, Harness.chat(), headers: [("dure-tenant", "ann")])
        var record = try setup.record(of: ticket)
        let reason = TransportError(name: "MSG_SIZE_TOO_LARGE", message: "too large", isFatal: false)
        // The answer is shorter than an error would be, so the key goes first.
        var steps: [String] = []
        while let smaller = setup.runner.replacement(for: record, of: ticket.coordinates, reason: reason) {
            #expect(smaller.bytes < record.bytes)
            record = smaller
            steps.append(Self.parts(smaller) ?? "")
            try #require(steps.count < 10)
        }
        #expect(!steps.isEmpty)
        #expect(record.headers.contains { $0.name == "dure-source" })
    }
}
