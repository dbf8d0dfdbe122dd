import OffsetLedger
public import Settings
public import Worker

extension DeliveryConfiguration {
    /// The times of delivery; how much is held at a time is ``Worker/DeliveryLimits``' own group.
    public static let settings = SettingGroup<Self>("delivery", "Delivery") {
        Setting(
            "commit-interval",
            \.commitInterval,
            .within(.milliseconds(10)...(.seconds(60))),
            help: "from the start of one commit cycle to the start of the next; a result waits half of it on average"
        )
        Setting(
            "revocation-drain",
            \.revocationDrain,
            .within(.zero...(.seconds(300))),
            help: "how long a partition that goes to another worker waits for its running jobs"
        )
        Setting(
            "stop-drain",
            \.stopDrain,
            .within(.zero...(.seconds(3600))),
            help: "how long a worker that is stopped waits for its running jobs"
        )
        Setting(
            "metrics-interval",
            \.metricsInterval,
            .within(.milliseconds(100)...(.seconds(3600))),
            help: "from one metrics record to the next"
        )
        Setting(
            "jobs-in-flight",
            \.limits.jobsInFlight,
            .count(of: "jobs", 1...1_000_000),
            help: "jobs of this worker that run or wait in the engine"
        )
        Setting(
            "window",
            \.limits.ledger.windowSetting,
            .count(of: "records", 1...PartitionLedger.largestWindow),
            help:
                "how far a partition is read beyond its oldest unfinished record; the same for every worker of a group"
        )
        Setting(
            "max-attempts",
            \.limits.ledger.maximumAttemptsSetting,
            .count(of: "attempts", 1...OffsetMap.maximumAttempts),
            help: "a record that was running so often when a worker died becomes a dead letter; the same for a group"
        )
        Setting(
            "uncommitted-jobs",
            \.limits.uncommittedJobs,
            .count(of: "jobs", 1...1_000_000),
            help: "finished jobs that may wait for a commit before no more records are read"
        )
        Setting(
            "uncommitted-bytes",
            \.limits.uncommittedBytes,
            .bytes.within((1 << 20)...),
            help: "and the bytes of their results"
        )
        Setting(
            "cycle-jobs",
            \.limits.cycleJobs,
            .count(of: "jobs", 1...1_000_000),
            help: "at so many finished jobs a commit cycle does not wait for its time"
        )
        Setting(
            "cycle-bytes",
            \.limits.cycleBytes,
            .bytes.within((64 << 10)...),
            help: "and at so many bytes of results"
        )
    }
}

extension LedgerLimits {
    // The limits check themselves when they are made, so a setting makes them anew.

    fileprivate var windowSetting: Int {
        get { self.window }
        set { self = LedgerLimits(window: newValue, maximumAttempts: self.maximumAttempts) }
    }

    fileprivate var maximumAttemptsSetting: Int {
        get { self.maximumAttempts }
        set { self = LedgerLimits(window: self.window, maximumAttempts: newValue) }
    }
}
