/// How many experts there are to keep, and in what order layers ask for them.
public struct CacheGeometry: Sendable, Equatable {
    /// Decoder layers, dense ones included: what a sweep passes through.
    public let layers: Int
    /// Layers with routed experts: as many visits has a sweep.
    public let sparseLayers: Int
    /// Routed experts of each of them.
    public let experts: Int

    public init(layers: Int, sparseLayers: Int, experts: Int) {
        precondition(sparseLayers >= 1 && layers >= sparseLayers && experts >= 1, "a geometry without experts")
        self.layers = layers
        self.sparseLayers = sparseLayers
        self.experts = experts
    }

    /// Pairs of layer and expert; those of dense layers have a number that is never used.
    public var entryCount: Int { self.layers * self.experts }

    /// All the experts there are.
    public var expertCount: Int { self.sparseLayers * self.experts }

    public func entry(layer: Int, expert: Int) -> Int { layer * self.experts + expert }

    public func layer(of entry: Int) -> Int { entry / self.experts }

    public func expert(of entry: Int) -> Int { entry % self.experts }
}
