import InferenceEngine
import JobContract
import OrderedJSON
import ServingCore
import TestSupport
import Tokenization

@testable import Worker

/// A job service over a scripted generator, and what came of the jobs that it was given.
struct JobServiceHarness {
    static let model = "toy"
    static let topic = TopicPartition(topic: "dure.jobs", partition: 0)
    static let limits = JobLimits()

    let generator: ScriptedGenerator
    let service: JobService
    let answers = Gathering<JobAnswer>()
    let reports: Reports

    static let tokenizer = Result { try ToyTokenizer.make() }

    static let chatML = """
        {%- for message in messages -%}
        <|im_start|>{{ message.role }}
        {{ message.content }}<|im_end|>
        {% endfor -%}
        {%- if add_generation_prompt -%}<|im_start|>assistant
        {% endif -%}
        """
    static let chatMLTemplate = Result { try ChatTemplate(source: chatML) }

    /// Keeps every report.
    final class Reports: JobObserver {
        let gathered = Gathering<JobReport>()

        func jobEnded(_ report: JobReport) { self.gathered.add(report) }
    }

    init(
        _ generator: ScriptedGenerator = ScriptedGenerator { .answer(to: $0, "ok") },
        templates: [String: ChatTemplate]? = nil,
        configure: (inout JobServiceConfiguration) -> Void = { _ in },
        wallClock: @escaping @Sendable () -> WallTime = { WallTime(millisecondsSince1970: 1_790_000_000_000) }
    ) throws {
        self.generator = generator
        self.reports = Reports()
        var configuration = JobServiceConfiguration()
        configuration.systemFingerprint = "dure-test"
        configuration.retryDelay = .milliseconds(1)
        configuration.admissionInterval = .milliseconds(1)
        configure(&configuration)
        let tokenizer = try Self.tokenizer.get()
        self.service = JobService(
            decoder: JobDecoder(policy: Self.policy, limits: Self.limits),
            encoder: PromptEncoder(
                tokenizer: tokenizer,
                configuration: ToyTokenizer.configuration,
                templates: try templates ?? ["default": Self.chatMLTemplate.get()],
                vocabularySize: ToyTokenizer.vocabularySize
            ),
            vocabulary: tokenizer,
            generator: generator,
            configuration: configuration,
            observer: self.reports,
            wallClock: wallClock
        )
    }

    static let policy = JobPolicy(servedModels: [model], replyTopics: ["replies.*"])

    static func ticket(
        _ offset: Int64,
        _ value: JSONValue,
        headers: [(String, String)] = [],
        attempt: Int = 1
    ) -> JobTicket {
        let record = ConsumedRecord(
            source: Self.topic,
            offset: offset,
            timestampMs: 1_780_000_000_000 + offset,
            key: Array("key-\(offset)".utf8),
            value: value.serialized(),
            headers: headers.map { RecordHeader(name: $0.0, value: Array($0.1.utf8)) }
        )
        return Self.ticket(record, attempt: attempt)
    }

    static func ticket(_ record: ConsumedRecord, attempt: Int = 1) -> JobTicket {
        let coordinates = JobCoordinates(source: record.source, offset: record.offset, epoch: 1)
        return JobTicket(coordinates: coordinates, record: record, attempt: attempt)
    }

    static func completion(_ members: KeyValuePairs<String, JSONValue> = [:], id: String = "job") -> JSONValue {
        Self.line("/v1/completions", ["model": "toy", "prompt": "Hello"], members, id)
    }

    static func chat(_ members: KeyValuePairs<String, JSONValue> = [:], id: String = "job") -> JSONValue {
        Self.line(
            "/v1/chat/completions",
            ["model": "toy", "messages": [["role": "user", "content": "Hello"]]],
            members,
            id
        )
    }

    private static func line(
        _ url: String,
        _ body: JSONObject,
        _ members: KeyValuePairs<String, JSONValue>,
        _ id: String
    ) -> JSONValue {
        var body = body
        for (name, value) in members { body[name] = value }
        return ["custom_id": .string(id), "method": "POST", "url": .string(url), "body": .object(body)]
    }

    func run(_ tickets: JobTicket...) { for ticket in tickets { self.run(ticket) } }

    func run(_ ticket: JobTicket) { self.service.run(ticket) { self.answers.add($0) } }

    /// The answers by offset; there must be one of each.
    func answers(_ count: Int) -> [Int64: JobAnswer] {
        Dictionary(self.answers.wait(for: count).map { ($0.report.coordinates.offset, $0) }) { first, _ in first }
    }
}

extension JobAnswer {
    var result: JSONValue? {
        guard case .result(let result) = self.outcome else { return nil }
        return result.json
    }

    var body: JSONValue? { self.result?["response"]?["body"] }
    var error: JSONValue? { self.body?["error"] }
    var status: Int64? { self.result?["response"]?["status_code"]?.integer }
}

extension JSONValue {
    /// The element `index` of an array.
    subscript(index: Int) -> JSONValue? { self.array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
}

extension JobServiceStanding {
    /// Whether nothing is left of any job.
    var isIdle: Bool {
        self.held == 0 && self.preparing == 0 && self.waitingChoices == 0 && self.generatingChoices == 0
    }
}
