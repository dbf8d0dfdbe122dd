import MoEModel
import TensorKernels

/// What several sweeps of the same size took.
struct MeasuredSweep {
    /// Medians, for each stage that there was.
    let seconds: [SweepStage: Double]
    /// Of the whole sweep; more than the sum of its stages by what lies between.
    let total: Double
    /// In a sparse layer on average.
    let touchedExperts: Double

    init(stages: [[SweepStage: Double]], totals: [Double], touchedExperts: Double) {
        var seconds: [SweepStage: Double] = [:]
        for stage in SweepStage.allCases {
            let times = stages.compactMap { $0[stage] }
            if !times.isEmpty { seconds[stage] = Rounds.median(of: times) }
        }
        self.seconds = seconds
        self.total = Rounds.median(of: totals)
        self.touchedExperts = touchedExperts
    }
}

/// Times of stages beside what they would take at least.
struct SweepTable {
    let work: SweepWork
    let limits: MachineLimits
    let measured: MeasuredSweep

    /// A stage's bytes and operations against the machine's limits.
    private struct Limit {
        var bytes = 0.0
        var operations = 0.0
        var computing = 0.0
        var reading = 0.0

        var seconds: Double { max(self.computing, self.reading) }
        var bound: String { self.seconds == 0 ? "" : self.computing >= self.reading ? "compute" : "memory" }
    }

    private func limit(_ stage: SweepWork.Stage) -> Limit {
        var limit = Limit(bytes: stage.bytes, operations: stage.operations)
        limit.reading = stage.bytes / self.limits.bytesPerSecond
        limit.computing = stage.attentionOperations / self.limits.operationsPerSecond
        for product in stage.products {
            let rate = product.form.isInteger ? self.limits.integerOperationsPerSecond : self.limits.operationsPerSecond
            limit.computing += product.operations / rate
        }
        return limit
    }

    /// One for each stage, one for what lies between them, one for all.
    var rows: [[String]] {
        var rows: [[String]] = []
        var all = Limit()
        // What is read while another stage computes would count for less: stages come one after the other.
        var limitSeconds = 0.0
        for stage in SweepStage.allCases {
            guard let seconds = self.measured.seconds[stage] else { continue }
            let limit = self.work.stages[stage].map { self.limit($0) } ?? Limit()
            rows.append(self.row(stage.rawValue, limit, limit.seconds, limit.bound, seconds))
            all.bytes += limit.bytes
            all.operations += limit.operations
            limitSeconds += limit.seconds
        }
        let between = max(self.measured.total - self.measured.seconds.values.reduce(0, +), 1e-9)
        rows.append(self.row("between", Limit(), 0, "", between))
        rows.append(self.row("all", all, limitSeconds, "", self.measured.total))
        return rows
    }

    private func row(
        _ name: String,
        _ limit: Limit,
        _ limitSeconds: Double,
        _ bound: String,
        _ seconds: Double
    ) -> [String] {
        [
            name, limit.bytes.rounded(digits: 4), limit.operations.rounded(digits: 4), bound,
            limitSeconds.rounded(digits: 3), (limitSeconds / max(seconds, 1e-12)).rounded(digits: 3),
            (seconds / self.measured.total).rounded(digits: 3), seconds.rounded(digits: 4),
        ]
    }
}
