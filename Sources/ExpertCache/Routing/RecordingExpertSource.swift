import Synchronization
public import TensorKernels

/// Writes down what a model asks another source for.
public final class RecordingExpertSource: ExpertSource {
    private let source: any ExpertSource
    private let writer: Mutex<RoutingTraceWriter>

    public init(_ source: any ExpertSource, writer: sending RoutingTraceWriter) {
        self.source = source
        self.writer = Mutex(writer)
    }

    public var activationFormat: PackedFormat? { self.source.activationFormat }
    public var stalled: Duration { self.source.stalled }

    /// As the other source; a trace that cannot be written ends the sweep.
    public func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        try self.writer.withLock { try $0.append(layer: layer, demands) }
        try self.source.withExperts(demands, ofLayer: layer, body)
    }
}
