public import MoEModel
public import Settings
import TensorKernels

extension KVPrecision: SettingValue {}

extension DecoderModelConfiguration {
    public static let settings = SettingGroup<Self>("", "Memory and threads") {
        Setting(
            "threads",
            \.threads,
            .count(of: "threads", 1...1024),
            default: "one per processor",
            help: "threads that compute"
        )
        KernelVariant.settings.at(\.kernels)
        Setting(
            "context-length",
            \.contextLength,
            .optional(.count(of: "tokens", 1...16_777_216)),
            default: "what the model was made for",
            help: "the most tokens that a sequence may hold, prompt and completion together"
        )
        Setting(
            "kv-cache.capacity",
            \.kvBytes,
            .bytes.within((1 << 20)...),
            help: "memory for the KV cache of all sequences, taken at the start"
        )
        Setting(
            "kv-cache.precision",
            \.kvPrecision,
            default: "bf16; f32 with precision f32",
            help: "what the KV cache's numbers are rounded to: completions depend on it"
        )
        Setting(
            "kv-cache.block-tokens",
            \.kvBlockTokens,
            .count(of: "tokens", 1...65_536),
            help: "tokens of one block of the KV cache"
        )
    }
}
