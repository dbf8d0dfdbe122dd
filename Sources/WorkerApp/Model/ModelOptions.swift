public import ExpertCache

/// Which model is opened, and in what form.
public struct ModelOptions: Sendable {
    /// The path of a pack or of a Hugging Face directory; empty where none was named.
    public var directory: String
    /// What to compute in; nil: what a pack is in, else `f32`.
    public var precision: Precision?
    /// Where checkpoints are packed when they are first used, see `PackStore`; nil: in memory, each time.
    public var packDirectory: String?
    /// Where a pack's routed experts are kept.
    public var expertCache: ExpertCacheConfiguration

    public init(
        directory: String = "",
        precision: Precision? = nil,
        packDirectory: String? = nil,
        expertCache: ExpertCacheConfiguration = ExpertCacheConfiguration()
    ) {
        self.directory = directory
        self.precision = precision
        self.packDirectory = packDirectory
        self.expertCache = expertCache
    }
}
