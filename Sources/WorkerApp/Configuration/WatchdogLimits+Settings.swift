public import Settings
public import Worker

extension Watchdog.Limits {
    /// How long a part of a worker may stand still before the worker ends itself, so that another takes over.
    public static let settings = SettingGroup<Self>("watchdog", "Watchdog") {
        Setting("engine", \.engine, Self.longTime, help: "no sweep ends although there is work")
        Setting("delivery", \.delivery, Self.longTime, help: "the Kafka thread does not turn")
        Setting("jobs", \.jobs, Self.longTime, help: "no job is answered although there are some")
    }

    private static let longTime = ValueFormat<Duration>.within(.seconds(1)...(.seconds(7 * 86_400)))
}
