/// The bounds within which a template is rendered.
///
/// What crosses one ends with a ``TemplateError`` that names it.
public struct TemplateLimits: Sendable {
    /// Evaluated nodes, loop iterations and elements that a filter looked at.
    public var steps: Int
    /// Calls, loops and expressions inside each other.
    public var depth: Int
    public var outputBytes: Int
    /// All texts, lists and mappings that are made on the way, together.
    public var valueBytes: Int
    /// How long it may take.
    ///
    /// The other bounds give the same answer on every machine; this one is for what none of them foresees.
    public var duration: Duration

    public init(
        steps: Int = 10_000_000,
        depth: Int = 800,
        outputBytes: Int = 64 << 20,
        valueBytes: Int = 1 << 30,
        duration: Duration = .seconds(60)
    ) {
        self.steps = steps
        self.depth = depth
        self.outputBytes = outputBytes
        self.valueBytes = valueBytes
        self.duration = duration
    }
}
