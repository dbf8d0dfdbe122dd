package import TensorKernels

/// Adds up how long the stages of sweeps take.
package final class StageClock: DecoderProbe {
    /// Since the clock was last started, by stage.
    package private(set) var seconds: [SweepStage: Double] = [:]
    private var last = ContinuousClock.now

    package init() {}

    package func start() {
        self.seconds = [:]
        self.last = ContinuousClock.now
    }

    package func ended(_ stage: SweepStage) {
        let now = ContinuousClock.now
        self.seconds[stage, default: 0] += (now - self.last) / .seconds(1)
        self.last = now
    }

    package func layerEnded(_ layer: Int, hidden: FloatMatrix) {}

    package func routed(_ layer: Int, logits: FloatMatrix) {}
}
