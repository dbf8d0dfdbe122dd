package import ModelFiles
package import TensorKernels

/// How long a sweep takes, all of whose weights are in memory.
package struct SweepEstimate: Sendable, Equatable {
    package let size: SweepSize
    package let seconds: [SweepStage: Double]

    package init(_ model: ModelConfiguration, format: PackedFormat, size: SweepSize, rates: SweepRates) {
        let work = SweepWork(model, routed: .packed(format), trunk: .packed(format.trunkFormat), size: size)
        self.size = size
        var seconds: [SweepStage: Double] = [:]
        for (stage, work) in work.stages { seconds[stage] = rates.seconds(stage, work, size) }
        self.seconds = seconds
    }

    package var total: Double { self.seconds.values.reduce(0, +) }

    /// While which experts that are missing can be read: what computes with those that are there.
    package var expertSeconds: Double {
        [SweepStage.expertGateUp, .expertActivation, .expertDown].reduce(0) { $0 + (self.seconds[$1] ?? 0) }
    }
}
