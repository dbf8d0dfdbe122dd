import ExpertCache
import Synchronization
import TensorKernels

/// Counts the experts that sweeps touch, on their way to the source that has them.
final class CountingExpertSource: ExpertSource {
    private let source: any ExpertSource
    private let counts = Mutex((layers: 0, experts: 0))

    var activationFormat: PackedFormat? { self.source.activationFormat }
    var stalled: Duration { self.source.stalled }

    init(_ source: any ExpertSource) { self.source = source }

    /// Experts of a layer, on average since this was last asked; 0 where no layer had any.
    func takeMean() -> Double {
        self.counts.withLock { counts in
            defer { counts = (0, 0) }
            return counts.layers == 0 ? 0 : Double(counts.experts) / Double(counts.layers)
        }
    }

    func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        self.counts.withLock { counts in
            counts.layers += 1
            counts.experts += demands.count
        }
        try self.source.withExperts(demands, ofLayer: layer, body)
    }
}
