/// A header of a Kafka record.
///
/// A name may stand several times, and a value may be missing.
public typealias HeaderField = (name: String, value: [UInt8]?)

/// What a job record's headers say, decoded and checked.
public struct JobHeaders: Sendable, Equatable {
    public var batchID: String?
    /// Lower is earlier.
    public var priority: Int?
    public var deadline: WallTime?
    public var tenant: String?
    public var replyTopic: String?
    public var idempotencyKey: String?
    public var trace: TraceContext?

    public init() {}
}

/// The headers Dure knows, by name.
public enum HeaderName {
    public static let batchID = "dure-batch-id"
    public static let priority = "dure-priority"
    public static let deadline = "dure-deadline"
    public static let tenant = "dure-tenant"
    public static let replyTopic = "dure-reply-topic"
    public static let idempotencyKey = "dure-idempotency-key"
    public static let traceparent = "traceparent"
    public static let tracestate = "tracestate"
    public static let source = "dure-source"
    public static let attempt = "dure-attempt"
    public static let worker = "dure-worker"
    public static let reason = "dure-reason"
    public static let firstSeen = "dure-first-seen"
}

extension JobHeaders {
    /// The job's own headers as its result repeats them, in a fixed order.
    public var fields: [HeaderField] {
        let texts: [(String, String?)] = [
            (HeaderName.batchID, self.batchID), (HeaderName.priority, self.priority.map(String.init)),
            (HeaderName.deadline, self.deadline?.rfc3339), (HeaderName.tenant, self.tenant),
            (HeaderName.replyTopic, self.replyTopic), (HeaderName.idempotencyKey, self.idempotencyKey),
            (HeaderName.traceparent, self.trace?.traceparent), (HeaderName.tracestate, self.trace?.tracestate),
        ]
        return texts.compactMap { name, text in text.map { (name: name, value: Array($0.utf8)) } }
    }

    /// The headers of a result: the job's own, where it came from, which attempt this was and who made it.
    public func resultFields(source: JobSource, attempt: Int, worker: String) -> [HeaderField] {
        self.fields + [
            (name: HeaderName.source, value: Array(source.description.utf8)),
            (name: HeaderName.attempt, value: Array(String(attempt).utf8)),
            (name: HeaderName.worker, value: Array(worker.utf8)),
        ]
    }
}
