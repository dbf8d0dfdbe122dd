public import Settings

extension Precision: SettingValue {
    public static let settings = SettingGroup<Precision>("", "Model") {
        Setting(
            "precision",
            \.self,
            help:
                "the arithmetic, and the form in which weights are kept; for others than f32 they are packed in memory at the start"
        )
    }
}
