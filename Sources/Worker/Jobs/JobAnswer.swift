public import InferenceEngine
public import JobContract
public import ServingCore

/// What became of one job.
public struct JobAnswer: Sendable {
    public enum Outcome: Sendable, Equatable {
        /// A line of the output file: a completion, a refusal, or what there was when the deadline passed.
        case result(JobResult)
        case deadLetter(DeadLetterReason, message: String)
        /// It was cancelled, or the engine takes nothing any more: nobody may publish anything about it here.
        case abandoned
    }

    public var outcome: Outcome
    /// Those of the record's headers that are valid.
    public var headers: JobHeaders
    public var report: JobReport

    public init(outcome: Outcome, headers: JobHeaders = JobHeaders(), report: JobReport) {
        self.outcome = outcome
        self.headers = headers
        self.report = report
    }
}

/// How a job went: for logs and metrics.
public struct JobReport: Sendable {
    public enum Ending: Sendable, Equatable {
        case completed
        /// With OpenAI's code, or its class of error where there is no code.
        case refused(status: Int, code: String)
        case expired
        /// The engine failed as often as it may be tried.
        case failed
        case deadLetter(DeadLetterReason)
        case abandoned
    }

    /// One of the `n` completions.
    public struct Choice: Sendable {
        public var finishReason: AnswerFinishReason
        public var completionTokens: Int
        public var timings: GenerationTimings

        public init(finishReason: AnswerFinishReason, completionTokens: Int, timings: GenerationTimings) {
            self.finishReason = finishReason
            self.completionTokens = completionTokens
            self.timings = timings
        }
    }

    public var coordinates: JobCoordinates
    public var customID: String?
    public var ending: Ending
    /// What was used, also by a job that did not end well.
    public var usage = TokenUsage(promptTokens: 0, completionTokens: 0)
    public var choices: [Choice] = []
    /// `max_tokens` as it was asked for; nil where it was not.
    public var requestedTokens: Int?
    /// From the hand-over to the engine's queue: decoding, template, tokenizer.
    public var preparation: Duration = .zero
    /// From the record's being taken to its answer.
    public var total: Duration = .zero
    /// How often a choice was given to the engine again after it had failed.
    public var retries = 0

    public init(coordinates: JobCoordinates, ending: Ending) {
        self.coordinates = coordinates
        self.ending = ending
    }
}

/// Sees how jobs go: for logs, metrics and tests.
///
/// Called from the preparation threads.
public protocol JobObserver: Sendable {
    func jobEnded(_ report: JobReport)
}

/// Sees nothing.
public struct SilentJobObserver: JobObserver {
    public init() {}

    public func jobEnded(_ report: JobReport) {}
}
