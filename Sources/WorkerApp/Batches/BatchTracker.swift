public import JobContract
public import OrderedJSON
public import Worker

/// What is known of a batch from the records of its topics: which lines there are, and which have an answer.
///
/// A value: whoever reads the topics enters what it reads, in any order and as often as it likes. A line is told from
/// another by where its record stands, so nothing here depends on `custom_id`s being different.
public struct BatchTracker: Sendable {
    public struct Counts: Sendable, Equatable {
        /// Lines of the batch in the jobs topic.
        public var lines = 0
        /// Answers with status 200.
        public var succeeded = 0
        /// All other answers, dead letters among them.
        public var failed = 0
        public var deadLetters = 0
        public var promptTokens: Int64 = 0
        public var completionTokens: Int64 = 0

        public init() {}

        public var answered: Int { self.succeeded + self.failed }
        public var open: Int { max(0, self.lines - self.answered) }
    }

    /// An answer that was not known before.
    public struct Answer: Sendable {
        public var source: JobSource
        /// A line of an OpenAI batch output file.
        public var line: JSONValue
        public var id: String
    }

    public let batchID: String
    public private(set) var counts = Counts()
    private var lines: Set<JobSource> = []
    private var answered: Set<JobSource> = []

    public init(batchID: String) { self.batchID = batchID }

    /// Whether every line that is known has an answer, and there is at least one.
    public var isComplete: Bool { !self.lines.isEmpty && self.lines.isSubset(of: self.answered) }

    /// Enters a record of the jobs topic; says whether it is a line of the batch.
    public mutating func enterJob(_ record: ConsumedRecord) -> Bool {
        guard self.belongs(record) else { return false }
        let source = JobSource(
            topic: record.source.topic,
            partition: record.source.partition,
            offset: record.offset
        )
        if self.lines.insert(source).inserted { self.counts.lines += 1 }
        return true
    }

    /// Enters a record of a results topic.
    ///
    /// - Returns: The answer, if it is one of this batch and was not known.
    public mutating func enterResult(_ record: ConsumedRecord) -> Answer? {
        guard self.belongs(record), let source = record.header(HeaderName.source).flatMap(JobSource.init),
            let value = record.value
        else { return nil }
        // Workers write nothing else; what somebody else put there is no answer.
        guard let line = try? JSONValue(parsing: value), let id = line["id"]?.string else { return nil }
        let isWhole = line["response"]?["status_code"]?.integer == 200
        return self.enter(Answer(source: source, line: line, id: id), isWhole: isWhole)
    }

    /// Enters a record of the dead letters topic.
    ///
    /// - Returns: An answer that says why, if it is one of this batch and was not known.
    public mutating func enterDeadLetter(_ record: ConsumedRecord) -> Answer? {
        let fields: [HeaderField] = record.headers.map { (name: $0.name, value: $0.value) }
        guard self.belongs(record), let letter = DeadLetter(reading: fields) else { return nil }
        let id = JobIdentity(letter.source).resultID
        let failure = JobResult.Failure(code: letter.reason.rawValue, message: letter.message)
        // The key is the custom_id unless the producer chose another; the value may not be readable.
        let custom = record.value.flatMap { try? JSONValue(parsing: $0) }?["custom_id"]?.string
        let result = JobResult(id: id, customID: custom, response: nil, error: failure)
        guard let answer = self.enter(Answer(source: letter.source, line: result.json, id: id), isWhole: false) else {
            return nil
        }
        self.counts.deadLetters += 1
        return answer
    }

    private mutating func enter(_ answer: Answer, isWhole: Bool) -> Answer? {
        guard self.answered.insert(answer.source).inserted else { return nil }
        if isWhole { self.counts.succeeded += 1 } else { self.counts.failed += 1 }
        let usage = answer.line["response"]?["body"]?["usage"]
        self.counts.promptTokens += usage?["prompt_tokens"]?.integer ?? 0
        self.counts.completionTokens += usage?["completion_tokens"]?.integer ?? 0
        return answer
    }

    private func belongs(_ record: ConsumedRecord) -> Bool {
        // A job may have come with CloudEvents' name for it.
        (record.header(HeaderName.batchID) ?? record.header("ce_batchid")) == self.batchID
    }
}

extension ConsumedRecord {
    /// The last header of a name, as text; nil where there is none or it is not UTF-8.
    func header(_ name: String) -> String? {
        self.headers.last { $0.name == name }?.value.flatMap { String(validating: $0, as: UTF8.self) }
    }
}
