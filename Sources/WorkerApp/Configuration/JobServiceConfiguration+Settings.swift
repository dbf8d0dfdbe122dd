public import Settings
public import Worker

extension JobServiceConfiguration {
    public static let settings = SettingGroup<Self>("jobs", "Jobs") {
        Setting(
            "preparation-threads",
            \.preparationThreads,
            .count(of: "threads", 1...256),
            help: "threads that read jobs, render templates, tokenize and write results, beside the model's"
        )
        Setting(
            "max-tries",
            \.maximumTries,
            .count(of: "tries", 1...100),
            help: "how often a choice that the engine failed on is tried before its job ends with status 500"
        )
        Setting(
            "retry-delay",
            \.retryDelay,
            .within(.zero...(.seconds(60))),
            help: "before the second try; doubled before each further one"
        )
        Setting(
            "admission-interval",
            \.admissionInterval,
            .within(.milliseconds(1)...(.seconds(10))),
            help: "how long a job waits before it asks a full engine again"
        )
    }
}
