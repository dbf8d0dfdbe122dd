public import ModelFiles
public import TensorKernels

/// One routed expert of a layer, and how many tokens of the sweep chose it.
public struct ExpertDemand: Sendable, Equatable {
    public var expert: Int
    public var tokenCount: Int

    public init(expert: Int, tokenCount: Int) {
        self.expert = expert
        self.tokenCount = tokenCount
    }
}

/// An expert whose weights are in memory, for as long as the call that hands it out lasts.
public struct ResidentExpert: Sendable {
    public let expert: Int
    public let weights: SwiGLUWeights<Projection>

    public init(expert: Int, weights: SwiGLUWeights<Projection>) {
        self.expert = expert
        self.weights = weights
    }
}

/// Where a model's routed experts come from.
///
/// The model says which experts a layer needs and is handed them in groups, as they become available:
/// first those that are resident, then those that had to be read. The order never changes a result.
public protocol ExpertSource: Sendable {
    /// The format that all of its experts' activations must be quantised for; nil where products read them as f32.
    var activationFormat: PackedFormat? { get }

    /// For how long callers have waited for experts that were read, all together.
    var stalled: Duration { get }

    /// Hands every demanded expert of `layer` to `body`, each exactly once, in one or more groups.
    ///
    /// A group's weights stay valid until `body` returns; keeping them longer is an error.
    /// - Throws: What `body` throws, or ``ExpertCacheError`` when weights cannot be had.
    func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws
}

extension ExpertSource {
    /// Never: all experts are in memory.
    public var stalled: Duration { .zero }
}
