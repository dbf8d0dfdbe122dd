@testable import InferenceEngine

/// Gathers results from the engine's thread.
final class ResultCollector: Sendable {
    private let results = GuardedState<[GenerationResult]>([])

    @Sendable func add(_ result: GenerationResult) { self.results.change { $0.append(result) } }

    var all: [GenerationResult] { self.results.withLock { $0 } }

    /// Waits until `count` results are there.
    func waitFor(_ count: Int) -> [GenerationResult] {
        self.results.wait { $0.count >= count ? $0 : nil }
    }
}
