public import OrderedJSON

/// What a worker says about itself on the metrics topic, once per interval.
///
/// Counts and histograms grow from the start of the process; rates are those of the interval.
public struct MetricsRecord: Sendable, Equatable {
    public var time: WallTime
    /// Since the record before, or since the start.
    public var intervalSeconds: Double
    public var uptimeSeconds: Double
    public var worker: WorkerIdentity
    public var jobs = Jobs()
    public var tokens = Tokens()
    public var latency = Latency()
    public var sweeps = Sweeps()
    public var kvBlocks = KVBlocks()
    /// Nil where all experts are mapped files.
    public var expertCache: ExpertCache?
    public var delivery = Delivery()
    /// Resident memory of the process; nil where the system does not say.
    public var residentBytes: Int?

    public init(time: WallTime, intervalSeconds: Double, uptimeSeconds: Double, worker: WorkerIdentity) {
        self.time = time
        self.intervalSeconds = intervalSeconds
        self.uptimeSeconds = uptimeSeconds
        self.worker = worker
    }

    public struct Jobs: Sendable, Equatable {
        public var running = 0
        public var waiting = 0
        /// Finished, and in no committed cycle.
        public var uncommitted = 0
        /// How many ended in each way.
        public var finished: [String: Int] = [:]
        /// How many choices ended for each finish reason.
        public var finishReasons: [String: Int] = [:]
        public var retries = 0

        public init() {}
    }

    public struct Tokens: Sendable, Equatable {
        public var prompt = 0
        public var cached = 0
        public var generated = 0
        public var reasoning = 0
        public var promptPerSecond = 0.0
        public var generatedPerSecond = 0.0

        public init() {}
    }

    /// Durations in seconds.
    public struct Latency: Sendable, Equatable {
        public var timeToFirstToken = MetricsHistogram()
        public var timePerOutputToken = MetricsHistogram()
        public var queue = MetricsHistogram()
        public var endToEnd = MetricsHistogram()

        public init() {}
    }

    public struct Sweeps: Sendable, Equatable {
        public var tokens = MetricsHistogram()
        /// Durations in seconds.
        public var duration = MetricsHistogram()
        public var preemptions = 0

        public init() {}
    }

    public struct KVBlocks: Sendable, Equatable {
        public var used = 0
        public var total = 0

        public init() {}
    }

    /// Of the cache of routed experts, as far as this worker used it.
    public struct ExpertCache: Sendable, Equatable {
        public var hits = 0
        /// Experts that this worker read.
        public var misses = 0
        /// Experts that others were reading already.
        public var coalescedLoads = 0
        public var bytesRead = 0
        public var evictions = 0
        public var stallSeconds = 0.0
        public var convoyWaits = 0
        public var convoyWaitSeconds = 0.0
        public var capacityBytes = 0

        public init() {}
    }

    public struct Delivery: Sendable, Equatable {
        public var partitions: [Partition] = []
        /// Durations of commit cycles in seconds.
        public var commit = MetricsHistogram()
        /// How many commit cycles had each outcome.
        public var commits: [String: Int] = [:]
        /// How many times partitions were assigned, revoked and lost.
        public var rebalances: [String: Int] = [:]

        public init() {}
    }

    public struct Partition: Sendable, Equatable {
        public var topic: String
        public var partition: Int32
        public var committableOffset: Int64
        public var unfinished: Int
        /// Records that no worker has finished, as far as the end of the log is known.
        public var lag: Int64?

        public init(topic: String, partition: Int32, committableOffset: Int64, unfinished: Int, lag: Int64?) {
            self.topic = topic
            self.partition = partition
            self.committableOffset = committableOffset
            self.unfinished = unfinished
            self.lag = lag
        }
    }
}

/// Who a worker is, for metrics, logs and pages.
public struct WorkerIdentity: Sendable, Equatable {
    public var id: String
    public var host: String
    public var version: String
    /// The name under which the model is served.
    public var model: String
    public var modelDigest: String
    public var kernelProfile: String

    public init(
        id: String,
        host: String,
        version: String,
        model: String,
        modelDigest: String,
        kernelProfile: String
    ) {
        self.id = id
        self.host = host
        self.version = version
        self.model = model
        self.modelDigest = modelDigest
        self.kernelProfile = kernelProfile
    }
}

/// Observations by size.
public struct MetricsHistogram: Sendable, Equatable {
    /// Upper bounds, ascending; one more bucket holds what is above the last.
    public var bounds: [Double]
    /// Observations per bucket, one more than bounds, not cumulated.
    public var counts: [Int]
    public var sum: Double

    public init(bounds: [Double] = [], counts: [Int] = [0], sum: Double = 0) {
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }
}

// MARK: - JSON

extension MetricsRecord {
    /// The record as one line of JSON, without a line feed: its value.
    public func serialized() -> [UInt8] { self.json.serialized() }

    public var json: JSONValue {
        [
            "type": "dure.metrics.worker", "version": 1, "time": .string(self.time.rfc3339),
            "interval_seconds": .double(self.intervalSeconds), "uptime_seconds": .double(self.uptimeSeconds),
            "worker": self.worker.json, "jobs": self.jobs.json, "tokens": self.tokens.json,
            "latency_seconds": self.latency.json, "sweeps": self.sweeps.json,
            "kv_blocks": ["used": .count(self.kvBlocks.used), "total": .count(self.kvBlocks.total)],
            "expert_cache": self.expertCache?.json ?? .null,
            "delivery": self.delivery.json, "resident_bytes": self.residentBytes.map(JSONValue.count) ?? .null,
        ]
    }
}

extension WorkerIdentity {
    fileprivate var json: JSONValue {
        [
            "id": .string(self.id), "host": .string(self.host), "version": .string(self.version),
            "model": .string(self.model), "model_digest": .string(self.modelDigest),
            "kernel_profile": .string(self.kernelProfile),
        ]
    }
}

extension MetricsRecord.Jobs {
    fileprivate var json: JSONValue {
        [
            "running": .count(self.running), "waiting": .count(self.waiting), "uncommitted": .count(self.uncommitted),
            "finished": .counts(self.finished), "finish_reasons": .counts(self.finishReasons),
            "retries": .count(self.retries),
        ]
    }
}

extension MetricsRecord.Tokens {
    fileprivate var json: JSONValue {
        [
            "prompt": .count(self.prompt), "cached": .count(self.cached), "generated": .count(self.generated),
            "reasoning": .count(self.reasoning), "prompt_per_second": .double(self.promptPerSecond),
            "generated_per_second": .double(self.generatedPerSecond),
        ]
    }
}

extension MetricsRecord.Latency {
    fileprivate var json: JSONValue {
        [
            "time_to_first_token": self.timeToFirstToken.json, "time_per_output_token": self.timePerOutputToken.json,
            "queue": self.queue.json, "end_to_end": self.endToEnd.json,
        ]
    }
}

extension MetricsRecord.Sweeps {
    fileprivate var json: JSONValue {
        [
            "tokens": self.tokens.json, "duration_seconds": self.duration.json,
            "preemptions": .count(self.preemptions),
        ]
    }
}

extension MetricsRecord.ExpertCache {
    fileprivate var json: JSONValue {
        [
            "hits": .count(self.hits), "misses": .count(self.misses), "coalesced_loads": .count(self.coalescedLoads),
            "bytes_read": .count(self.bytesRead), "evictions": .count(self.evictions),
            "stall_seconds": .double(self.stallSeconds), "convoy_waits": .count(self.convoyWaits),
            "convoy_wait_seconds": .double(self.convoyWaitSeconds), "capacity_bytes": .count(self.capacityBytes),
        ]
    }
}

extension MetricsRecord.Delivery {
    fileprivate var json: JSONValue {
        [
            "partitions": .array(self.partitions.map(\.json)), "commit_seconds": self.commit.json,
            "commits": .counts(self.commits), "rebalances": .counts(self.rebalances),
        ]
    }
}

extension MetricsRecord.Partition {
    fileprivate var json: JSONValue {
        [
            "topic": .string(self.topic), "partition": .integer(Int64(self.partition)),
            "committable_offset": .integer(self.committableOffset), "unfinished": .count(self.unfinished),
            "lag": self.lag.map(JSONValue.integer) ?? .null,
        ]
    }
}

extension MetricsHistogram {
    fileprivate var json: JSONValue {
        [
            "bounds": .array(self.bounds.map(JSONValue.double)), "counts": .array(self.counts.map(JSONValue.count)),
            "sum": .double(self.sum),
        ]
    }
}

extension JSONValue {
    fileprivate static func count(_ count: Int) -> JSONValue { .integer(Int64(count)) }

    /// Sorted by name, so that equal counts are equal bytes.
    fileprivate static func counts(_ counts: [String: Int]) -> JSONValue {
        .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.count($0.value)) }))
    }
}
