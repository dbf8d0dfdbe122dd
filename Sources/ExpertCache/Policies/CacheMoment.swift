import Glibc

/// Where the workers of a cache are, at one visit: what policies measure distances from.
///
/// Made once and moved on: it allocates only where workers are added.
public struct CacheMoment: Sendable {
    /// After so many sweeps of a worker a use counts half.
    public static let halfLifeSweeps = 16.0

    public let geometry: CacheGeometry
    /// Visits so far, of all workers together.
    public private(set) var visit: UInt32 = 0
    /// By how many halvings a visit ages what was before it.
    let decayPerVisit: Double
    /// What uses would count of an expert that every sweep has used.
    private var fullWeight = 0.0
    /// `[layer][worker]`: layers until each worker comes to it, ascending.
    private var distances: [Int32] = []
    private var workers = 0

    public init(_ geometry: CacheGeometry) {
        self.geometry = geometry
        self.decayPerVisit = 1 / (Self.halfLifeSweeps * Double(geometry.sparseLayers))
        self.move(to: 1, layer: 0, others: [])
    }

    /// Moves to a visit.
    ///
    /// - Parameters:
    ///   - visit: Its number, from 1 on.
    ///   - layer: The layer that is visited; the visiting worker comes to it again only in its next sweep.
    ///   - others: The layers at which the other workers are; they may yet ask for any of its experts.
    public mutating func move(to visit: UInt32, layer: Int, others: some Collection<Int>) {
        self.visit = visit
        // The sum of what all sweeps up to now would count; from the start of the count on, so that it is right at any time.
        let perSweep = exp2(-1 / Self.halfLifeSweeps)
        let past = exp2(-Double(visit) * self.decayPerVisit)
        self.fullWeight = max((1 - past * perSweep) / (1 - perSweep), 1)
        let layers = self.geometry.layers
        if self.workers != others.count + 1 {
            self.workers = others.count + 1
            self.distances = Array(repeating: 0, count: layers * self.workers)
        }
        for target in 0..<layers {
            let first = target * self.workers
            self.distances[first] = Int32((target - layer - 1 + 2 * layers) % layers + 1)
            var next = first + 1
            for other in others {
                let distance = Int32((target - other + 2 * layers) % layers)
                var place = next
                while place > first, self.distances[place - 1] > distance {
                    self.distances[place] = self.distances[place - 1]
                    place -= 1
                }
                self.distances[place] = distance
                next += 1
            }
        }
    }

    /// A use as workers tell each other of it: the last sweep, and the share of recent sweeps that had one.
    ///
    /// Visits are counted as if each sweep had begun after the one before had ended.
    func use(lastSweep: Int, share: Float, ofLayer layer: Int) -> ExpertUse {
        guard lastSweep > 0 else { return ExpertUse() }
        let visit = self.visitNumber(sweep: lastSweep, layer: layer)
        return ExpertUse(lastVisit: visit, weight: share * Float(self.fullWeight))
    }

    /// The number of a visit, from 1 on, by its sweep and layer.
    func visitNumber(sweep: Int, layer: Int) -> UInt32 {
        let sparse = self.geometry.sparseLayers
        let place = max(layer - (self.geometry.layers - sparse), 0)
        return UInt32(truncatingIfNeeded: sweep * sparse + min(place, sparse - 1) + 1)
    }

    /// The probability that a sweep uses an expert, from how often sweeps have; never 0.
    ///
    /// Half a use in one sweep is added to what was seen, so that an expert of which little is known is neither sure nor impossible.
    public func probability(of use: ExpertUse) -> Double {
        min((use.weight(at: self) + 0.25) / (self.fullWeight + 0.5), 1)
    }

    /// How many layers the workers pass, on average, until one of them uses an expert.
    ///
    /// A worker that comes to the expert's layer uses it with `probability`; if none of them does, all come again one sweep later.
    public func layersUntilUse(ofLayer layer: Int, probability: Double) -> Double {
        let first = layer * self.workers
        let miss = 1 - probability
        var (expected, unused) = (0.0, 1.0)
        for place in first..<first + self.workers {
            expected += unused * probability * Double(self.distances[place])
            unused *= miss
        }
        return (expected + unused * Double(self.geometry.layers)) / (1 - unused)
    }
}
