/// Where a model's routed experts are kept, and what is written down about their use.
public struct ExpertCacheConfiguration: Sendable, Equatable {
    /// The file that a routing trace is written to; nil: none is.
    public var routingTrace: String?

    public init() {}
}
