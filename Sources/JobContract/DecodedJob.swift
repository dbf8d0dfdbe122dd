/// The one answer to a job record, as far as the record alone decides it.
public enum DecodedJob: Sendable, Equatable {
    case job(Job)
    /// It is a job, or means to be one, and is not served: a result with a 4xx status.
    case refused(Refusal)
    /// It cannot be read at all: a dead letter.
    case deadLetter(DeadLetterReason, message: String)
}

/// A job that is not served, and why.
///
/// ``JobResult/init(refusal:)`` is its result.
public struct Refusal: Sendable, Equatable {
    public var source: JobSource
    /// Nil where the record has none that could be repeated.
    public var customID: String?
    public var error: RequestError
    /// Those of the record's headers that are valid.
    public var headers: JobHeaders

    public init(source: JobSource, customID: String?, error: RequestError, headers: JobHeaders = JobHeaders()) {
        self.source = source
        self.customID = customID
        self.error = error
        self.headers = headers
    }

    /// The refusal of a job that decoded well: an over-long prompt, a template that raises.
    public init(_ job: Job, _ error: RequestError) {
        self.init(source: job.source, customID: job.customID, error: error, headers: job.headers)
    }
}
