import Foundation
import JobContract
import Telemetry

/// Fills a metrics record from a snapshot of the registry.
struct MetricsRecordBuilder {
    let snapshot: MetricsSnapshot
    let model: String

    private typealias Catalogue = MetricsCatalogue

    var tokens: MetricsRecord.Tokens {
        var tokens = MetricsRecord.Tokens()
        tokens.prompt = self.total(Catalogue.promptTokens)
        tokens.cached = self.total(Catalogue.cachedTokens)
        tokens.generated = self.total(Catalogue.generationTokens)
        tokens.reasoning = self.total(Catalogue.reasoningTokens)
        return tokens
    }

    func fill(_ record: inout MetricsRecord) {
        record.tokens = self.tokens
        record.jobs.running = self.total(Catalogue.jobsRunning)
        record.jobs.waiting = self.total(Catalogue.jobsWaiting)
        record.jobs.uncommitted = self.total(Catalogue.jobsUncommitted)
        record.jobs.finished = self.counts(Catalogue.jobsFinished, by: "ending")
        record.jobs.finishReasons = self.counts(Catalogue.requestSuccess, by: "finished_reason")
        record.jobs.retries = self.total(Catalogue.retries)
        record.latency.timeToFirstToken = self.histogram(Catalogue.timeToFirstToken, [self.model])
        record.latency.timePerOutputToken = self.histogram(Catalogue.timePerOutputToken, [self.model])
        record.latency.queue = self.histogram(Catalogue.queueTime, [self.model])
        record.latency.endToEnd = self.histogram(Catalogue.endToEnd, [self.model])
        record.sweeps.tokens = self.histogram(Catalogue.sweepTokens, [self.model])
        record.sweeps.duration = self.histogram(Catalogue.sweepSeconds, [])
        record.sweeps.preemptions = self.total(Catalogue.preemptions)
        record.kvBlocks.used = self.total(Catalogue.kvBlocksUsed)
        record.kvBlocks.total = self.total(Catalogue.kvBlocks)
        var cache = MetricsRecord.ExpertCache()
        cache.hits = self.total(Catalogue.expertHits)
        cache.misses = self.total(Catalogue.expertMisses)
        cache.coalescedLoads = self.total(Catalogue.expertCoalesced)
        cache.bytesRead = self.total(Catalogue.expertBytesRead)
        cache.evictions = self.total(Catalogue.expertEvictions)
        cache.stallSeconds = self.snapshot.total(Catalogue.expertStall)
        cache.convoyWaits = self.total(Catalogue.expertConvoyWaits)
        cache.convoyWaitSeconds = self.snapshot.total(Catalogue.expertConvoySeconds)
        cache.capacityBytes = self.total(Catalogue.expertCapacity)
        record.expertCache = cache
        record.delivery.commit = self.histogram(Catalogue.commitSeconds, [])
        record.delivery.commits = self.counts(Catalogue.commits, by: "outcome")
        record.delivery.rebalances = self.counts(Catalogue.rebalances, by: "kind")
        let resident = self.total(Catalogue.residentBytes)
        record.residentBytes = resident > 0 ? resident : nil
    }

    private func total(_ definition: MetricDefinition) -> Int { Int(self.snapshot.total(definition)) }

    /// The series of a counter by one of its labels; those at zero are left out.
    private func counts(_ definition: MetricDefinition, by label: String) -> [String: Int] {
        guard let index = definition.labels.firstIndex(of: label),
            let metric = self.snapshot.metric(definition.name)
        else { return [:] }
        var counts: [String: Int] = [:]
        for sample in metric.samples {
            guard case .number(let number) = sample.reading, number > 0 else { continue }
            counts[sample.labelValues[index], default: 0] += Int(number)
        }
        return counts
    }

    private func histogram(_ definition: MetricDefinition, _ labelValues: [String]) -> MetricsHistogram {
        let sample = self.snapshot.metric(definition.name)?.samples.first { $0.labelValues == labelValues }
        guard case .histogram(let reading)? = sample?.reading else { return MetricsHistogram() }
        return MetricsHistogram(bounds: reading.bounds, counts: reading.counts.map { Int($0) }, sum: reading.sum)
    }
}

/// What the system says about this process's memory.
enum ProcessMemory {
    /// Bytes of it that are in memory; nil where the system does not say.
    static func residentBytes() -> Int? {
        // Losing the error is right: without /proc the number is unknown, and nothing depends on it.
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = Int(line.filter(\.isNumber))
        else { return nil }
        return kilobytes * 1024
    }
}
