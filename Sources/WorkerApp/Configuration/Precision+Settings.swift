public import Settings

extension Precision: SettingValue {
    public static let settings = SettingGroup<Precision?>("", "Model") {
        Setting(
            "precision",
            \.self,
            default: "f32, or what a pack is in",
            help: "the arithmetic, and the form of weights; a checkpoint is packed for others than f32"
        )
    }
}

extension ModelOptions {
    /// The form in which a model is served; where it is, ``ModelLocation`` says.
    @ParameterBuilder<Self> public static var formParameters: [Parameter<Self>] {
        Precision.settings.at(\.precision)
        Self.packSettings
    }

    private static let packSettings = SettingGroup<Self>("", "Model") {
        Setting(
            "pack-directory",
            \.packDirectory,
            .optional(.directory),
            default: "none: in memory, at each start",
            help:
                "where a checkpoint is packed when it is first used in a precision other than f32, and found from then on"
        )
    }
}
