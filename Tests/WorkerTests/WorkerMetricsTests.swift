import InferenceEngine
import JSONSchemas
import JobContract
import OrderedJSON
import ServingCore
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Worker

@Suite("Worker metrics")
struct WorkerMetricsTests {
    private static let identity = WorkerIdentity(
        id: "worker-1",
        host: "node-7",
        version: "0.1.0",
        model: "toy",
        modelDigest: "abc",
        kernelProfile: "f32"
    )
    private static let partition = TopicPartition(topic: "dure.jobs", partition: 2)

    private let sink = MemorySink()

    private func makeMetrics(topic: String? = "dure.metrics") -> WorkerMetrics {
        WorkerMetrics(
            identity: Self.identity,
            topic: topic,
            logger: Logger("worker", level: .debug, format: .json, sink: self.sink),
            wallClock: { WallTime(millisecondsSince1970: 1_790_000_000_000) }
        )
    }

    private func report(_ ending: JobReport.Ending, choices: [JobReport.Choice] = []) -> JobReport {
        var report = JobReport(
            coordinates: JobCoordinates(source: Self.partition, offset: 5, epoch: 1),
            ending: ending
        )
        report.choices = choices
        report.total = .seconds(20)
        report.usage = TokenUsage(promptTokens: 100, cachedTokens: 60, completionTokens: 30, reasoningTokens: 10)
        return report
    }

    private func choice(_ reason: AnswerFinishReason, tokens: Int) -> JobReport.Choice {
        var timings = GenerationTimings()
        timings.queued = .seconds(1)
        timings.timeToFirstToken = .seconds(2)
        timings.total = .seconds(12)
        return JobReport.Choice(finishReason: reason, completionTokens: tokens, timings: timings)
    }

    private func lines(_ page: String, _ prefix: String) -> [String] {
        page.split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    @Test("the catalogue is what is registered, and docs/metrics.md is made of it")
    func documentation() throws {
        let metrics = self.makeMetrics()
        #expect(Set(metrics.registry.definitions) == Set(MetricsCatalogue.all))
        #expect(Set(MetricsCatalogue.all.map(\.name)).count == MetricsCatalogue.all.count)
        let table = MetricDefinition.markdownTable(MetricsCatalogue.all)
        #expect(try GeneratedPart("docs/metrics.md", testFile: #filePath).text(expected: table) == table)
    }

    @Test("the expert cache's counts are shown as they grow, and are in the record")
    func expertCache() throws {
        let counts = Mutex(ExpertCacheCounts())
        let metrics = WorkerMetrics(
            identity: self.makeMetrics().identity,
            expertCache: { counts.withLock { $0 } }
        )
        for (hits, stall) in [(3, 500_000), (10, 2_000_000), (0, 0)] {
            counts.withLock { now in
                now.hits = hits
                now.misses = hits
                now.stallMicroseconds = stall
                now.capacityBytes = 4096
            }
            _ = metrics.makeRecord()
        }
        let record = metrics.makeRecord()
        #expect(record.expertCache?.hits == 10 && record.expertCache?.stallSeconds == 2)
        #expect(record.expertCache?.capacityBytes == 4096)
        #expect(self.makeMetrics().makeRecord().expertCache == nil)
    }

    @Test("names are vLLM's with its label, or OpenTelemetry's, or ours")
    func names() {
        for definition in MetricsCatalogue.all {
            let prefixes = ["vllm:", "messaging_", "dure_", "process_"]
            #expect(prefixes.contains { definition.name.hasPrefix($0) }, "\(definition.name)")
            if definition.name.hasPrefix("vllm:") { #expect(definition.labels.first == "model_name") }
            if definition.kind == .counter { #expect(definition.name.hasSuffix("_total"), "\(definition.name)") }
        }
    }

    @Test("jobs are counted by how they ended, with their tokens and times")
    func jobs() {
        let metrics = self.makeMetrics()
        metrics.jobEnded(
            self.report(.completed, choices: [self.choice(.stop, tokens: 21), self.choice(.length, tokens: 9)])
        )
        metrics.jobEnded(self.report(.refused(status: 404, code: "model_not_found")))
        metrics.jobEnded(self.report(.deadLetter(.tooLarge)))
        metrics.jobEnded(self.report(.failed))
        let page = metrics.registry.snapshot().prometheusText()
        #expect(
            self.lines(page, "dure_jobs_finished_total{") == [
                "dure_jobs_finished_total{ending=\"completed\"} 1",
                "dure_jobs_finished_total{ending=\"dead-letter\"} 1",
                "dure_jobs_finished_total{ending=\"failed\"} 1", "dure_jobs_finished_total{ending=\"refused\"} 1",
            ]
        )
        #expect(page.contains("dure_jobs_refused_total{status=\"404\",code=\"model_not_found\"} 1\n"))
        #expect(page.contains("dure_dead_letters_total{reason=\"too-large\"} 1\n"))
        // What was refused has used nothing.
        #expect(page.contains("vllm:prompt_tokens_total{model_name=\"toy\"} 100\n"))
        #expect(page.contains("vllm:prompt_tokens_cached_total{model_name=\"toy\"} 60\n"))
        #expect(page.contains("vllm:generation_tokens_total{model_name=\"toy\"} 30\n"))
        #expect(page.contains("vllm:request_success_total{model_name=\"toy\",finished_reason=\"stop\"} 1\n"))
        #expect(page.contains("vllm:time_to_first_token_seconds_sum{model_name=\"toy\"} 4\n"))
        #expect(page.contains("vllm:request_time_per_output_token_seconds_sum{model_name=\"toy\"} 1.75\n"))
        #expect(page.contains("vllm:e2e_request_latency_seconds_count{model_name=\"toy\"} 4\n"))
        #expect(page.contains("messaging_client_consumed_messages_total{messaging_system=\"kafka\"} 4\n"))
    }

    @Test("the engine's sweeps are shown")
    func engine() {
        let metrics = self.makeMetrics()
        var sweep = SweepReport()
        sweep.prefillTokens = 30
        sweep.decodeTokens = 4
        sweep.duration = .milliseconds(250)
        sweep.runningSequences = 5
        sweep.waitingSequences = 2
        sweep.kvBlocksUsed = 16
        sweep.kvBlockCount = 64
        metrics.sweepEnded(sweep)
        metrics.preempted(Preemption(id: 1, lostTokens: 10, freedBlocks: 2))
        let page = metrics.registry.snapshot().prometheusText()
        #expect(page.contains("vllm:num_requests_running{model_name=\"toy\"} 5\n"))
        #expect(page.contains("vllm:num_requests_waiting{model_name=\"toy\"} 2\n"))
        #expect(page.contains("vllm:kv_cache_usage_perc{model_name=\"toy\"} 0.25\n"))
        #expect(page.contains("vllm:num_preemptions_total{model_name=\"toy\"} 1\n"))
        #expect(page.contains("vllm:iteration_tokens_total_sum{model_name=\"toy\"} 34\n"))
        #expect(page.contains("dure_sweep_duration_seconds_sum 0.25\n"))
    }

    private func standing(unfinished: Int, end: Int64?) -> DeliveryStanding {
        var standing = DeliveryStanding()
        standing.running = 3
        standing.partitions[Self.partition] = PartitionStanding(
            committableOffset: 100,
            nextOffset: 150,
            unfinished: unfinished,
            finishedAbove: 20
        )
        standing.logEndOffsets[Self.partition] = end
        return standing
    }

    @Test("a partition's lag is what is not finished, and goes when the partition goes")
    func partitions() {
        let metrics = self.makeMetrics()
        let lag = "dure_partition_lag_records{topic=\"dure.jobs\",partition=\"2\"}"
        metrics.turned(self.standing(unfinished: 30, end: 180))
        #expect(metrics.registry.snapshot().prometheusText().contains("\(lag) 60\n"))
        metrics.turned(DeliveryStanding())
        let page = metrics.registry.snapshot().prometheusText()
        #expect(!page.contains(lag))
        #expect(!page.contains("dure_partition_unfinished_records{"))
        #expect(page.contains("dure_partitions_assigned 0\n"))
        #expect(metrics.deliveryTurns == 2)
    }

    @Test("commits, rebalances and errors are counted, and what a person must know is logged")
    func delivery() {
        let metrics = self.makeMetrics()
        let error = TransportError(name: "_TRANSPORT", message: "broker down", isFatal: false)
        metrics.assigned([Self.partition])
        metrics.cycleEnded(.committed, records: 7, duration: .milliseconds(5))
        metrics.cycleEnded(.aborted(error), records: 7, duration: .milliseconds(5))
        metrics.cycleEnded(.uncertain(error), records: 7, duration: .milliseconds(5))
        metrics.transportReported(error)
        metrics.released([Self.partition], isLost: true, cancelledJobs: 4)
        let page = metrics.registry.snapshot().prometheusText()
        #expect(page.contains("messaging_client_sent_messages_total{messaging_system=\"kafka\"} 7\n"))
        #expect(page.contains("dure_commits_total{outcome=\"uncertain\"} 1\n"))
        #expect(page.contains("dure_commit_duration_seconds_count 3\n"))
        #expect(page.contains("dure_rebalances_total{kind=\"lost\"} 1\n"))
        #expect(page.contains("dure_jobs_cancelled_total 4\n"))
        #expect(page.contains("dure_transport_errors_total{name=\"_TRANSPORT\"} 1\n"))
        let levels = self.sink.lines.compactMap { try? JSONValue(parsing: $0)["level"]?.string }
        #expect(levels == ["notice", "debug", "warning", "warning", "warning", "warning"])
        #expect(self.sink.lines.contains { $0.contains("dure.jobs/2") && $0.contains("lost") })
    }

    @Test("a metrics record is made of the registry, one per interval, and valid")
    func record() throws {
        let metrics = self.makeMetrics()
        metrics.turned(self.standing(unfinished: 30, end: 180))
        metrics.jobEnded(self.report(.completed, choices: [self.choice(.stop, tokens: 30)]))
        metrics.cycleEnded(.committed, records: 1, duration: .milliseconds(5))
        let outgoing = metrics.metricsRecords()
        #expect(outgoing.count == 1)
        let record = try #require(outgoing.first)
        #expect(record.topic == "dure.metrics")
        #expect(record.key == Array("worker-1".utf8))
        let value = try JSONValue(parsing: try #require(record.value))
        #expect(value["worker"]?["model"] == "toy")
        #expect(value["time"] == "2026-09-21T14:13:20Z")
        #expect(value["jobs"]?["running"] == 3)
        #expect(value["jobs"]?["finished"] == ["completed": 1])
        #expect(value["tokens"]?["generated"] == 30)
        #expect(value["latency_seconds"]?["end_to_end"]?["sum"]?.double == 20)
        #expect(value["delivery"]?["partitions"]?[0]?["lag"] == 60)
        #expect(value["delivery"]?["commits"] == ["committed": 1])
        #expect((value["resident_bytes"]?.integer ?? 0) > 1 << 20)
        let schema = try JSONSchema(RepositoryFiles.json("schemas/metrics.v1.schema.json"))
        #expect(schema.problems(with: value) == [])

        let rate = try #require(value["tokens"]?["generated_per_second"]?.double)
        #expect(rate > 0)
        let next = try #require(metrics.metricsRecords().first?.value)
        #expect(try JSONValue(parsing: next)["tokens"]?["generated_per_second"]?.double == 0)
    }

    @Test("without a topic there are no records")
    func noTopic() {
        #expect(self.makeMetrics(topic: nil).metricsRecords().isEmpty)
    }
}
