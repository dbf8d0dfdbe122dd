public import ExpertCache
public import Settings

extension EvictionPolicyName: SettingValue {}

extension ExpertCacheConfiguration {
    /// Everything about the expert cache, and what is written down about it.
    @ParameterBuilder<Self> public static var parameters: [Parameter<Self>] {
        Self.cacheSettings
        Self.traceSettings
    }

    private static let cacheSettings = SettingGroup<Self>("expert-cache", "Expert cache") {
        Setting(
            "capacity",
            \.capacityBytes,
            .optional(.bytes.within((1 << 16)...)),
            default: "all experts where memory holds them, mapped; else what is left of it",
            help: "memory for a pack's routed experts; the others are read when sweeps ask for them"
        )
        Setting(
            "directory",
            \.directory,
            .optional(.directory),
            default: "none",
            help: "a directory in memory, such as /dev/shm, through which the workers of a host share one cache"
        )
        Setting("node", \.node, .within(0...1023), help: "which cache of the directory: one for each NUMA node")
        Setting("policy", \.policy, help: "which experts a full cache gives up; changes no answer")
        Setting(
            "readers",
            \.readers,
            .count(of: "threads", 1...64),
            help: "threads that read, each one expert at a time"
        )
        Setting(
            "direct-io",
            \.usesDirectIO,
            help: "read past the page cache, where the file system of the pack allows that"
        )
        Setting(
            "convoy-wait",
            \.convoyWait,
            .within(.zero...(.seconds(60))),
            help:
                "how long workers of one cache wait for each other before a layer, so that one read serves all; 0s: not at all"
        )
        Setting(
            "read-timeout",
            \.patience,
            .within(.seconds(1)...(.seconds(3600))),
            help: "a sweep for which no expert has come for so long fails"
        )
    }

    private static let traceSettings = SettingGroup<Self>("", "Expert cache") {
        Setting(
            "record-routing",
            \.routingTrace,
            .optional(.file),
            default: "none",
            help: "a file that tells which experts each sweep asked for, as dure-bench expert-cache replays it"
        )
    }
}
