import InferenceEngine
import KafkaTransport
import MoEModel
import Worker

extension WorkerConfiguration {
    /// What is wrong with these values beyond what each setting allows by itself; empty when nothing is.
    public var problems: [String] {
        var problems = self.kafka.problems + self.jobs.problems + self.runner.problems
        do { _ = try self.engine.validated() } catch { problems.append("engine: \(error)") }
        do { _ = try self.decoder.validated() } catch { problems.append("\(error)") }
        let written = [self.runner.resultsTopic, self.runner.deadLettersTopic] + (self.metricsTopic.map { [$0] } ?? [])
        if Set(written).count < written.count {
            problems.append(
                "topics: expected different ones for results, dead letters and metrics, got "
                    + written.joined(separator: ", ")
            )
        }
        if self.delivery.limits.cycleJobs > self.delivery.limits.uncommittedJobs {
            problems.append(
                "delivery.cycle-jobs: expected at most delivery.uncommitted-jobs, which is "
                    + "\(self.delivery.limits.uncommittedJobs), got \(self.delivery.limits.cycleJobs)"
            )
        }
        if self.delivery.limits.cycleBytes > self.delivery.limits.uncommittedBytes {
            problems.append(
                "delivery.cycle-bytes: expected at most delivery.uncommitted-bytes, which is "
                    + "\(self.delivery.limits.uncommittedBytes), got \(self.delivery.limits.cycleBytes)"
            )
        }
        return problems
    }
}
