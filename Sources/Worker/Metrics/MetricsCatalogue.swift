public import Telemetry

/// Every metric of a worker, declared once: registered, exposed and documented from here.
///
/// Names are vLLM's where it has one (with its label `model_name`), OpenTelemetry's where it has one, and `dure_…` for
/// the rest.
public enum MetricsCatalogue {
    /// In the order of the documentation.
    public static let all = engine + expertCache + requests + jobs + delivery + process

    static let model = "model_name"

    // MARK: The engine

    static let running = MetricDefinition(
        "vllm:num_requests_running",
        .gauge,
        labels: [model],
        help: "Sequences in the engine's running batch."
    )
    static let waiting = MetricDefinition(
        "vllm:num_requests_waiting",
        .gauge,
        labels: [model],
        help: "Sequences in the engine's waiting queue."
    )
    static let kvUsage = MetricDefinition(
        "vllm:kv_cache_usage_perc",
        .gauge,
        labels: [model],
        help: "Share of the KV blocks in use, from 0 to 1."
    )
    static let preemptions = MetricDefinition(
        "vllm:num_preemptions_total",
        .counter,
        labels: [model],
        help: "Sequences that gave their KV blocks back and were recomputed later."
    )
    static let sweepTokens = MetricDefinition(
        "vllm:iteration_tokens_total",
        .histogram(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]),
        unit: "tokens",
        labels: [model],
        help: "Tokens per sweep."
    )
    static let sweepSeconds = MetricDefinition(
        "dure_sweep_duration_seconds",
        .histogram(bounds: MetricDefinition.durationBounds),
        unit: "seconds",
        help: "Duration of a sweep."
    )
    static let sweepFailures = MetricDefinition(
        "dure_sweep_failures_total",
        .counter,
        help: "Sweeps that the model did not bring to an end."
    )
    static let kvBlocksUsed = MetricDefinition("dure_kv_blocks_used", .gauge, help: "KV blocks in use.")
    static let kvBlocks = MetricDefinition("dure_kv_blocks", .gauge, help: "KV blocks there are.")
    static let engine = [
        running, waiting, kvUsage, preemptions, sweepTokens, sweepSeconds, sweepFailures, kvBlocksUsed, kvBlocks,
    ]

    // MARK: The expert cache

    static let expertHits = MetricDefinition(
        "dure_expert_cache_hits_total",
        .counter,
        help: "Experts that sweeps asked for and that were in memory."
    )
    static let expertMisses = MetricDefinition(
        "dure_expert_cache_misses_total",
        .counter,
        help: "Experts that this worker had to read."
    )
    static let expertCoalesced = MetricDefinition(
        "dure_expert_cache_coalesced_loads_total",
        .counter,
        help: "Experts that another worker was reading already."
    )
    static let expertBytesRead = MetricDefinition(
        "dure_expert_cache_read_bytes_total",
        .counter,
        unit: "bytes",
        help: "Bytes of experts that this worker has read."
    )
    static let expertEvictions = MetricDefinition(
        "dure_expert_cache_evictions_total",
        .counter,
        help: "Experts that this worker gave up for others."
    )
    static let expertStall = MetricDefinition(
        "dure_expert_cache_stall_seconds_total",
        .counter,
        unit: "seconds",
        help: "Time in which sweeps waited for experts with nothing to compute."
    )
    static let expertConvoyWaits = MetricDefinition(
        "dure_expert_cache_convoy_waits_total",
        .counter,
        help: "Layers before which this worker waited for others."
    )
    static let expertConvoySeconds = MetricDefinition(
        "dure_expert_cache_convoy_wait_seconds_total",
        .counter,
        unit: "seconds",
        help: "Time of those waits."
    )
    static let expertCapacity = MetricDefinition(
        "dure_expert_cache_capacity_bytes",
        .gauge,
        unit: "bytes",
        help: "Memory for experts; 0 where all are mapped files."
    )
    static let expertCache = [
        expertHits, expertMisses, expertCoalesced, expertBytesRead, expertEvictions, expertStall, expertConvoyWaits,
        expertConvoySeconds, expertCapacity,
    ]

    // MARK: Requests

    static let promptTokens = MetricDefinition(
        "vllm:prompt_tokens_total",
        .counter,
        unit: "tokens",
        labels: [model],
        help: "Prompt tokens of answered jobs."
    )
    static let cachedTokens = MetricDefinition(
        "vllm:prompt_tokens_cached_total",
        .counter,
        unit: "tokens",
        labels: [model],
        help: "Prompt tokens whose keys and values were already cached."
    )
    static let generationTokens = MetricDefinition(
        "vllm:generation_tokens_total",
        .counter,
        unit: "tokens",
        labels: [model],
        help: "Generated tokens of answered jobs."
    )
    static let reasoningTokens = MetricDefinition(
        "dure_reasoning_tokens_total",
        .counter,
        unit: "tokens",
        help: "Generated tokens inside the model's thinking."
    )
    static let requestSuccess = MetricDefinition(
        "vllm:request_success_total",
        .counter,
        labels: [model, "finished_reason"],
        help: "Choices that ended, by finish reason."
    )
    static let timeToFirstToken = MetricDefinition(
        "vllm:time_to_first_token_seconds",
        .histogram(bounds: longBounds),
        unit: "seconds",
        labels: [model],
        help: "From the engine's queue to the first token."
    )
    static let timePerOutputToken = MetricDefinition(
        "vllm:request_time_per_output_token_seconds",
        .histogram(bounds: MetricDefinition.durationBounds),
        unit: "seconds",
        labels: [model],
        help: "Mean time per token of a choice, after its first."
    )
    static let queueTime = MetricDefinition(
        "vllm:request_queue_time_seconds",
        .histogram(bounds: longBounds),
        unit: "seconds",
        labels: [model],
        help: "In the engine's waiting queue."
    )
    static let inferenceTime = MetricDefinition(
        "vllm:request_inference_time_seconds",
        .histogram(bounds: longBounds),
        unit: "seconds",
        labels: [model],
        help: "In the engine's running batch."
    )
    static let endToEnd = MetricDefinition(
        "vllm:e2e_request_latency_seconds",
        .histogram(bounds: longBounds),
        unit: "seconds",
        labels: [model],
        help: "From a record's being taken to its answer."
    )
    static let requestPromptTokens = MetricDefinition(
        "vllm:request_prompt_tokens",
        .histogram(bounds: tokenBounds),
        unit: "tokens",
        labels: [model],
        help: "Prompt tokens per job."
    )
    static let requestGenerationTokens = MetricDefinition(
        "vllm:request_generation_tokens",
        .histogram(bounds: tokenBounds),
        unit: "tokens",
        labels: [model],
        help: "Generated tokens per choice."
    )
    static let requestChoices = MetricDefinition(
        "vllm:request_params_n",
        .histogram(bounds: [1, 2, 5, 10, 20]),
        labels: [model],
        help: "Choices per job."
    )
    static let requests = [
        promptTokens, cachedTokens, generationTokens, reasoningTokens, requestSuccess, timeToFirstToken,
        timePerOutputToken, queueTime, inferenceTime, endToEnd, requestPromptTokens, requestGenerationTokens,
        requestChoices,
    ]

    // MARK: Jobs

    static let jobsFinished = MetricDefinition(
        "dure_jobs_finished_total",
        .counter,
        labels: ["ending"],
        help: "Jobs that ended: completed, refused, expired, failed, dead-letter or abandoned."
    )
    static let jobsRefused = MetricDefinition(
        "dure_jobs_refused_total",
        .counter,
        labels: ["status", "code"],
        help: "Jobs that were answered with an error of the request, by status and code."
    )
    static let deadLetters = MetricDefinition(
        "dure_dead_letters_total",
        .counter,
        labels: ["reason"],
        help: "Records that became dead letters, by reason."
    )
    static let retries = MetricDefinition(
        "dure_job_retries_total",
        .counter,
        help: "Choices that were given to the engine again after it had failed."
    )
    static let preparation = MetricDefinition(
        "dure_job_preparation_duration_seconds",
        .histogram(bounds: MetricDefinition.durationBounds),
        unit: "seconds",
        help: "Decoding a record, rendering its template and encoding its prompt."
    )
    static let jobs = [jobsFinished, jobsRefused, deadLetters, retries, preparation]

    // MARK: Delivery

    static let consumed = MetricDefinition(
        "messaging_client_consumed_messages_total",
        .counter,
        labels: ["messaging_system"],
        help: "Records that became jobs."
    )
    static let sent = MetricDefinition(
        "messaging_client_sent_messages_total",
        .counter,
        labels: ["messaging_system"],
        help: "Records in committed cycles: results, dead letters and metrics."
    )
    static let processDuration = MetricDefinition(
        "messaging_process_duration_seconds",
        .histogram(bounds: longBounds),
        unit: "seconds",
        labels: ["messaging_system"],
        help: "From a record's being taken to its answer; wider buckets than OpenTelemetry advises, as jobs are long."
    )
    static let jobsRunning = MetricDefinition(
        "dure_jobs_running",
        .gauge,
        help: "Jobs that are being run, from record to answer."
    )
    static let jobsWaiting = MetricDefinition(
        "dure_jobs_waiting",
        .gauge,
        help: "Jobs that wait for a commit before they may run."
    )
    static let jobsUncommitted = MetricDefinition(
        "dure_jobs_uncommitted",
        .gauge,
        help: "Answers that wait for a commit."
    )
    static let commits = MetricDefinition(
        "dure_commits_total",
        .counter,
        labels: ["outcome"],
        help: "Commit cycles: committed, aborted, rejected, uncertain or failed."
    )
    static let commitSeconds = MetricDefinition(
        "dure_commit_duration_seconds",
        .histogram(bounds: MetricDefinition.durationBounds),
        unit: "seconds",
        help: "Duration of a commit cycle."
    )
    static let rebalances = MetricDefinition(
        "dure_rebalances_total",
        .counter,
        labels: ["kind"],
        help: "Times that partitions were assigned, revoked or lost."
    )
    static let cancelled = MetricDefinition(
        "dure_jobs_cancelled_total",
        .counter,
        help: "Jobs that were cancelled because their partition went to another worker."
    )
    static let skipped = MetricDefinition(
        "dure_records_skipped_total",
        .counter,
        help: "Records that an earlier owner of their partition had finished."
    )
    static let transportErrors = MetricDefinition(
        "dure_transport_errors_total",
        .counter,
        labels: ["name"],
        maxSeries: 64,
        help: "Errors of the connection or the group, by the client library's name."
    )
    static let partitions = MetricDefinition(
        "dure_partitions_assigned",
        .gauge,
        help: "Partitions this worker owns."
    )
    static let unfinished = MetricDefinition(
        "dure_partition_unfinished_records",
        .gauge,
        labels: ["topic", "partition"],
        maxSeries: 4096,
        help: "Records that were taken from a partition and are not finished."
    )
    static let lag = MetricDefinition(
        "dure_partition_lag_records",
        .gauge,
        labels: ["topic", "partition"],
        maxSeries: 4096,
        help: "Records of a partition that are not finished, taken or not."
    )
    static let delivery = [
        consumed, sent, processDuration, jobsRunning, jobsWaiting, jobsUncommitted, commits, commitSeconds, rebalances,
        cancelled, skipped, transportErrors, partitions, unfinished, lag,
    ]

    // MARK: The process

    static let info = MetricDefinition(
        "dure_worker_info",
        .gauge,
        labels: ["worker_id", "version", "model_name", "model_digest", "kernel_profile"],
        maxSeries: 1,
        help: "1, with who this worker is."
    )
    static let residentBytes = MetricDefinition(
        "process_resident_memory_bytes",
        .gauge,
        unit: "bytes",
        help: "Resident memory of the process, mapped weights included."
    )
    static let startTime = MetricDefinition(
        "process_start_time_seconds",
        .gauge,
        unit: "seconds",
        help: "When the worker started, since 1970."
    )
    static let process = [info, residentBytes, startTime]

    /// From ten milliseconds to half a day: batch jobs wait.
    private static let longBounds: [Double] = [
        0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600, 1800, 3600, 10_800, 43_200,
    ]
    private static let tokenBounds: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000,
    ]
}
