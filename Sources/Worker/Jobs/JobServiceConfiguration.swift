/// How jobs are prepared and how stubbornly they are run.
public struct JobServiceConfiguration: Sendable, Equatable {
    /// Threads that decode, render, encode and build answers, beside the engine's and Kafka's.
    public var preparationThreads = 2
    /// How often one choice is given to the engine before its job ends with status 500.
    public var maximumTries = 3
    /// Before the second try; doubled before each further one.
    public var retryDelay: Duration = .milliseconds(250)
    /// How long a job waits before it asks a full engine again.
    public var admissionInterval: Duration = .milliseconds(20)
    /// `system_fingerprint` of every completion: model digest and kernel profile.
    public var systemFingerprint = ""

    public init() {}

    /// What is wrong with these values; empty when nothing is.
    public var problems: [String] {
        var problems: [String] = []
        if !(1...256).contains(self.preparationThreads) {
            problems.append("preparationThreads: expected 1 to 256, got \(self.preparationThreads)")
        }
        if !(1...100).contains(self.maximumTries) {
            problems.append("maximumTries: expected 1 to 100, got \(self.maximumTries)")
        }
        if self.retryDelay < .zero || self.retryDelay > .seconds(60) {
            problems.append("retryDelay: expected 0 to 60 seconds, got \(self.retryDelay)")
        }
        if self.admissionInterval < .milliseconds(1) || self.admissionInterval > .seconds(10) {
            problems.append("admissionInterval: expected 1 ms to 10 s, got \(self.admissionInterval)")
        }
        return problems
    }
}
