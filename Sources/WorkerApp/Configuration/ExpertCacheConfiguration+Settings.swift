public import ExpertCache
public import Settings

extension ExpertCacheConfiguration {
    /// What is written down about experts.
    public static let traceSettings = SettingGroup<Self>("", "Expert cache") {
        Setting(
            "record-routing",
            \.routingTrace,
            .optional(.file),
            default: "none",
            help: "a file that tells which experts each sweep asked for, as dure-bench expert-cache replays it"
        )
    }
}
