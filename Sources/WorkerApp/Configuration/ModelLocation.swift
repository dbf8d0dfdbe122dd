public import Settings

/// Where the model is.
public struct ModelLocation: Sendable, Equatable {
    /// Empty where none was named.
    public var directory = ""

    public init() {}

    public static let settings = SettingGroup<Self>("", "Model") {
        Setting("model", \.directory, .directory, help: "the model's directory, as Hugging Face lays it out")
    }
}
