import MoEModel
import TensorKernels

/// Adds up how long the stages of sweeps take.
final class StageClock: DecoderProbe {
    /// Of the sweep since the clock was last started, by stage.
    private(set) var seconds: [SweepStage: Double] = [:]
    private var last = ContinuousClock.now

    func start() {
        self.seconds = [:]
        self.last = ContinuousClock.now
    }

    func ended(_ stage: SweepStage) {
        let now = ContinuousClock.now
        self.seconds[stage, default: 0] += (now - self.last) / .seconds(1)
        self.last = now
    }

    func layerEnded(_ layer: Int, hidden: FloatMatrix) {}

    func routed(_ layer: Int, logits: FloatMatrix) {}
}
