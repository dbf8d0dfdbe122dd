/// The visits of one or more workers, in the order in which a cache sees them.
public struct ReplayStream: Sendable {
    /// A worker, or a convoy of them, at one layer.
    public struct Visit: Sendable {
        public var worker: Int
        public var layer: Int
        /// Of ``ReplayStream/entries``.
        public var demands: Range<Int>
        /// Of ``ReplayStream/others``: the layers at which the other workers are.
        public var others: Range<Int>
    }

    public let geometry: CacheGeometry
    public let expertBytes: Int
    public let workers: Int
    public private(set) var visits: [Visit] = []
    public private(set) var entries: [Int32] = []
    public private(set) var others: [Int] = []
    /// Tokens of all sweeps of all workers.
    public private(set) var tokens = 0

    /// Lays traces side by side.
    ///
    /// - Parameters:
    ///   - traces: All of one model. Worker `k` goes through trace `k` modulo their number; where workers share one, each begins at
    ///     another of its sweeps and comes to the same end.
    ///   - workers: How many there are.
    ///   - inConvoy: Whether they enter each layer together, so that one visit serves all; if not, they take turns, each at another part of
    ///     its sweep.
    public init(_ traces: [RoutingTrace], workers: Int, inConvoy: Bool) {
        precondition(!traces.isEmpty && workers >= 1, "a replay of nothing")
        self.geometry = traces[0].header.geometry
        self.expertBytes = traces[0].header.expertBytes
        self.workers = workers
        let perToken = traces[0].header.expertsPerToken
        let paths = (0..<workers).map { worker -> WorkerPath in
            let trace = traces[worker % traces.count]
            let sharers = (workers + traces.count - 1) / traces.count
            return WorkerPath(trace, rotatedBy: worker / traces.count, of: sharers)
        }
        if inConvoy {
            self.convoy(paths)
        } else {
            self.takeTurns(paths)
        }
        for path in paths {
            self.tokens += path.visits.reduce(0) { $0 + $1.tokens } / (perToken * self.geometry.sparseLayers)
        }
    }

    private mutating func takeTurns(_ paths: [WorkerPath]) {
        let sweep = self.geometry.sparseLayers
        let starts = paths.indices.map { $0 * sweep / paths.count }
        let end = zip(paths, starts).map { $0.visits.count + $1 }.max() ?? 0
        for turn in 0..<end {
            for (worker, path) in paths.enumerated() {
                let place = turn - starts[worker]
                guard path.visits.indices.contains(place) else { continue }
                let first = self.others.count
                for (other, path) in paths.enumerated() where other != worker {
                    // Those before have made their visit of this turn and go to the next layer.
                    let place = turn - starts[other] + (other < worker ? 1 : 0)
                    if path.visits.indices.contains(place) { self.others.append(path.visits[place].layer) }
                }
                self.append(worker, path.visits[place].layer, path.visits[place].entries, first..<self.others.count)
            }
        }
    }

    private mutating func convoy(_ paths: [WorkerPath]) {
        var present = [Bool](repeating: false, count: self.geometry.experts)
        for place in 0..<(paths.map(\.visits.count).max() ?? 0) {
            let together = paths.compactMap { $0.visits.indices.contains(place) ? $0.visits[place] : nil }
            // Traces of one model have the same layers in the same order; a cut one just ends.
            for layer in Set(together.map(\.layer)).sorted() {
                for expert in present.indices { present[expert] = false }
                for visit in together where visit.layer == layer {
                    for entry in visit.entries { present[self.geometry.expert(of: Int(entry))] = true }
                }
                let entries = present.indices.filter { present[$0] }
                    .map { Int32(self.geometry.entry(layer: layer, expert: $0)) }
                self.append(0, layer, entries[...], self.others.count..<self.others.count)
            }
        }
    }

    private mutating func append(_ worker: Int, _ layer: Int, _ entries: ArraySlice<Int32>, _ others: Range<Int>) {
        let first = self.entries.count
        self.entries += entries
        self.visits.append(Visit(worker: worker, layer: layer, demands: first..<self.entries.count, others: others))
    }

    /// For each demand the number of the next visit that has the same entry; `Int32.max` where none has.
    func nextVisits() -> [Int32] {
        var next = [Int32](repeating: Int32.max, count: self.geometry.entryCount)
        var result = [Int32](repeating: Int32.max, count: self.entries.count)
        for (number, visit) in self.visits.enumerated().reversed() {
            for index in visit.demands {
                result[index] = next[Int(self.entries[index])]
                next[Int(self.entries[index])] = Int32(number)
            }
        }
        return result
    }
}

/// What one worker asks for, sweep after sweep.
private struct WorkerPath {
    struct Visit {
        var layer: Int
        var entries: ArraySlice<Int32>
        /// Tokens times experts of each.
        var tokens: Int
    }

    let visits: [Visit]

    init(_ trace: RoutingTrace, rotatedBy share: Int, of shares: Int) {
        let geometry = trace.header.geometry
        let visits = trace.visits.map { visit in
            let demands = trace.demands[visit.demands]
            return Visit(
                layer: visit.layer,
                entries: demands.map { Int32(geometry.entry(layer: visit.layer, expert: $0.expert)) }[...],
                tokens: demands.reduce(0) { $0 + $1.tokenCount }
            )
        }
        let starts = trace.visits.indices.filter { $0 == 0 || trace.visits[$0].sweep != trace.visits[$0 - 1].sweep }
        let start = starts.isEmpty ? 0 : starts[share * starts.count / shares]
        self.visits = Array(visits[start...] + visits[..<start])
    }
}
