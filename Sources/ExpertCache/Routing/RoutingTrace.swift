/// Which experts a model's sweeps asked for, layer by layer: what a replay needs to tell how a cache would have done.
public struct RoutingTrace: Sendable, Equatable {
    /// What is true of all visits.
    public struct Header: Sendable, Equatable {
        /// SHA-256 of the model's files, 64 hexadecimal digits.
        public var modelDigest: String
        public var geometry: CacheGeometry
        public var expertsPerToken: Int
        /// Bytes that reading one expert takes.
        public var expertBytes: Int

        public init(modelDigest: String, geometry: CacheGeometry, expertsPerToken: Int, expertBytes: Int) {
            self.modelDigest = modelDigest
            self.geometry = geometry
            self.expertsPerToken = expertsPerToken
            self.expertBytes = expertBytes
        }
    }

    /// A sweep at one layer.
    public struct Visit: Sendable, Equatable {
        public var sweep: Int
        public var layer: Int
        /// Of ``RoutingTrace/demands``.
        public var demands: Range<Int>

        public init(sweep: Int, layer: Int, demands: Range<Int>) {
            self.sweep = sweep
            self.layer = layer
            self.demands = demands
        }
    }

    public var header: Header
    public private(set) var visits: [Visit] = []
    /// Those of all visits, one after the other.
    public private(set) var demands: [ExpertDemand] = []
    /// Whether the file ended in the middle of a visit, or what looks like it.
    public internal(set) var isCut = false

    public init(header: Header) { self.header = header }

    public mutating func append(sweep: Int, layer: Int, _ demands: some Collection<ExpertDemand>) {
        let first = self.demands.count
        self.demands += demands
        self.visits.append(Visit(sweep: sweep, layer: layer, demands: first..<self.demands.count))
    }

    /// Sweeps, whole or not.
    public var sweepCount: Int {
        var (count, last) = (0, -1)
        for visit in self.visits where visit.sweep != last { (count, last) = (count + 1, visit.sweep) }
        return count
    }
}
