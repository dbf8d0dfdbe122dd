public import InferenceEngine
public import Settings

extension EngineConfiguration {
    public static let settings = SettingGroup<Self>("engine", "Engine") {
        Setting(
            "max-running-sequences",
            \.maxRunningSequences,
            .count(of: "sequences", 1...1_000_000),
            help: "sequences that are generated side by side"
        )
        Setting(
            "max-batched-tokens",
            \.maxBatchedTokens,
            .count(of: "tokens", 1...16_777_216),
            help: "tokens of one sweep through the model; at least one for each running sequence"
        )
        Setting(
            "max-streamed-tokens",
            \.maxStreamedTokens,
            .optional(.count(of: "tokens", 1...16_777_216)),
            default: "what memory has room for, at most 8192",
            help: "tokens of one sweep at most while sweeps wait for experts that are read; changes no answer"
        )
        Setting(
            "max-waiting-sequences",
            \.maxWaitingSequences,
            .count(of: "sequences", 1...1_000_000),
            help: "sequences that were accepted and have not begun"
        )
        Setting(
            "max-overtakes",
            \.maxOvertakes,
            .count(of: "arrivals", 0...1_000_000_000),
            help: "later arrivals that may begin before a waiting sequence, whatever their priority"
        )
        Setting(
            "prefix-cache",
            \.usesPrefixCache,
            help: "prompts that begin alike share the keys and values of what they share; changes no answer"
        )
    }
}
