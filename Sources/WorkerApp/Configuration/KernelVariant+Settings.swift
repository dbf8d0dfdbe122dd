public import Settings
public import TensorKernels

extension KernelVariant: SettingValue {
    /// The same on every machine: what the program knows, of which a machine has some.
    private static let names = ["scalar", "avx2", "avx512", "avx512vnni", "neon"]

    public static var format: ValueFormat<KernelVariant> {
        ValueFormat(
            placeholder: Self.names.joined(separator: "|"),
            expected: "one of \(Self.names.joined(separator: ", ")) that this machine can run",
            parse: { KernelVariant.named($0) },
            text: { $0.name }
        )
    }

    public static let settings = SettingGroup<KernelVariant>("", "Memory and threads") {
        Setting(
            "kernels",
            \.self,
            default: "the fastest that this machine can run",
            help: "the instructions that kernels use; changes no result"
        )
    }
}
