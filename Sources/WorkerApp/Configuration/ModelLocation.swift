public import Settings

/// Where the model is: the path of its directory, empty where none was named.
public enum ModelLocation {
    public static let settings = SettingGroup<String>("", "Model") {
        Setting(
            "model",
            \.self,
            .directory,
            help: "the model's directory, as Hugging Face lays it out or as dure model pack writes it"
        )
    }
}
