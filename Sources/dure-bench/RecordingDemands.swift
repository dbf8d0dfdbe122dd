import ExpertCache
import Synchronization
import TensorKernels

/// Keeps what sweeps ask for, on its way to the source that has it.
final class RecordingDemands: ExpertSource {
    typealias Visit = (layer: Int, demands: [ExpertDemand])

    private let source: any ExpertSource
    private let visits = Mutex<[Visit]>([])

    var activationFormat: PackedFormat? { self.source.activationFormat }
    var stalled: Duration { self.source.stalled }

    init(_ source: any ExpertSource) { self.source = source }

    /// The visits since this was last asked, in their order.
    func take() -> [Visit] {
        self.visits.withLock { visits in
            defer { visits = [] }
            return visits
        }
    }

    func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        self.visits.withLock { $0.append((layer, demands)) }
        try self.source.withExperts(demands, ofLayer: layer, body)
    }
}
