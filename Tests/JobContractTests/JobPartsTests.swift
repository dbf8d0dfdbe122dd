import JobContract
import TestSupport
import Testing

@Suite("Headers of a job")
struct JobHeadersTests {
    private func headers(_ fields: [(String, String?)]) -> (headers: JobHeaders, problem: RequestError?) {
        let line = #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"model":"m","prompt":"a"}}"#
        let decoder = JobDecoder(policy: JobPolicy(servedModels: ["m"], replyTopics: ["replies.*", "one"]))
        let decoded = decoder.decode(
            source: JobSource(topic: "jobs", partition: 0, offset: 0),
            value: Array(line.utf8),
            headers: fields.map { (name: $0.0, value: $0.1.map { Array($0.utf8) }) }
        )
        switch decoded {
        case .job(let job): return (job.headers, nil)
        case .refused(let refusal): return (refusal.headers, refusal.error)
        case .deadLetter: return (JobHeaders(), .internalError("a dead letter"))
        }
    }

    @Test("are read whatever the case of their names")
    func names() {
        let read = self.headers([("DURE-Tenant", "ann"), ("Dure-Batch-ID", "b")])
        #expect(read.headers.tenant == "ann" && read.headers.batchID == "b" && read.problem == nil)
    }

    @Test("are read in CloudEvents' form where ours are missing")
    func cloudEvents() {
        let read = self.headers([
            ("ce_specversion", "1.0"), ("ce_batchid", "b"), ("ce_expirytime", "2030-01-01T00:00:00Z"),
            ("ce_priority", "3"), ("dure-priority", "4"), ("ce_tenant", "t"),
        ])
        #expect(read.problem == nil)
        #expect(read.headers.batchID == "b" && read.headers.tenant == "t")
        #expect(read.headers.priority == 4)
        #expect(read.headers.deadline == WallTime(rfc3339: "2030-01-01T00:00:00Z"))
    }

    @Test("that stand twice with one value are one; with two values they are a problem")
    func twice() {
        #expect(self.headers([("dure-tenant", "a"), ("dure-tenant", "a")]).headers.tenant == "a")
        let read = self.headers([("dure-tenant", "a"), ("dure-tenant", "b"), ("dure-batch-id", "x")])
        #expect(read.problem?.param == "headers.dure-tenant")
        #expect(read.headers.tenant == nil && read.headers.batchID == "x")
    }

    @Test("a reply topic has to be one that the configuration allows")
    func replyTopics() {
        for topic in ["replies.", "replies.a", "replies.a.b", "one"] {
            #expect(self.headers([("dure-reply-topic", topic)]).headers.replyTopic == topic)
        }
        for topic in [
            "replies", "xreplies.a", "one.two", "dure.jobs", "", ".", "replies." + String(repeating: "a", count: 250),
        ] {
            #expect(self.headers([("dure-reply-topic", topic)]).problem?.code == "invalid_header", "\(topic)")
        }
    }

    @Test("patterns of topics match any characters at each star")
    func patterns() {
        let policy = JobPolicy(servedModels: [], replyTopics: ["*-results", "a*b*c", "**x"])
        for topic in ["-results", "team-results", "abc", "aXbYc", "abbc", "x", "yx"] {
            #expect(policy.allowsReply(to: topic), "\(topic)")
        }
        for topic in ["results", "team-results.", "ab", "acb", "xy", ""] {
            #expect(!policy.allowsReply(to: topic), "\(topic)")
        }
        let slow = JobPolicy(servedModels: [], replyTopics: [String(repeating: "*a", count: 30) + "b"])
        #expect(!slow.allowsReply(to: String(repeating: "a", count: 249)))
    }

    @Test("are repeated in a fixed order, as they were understood")
    func fields() {
        let read = self.headers([
            ("dure-priority", "+7"), ("dure-deadline", "2030-01-01T09:00:00+09:00"), ("dure-batch-id", "b"),
        ])
        let fields = read.headers.fields.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }
        #expect(fields.map(\.0) == ["dure-batch-id", "dure-priority", "dure-deadline"])
        #expect(fields.map(\.1) == ["b", "7", "2030-01-01T00:00:00Z"])
    }

    @Test(
        "a trace context that W3C allows is taken, any other is as if it were not there",
        arguments: [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true),
            ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false),
            ("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false), ("", false),
        ]
    )
    func trace(text: String, isTaken: Bool) {
        let read = self.headers([("traceparent", text), ("tracestate", "a=b")])
        #expect(read.problem == nil)
        #expect((read.headers.trace != nil) == isTaken)
        if isTaken { #expect(read.headers.trace?.tracestate == "a=b") }
    }

    @Test("a malformed tracestate leaves the trace in place")
    func tracestate() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for state in ["", "a", "A=b", "a=b,a=c", "a=b\u{e9}", "a=" + String(repeating: "x", count: 257)] {
            let trace = self.headers([("traceparent", parent), ("tracestate", state)]).headers.trace
            #expect(trace?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(trace?.tracestate == nil, "\(state)")
        }
    }
}

@Suite("Times")
struct WallTimeTests {
    @Test(
        "reads RFC 3339 and writes it in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
            ("2026-11-24t14:00:00.25+09:00", 1_795_496_400_250, "2026-11-24T05:00:00.250Z"),
            ("2024-02-29T23:59:60Z", 1_709_251_200_000, "2024-03-01T00:00:00Z"),
            ("2000-02-29T00:00:00-00:00", 951_782_400_000, "2000-02-29T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999Z", 253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000, "0000-01-01T00:00:00Z"),
        ] as [(String, Int64, String)]
    )
    func valid(text: String, milliseconds: Int64, written: String) {
        let time = WallTime(rfc3339: text)
        #expect(time?.millisecondsSince1970 == milliseconds)
        #expect(time?.rfc3339 == written)
    }

    @Test(
        "refuses what is not RFC 3339",
        arguments: [
            "", "2026-11-24", "2026-11-24T05:00:00", "2026-11-24 05:00:00Z", "2026-11-24T05:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0900", "2026-01-01T00:00:00Zx", " 2026-01-01T00:00:00Z",
            "２０２６-01-01T00:00:00Z", "-2026-01-01T00:00:00Z",
        ]
    )
    func invalid(text: String) {
        #expect(WallTime(rfc3339: text) == nil)
    }

    @Test("every written time reads back", arguments: 1...20)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
            let time = WallTime(millisecondsSince1970: Int64.random(in: range, using: &random))
            #expect(WallTime(rfc3339: time.rfc3339) == time)
        }
    }

    @Test("differences do not overflow")
    func differences() {
        let (early, late) = (WallTime(millisecondsSince1970: .min), WallTime(millisecondsSince1970: .max))
        #expect(late.duration(since: early) > .zero)
        #expect(early.duration(since: late) < .zero)
    }
}

@Suite("Identity of a job")
struct JobIdentityTests {
    @Test("is the same on every machine and in every release")
    func stable() {
        let identity = JobIdentity(JobSource(topic: "dure.jobs", partition: 3, offset: 42))
        #expect(identity.resultID == "batch_req_69f963bf5b34bdcb3cebb1c540c670ab")
        #expect(identity.chatCompletionID == "chatcmpl-69f963bf5b34bdcb3cebb1c540c670ab")
    }

    @Test("differs wherever the coordinates differ")
    func distinct() {
        var ids: Set<String> = []
        var seeds: Set<UInt64> = []
        for topic in ["a", "a1", "b"] {
            for partition: Int32 in 0..<12 {
                for offset: Int64 in 0..<200 {
                    let identity = JobIdentity(JobSource(topic: topic, partition: partition, offset: offset))
                    ids.insert(identity.resultID)
                    seeds.insert(identity.seed)
                }
            }
        }
        #expect(ids.count == 3 * 12 * 200)
        #expect(seeds.count == 3 * 12 * 200)
    }

    @Test("reads back what dure-source says")
    func source() {
        for text in ["jobs/0/0", "dure.jobs/12/9223372036854775807", "a/file.jsonl/0/7"] {
            #expect(JobSource(text)?.description == text)
        }
        for text in ["", "jobs", "jobs/0", "/0/0", "jobs/-1/0", "jobs/0/-1", "jobs/x/0", "jobs/0/9223372036854775808"] {
            #expect(JobSource(text) == nil, "\(text)")
        }
    }
}

@Suite("Output budget")
struct OutputBudgetTests {
    private func budget(_ requested: Int?, prompt: Int, context: Int = 100) -> Result<Int, RequestError> {
        var limits = JobLimits()
        limits.promptTokens = 90
        limits.outputTokens = 50
        return Result { () throws(RequestError) in
            try limits.outputBudget(
                requested: requested,
                promptTokens: prompt,
                contextLength: context,
                field: "body.messages"
            )
        }
    }

    @Test("is what was asked for, else what the limits and the context leave")
    func granted() throws {
        #expect(try self.budget(7, prompt: 10).get() == 7)
        #expect(try self.budget(90, prompt: 10).get() == 90)
        #expect(try self.budget(nil, prompt: 10).get() == 50)
        #expect(try self.budget(nil, prompt: 70).get() == 30)
        #expect(try self.budget(1, prompt: 90).get() == 1)
    }

    @Test("refuses what does not fit, naming the field and every number")
    func refused() {
        let cases: [(Int?, Int, Int, [String])] = [
            (nil, 0, 100, ["no tokens"]), (nil, 91, 100, ["91", "90"]), (91, 10, 100, ["100", "101", "10", "91"]),
            (nil, 80, 80, ["80", "no room"]), (1, 85, 80, ["80", "85"]),
        ]
        for (requested, prompt, context, parts) in cases {
            guard case .failure(let error) = self.budget(requested, prompt: prompt, context: context) else {
                Issue.record("\(prompt) tokens of \(context) are taken")
                continue
            }
            #expect(error.status == 400 && error.param == "body.messages")
            for part in parts { #expect(error.message.contains(part), "\(error.message)") }
        }
    }
}
