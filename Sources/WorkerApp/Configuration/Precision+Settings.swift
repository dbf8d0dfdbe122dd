public import Settings

extension Precision: SettingValue {
    public static let settings = SettingGroup<Precision?>("", "Model") {
        Setting(
            "precision",
            \.self,
            default: "f32, or what a pack is in",
            help: "the arithmetic, and the form of weights; a checkpoint is packed in memory for others than f32"
        )
    }
}
