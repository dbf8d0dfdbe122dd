import Telemetry
import Testing

@Suite struct MetricsTests {
    private let finished = MetricDefinition(
        "dure_jobs_finished_total",
        .counter,
        labels: ["reason"],
        help: "Jobs done."
    )
    private let running = MetricDefinition(
        "vllm:num_requests_running",
        .gauge,
        labels: ["model_name"],
        help: "Requests in the running batch."
    )
    private let wait = MetricDefinition(
        "dure_wait_seconds",
        .histogram(bounds: [0.1, 1, 10]),
        unit: "seconds",
        help: "Wait."
    )

    @Test("the page is exactly the exposition format")
    func exposition() {
        let registry = MetricsRegistry()
        registry.counter(self.finished, "stop").increment(by: 3)
        registry.counter(self.finished, "len\"g\\th\n").increment(by: 0.5)
        registry.gauge(self.running, "k1").set(to: -2)
        let wait = registry.histogram(self.wait)
        for value in [0.1, 0.5, 100, .nan] { wait.observe(value) }
        wait.observe(.milliseconds(1500))
        #expect(
            registry.snapshot().prometheusText() == """
                # HELP dure_jobs_finished_total Jobs done.
                # TYPE dure_jobs_finished_total counter
                dure_jobs_finished_total{reason="len\\"g\\\\th\\n"} 0.5
                dure_jobs_finished_total{reason="stop"} 3
                # HELP vllm:num_requests_running Requests in the running batch.
                # TYPE vllm:num_requests_running gauge
                vllm:num_requests_running{model_name="k1"} -2
                # HELP dure_wait_seconds Wait.
                # TYPE dure_wait_seconds histogram
                dure_wait_seconds_bucket{le="0.1"} 1
                dure_wait_seconds_bucket{le="1"} 2
                dure_wait_seconds_bucket{le="10"} 3
                dure_wait_seconds_bucket{le="+Inf"} 4
                dure_wait_seconds_sum 102.1
                dure_wait_seconds_count 4

                """
        )
    }

    @Test("special values have the words Prometheus knows")
    func specialValues() {
        let registry = MetricsRegistry()
        let gauge = registry.gauge(MetricDefinition("g", .gauge, help: "back\\slash\nline"))
        let expected: [(Double, String)] = [
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"), (-0.25, "-0.25"),
            (1_099_511_627_776, "1099511627776"),
        ]
        for (value, text) in expected {
            gauge.set(to: value)
            #expect(
                registry.snapshot().prometheusText() == "# HELP g back\\\\slash\\nline\n# TYPE g gauge\ng \(text)\n"
            )
        }
    }

    @Test("the page and the snapshot show the same numbers")
    func snapshotNumbers() {
        let registry = MetricsRegistry()
        registry.counter(self.finished, "stop").increment()
        registry.counter(self.finished, "length").increment(by: 4)
        registry.histogram(self.wait).observe(.seconds(2))
        let snapshot = registry.snapshot()
        #expect(snapshot.number(self.finished, "length") == 4)
        #expect(snapshot.number(self.finished, "unknown") == nil)
        #expect(snapshot.total(self.finished) == 5)
        #expect(snapshot.total(self.running) == 0)
        #expect(snapshot.histogram(self.wait)?.cumulativeCounts == [0, 0, 1, 1])
        #expect(snapshot.histogram(self.wait)?.sum == 2)
    }

    @Test("a counter never falls and never becomes infinite")
    func countersOnlyGrow() {
        let counter = MetricsRegistry().counter(self.finished, "stop")
        counter.increment(by: 2)
        for bad in [-1, .nan, .infinity] as [Double] { counter.increment(by: bad) }
        #expect(counter.value == 2)
    }

    @Test("label values beyond the bound are counted together")
    func boundedCardinality() {
        let registry = MetricsRegistry()
        let definition = MetricDefinition("t_total", .counter, labels: ["topic", "x"], maxSeries: 3, help: "h")
        let family = registry.counters(definition)
        for index in 0..<10 { family.series("topic \(index)", "y").increment() }
        family.series("topic 1", "y").increment()
        let snapshot = registry.snapshot()
        #expect(snapshot.metric("t_total")?.samples.count == 4)
        #expect(snapshot.number(definition, "_other", "_other") == 7)
        #expect(snapshot.number(definition, "topic 1", "y") == 2)
        #expect(snapshot.total(definition) == 11)
        #expect(family.overflowCount == 7)
        family.remove("topic 1", "y")
        family.series("late", "y").increment()
        #expect(registry.snapshot().number(definition, "late", "y") == 1)
    }

    @Test("the same definition gives the same series, and a metric without labels shows from the start")
    func sameSeries() {
        let registry = MetricsRegistry()
        #expect(registry.counter(self.finished, "stop") === registry.counter(self.finished, "stop"))
        _ = registry.histograms(self.wait)
        #expect(registry.snapshot().histogram(self.wait)?.count == 0)
        #expect(registry.definitions == [self.finished, self.wait])
    }

    @Test("collectors run before each snapshot")
    func collectors() {
        let registry = MetricsRegistry()
        let gauge = registry.gauge(self.running, "m")
        registry.addCollector { gauge.add(1) }
        #expect(registry.snapshot().number(self.running, "m") == 1)
        #expect(registry.snapshot().number(self.running, "m") == 2)
    }

    @Test("no increment of many tasks is lost")
    func concurrentIncrements() async {
        let registry = MetricsRegistry()
        let (finished, wait) = (self.finished, self.wait)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<1000 {
                        registry.counter(finished, index.isMultiple(of: 2) ? "a" : "b").increment()
                        registry.histogram(wait).observe(Double(index % 3))
                    }
                }
            }
        }
        let snapshot = registry.snapshot()
        #expect(snapshot.number(self.finished, "a") == 4000)
        #expect(snapshot.histogram(self.wait)?.count == 8000)
    }

    @Test("names follow Prometheus' rules, with the colon that vLLM uses")
    func names() {
        for good in ["vllm:num_requests_running", "_a", ":x", "a1"] { #expect(MetricDefinition.isMetricName(good)) }
        for bad in ["", "1a", "a-b", "a.b", "한", "a\n"] { #expect(!MetricDefinition.isMetricName(bad)) }
        for bad in ["__name__", "a:b", "1", ""] { #expect(!MetricDefinition.isLabelName(bad)) }
        #expect(MetricDefinition.isLabelName("model_name"))
    }

    @Test("the documentation has a row for each definition")
    func markdown() {
        #expect(
            MetricDefinition.markdownTable([self.finished, self.wait]) == """
                | metric | type | unit | labels | meaning |
                |---|---|---|---|---|
                | `dure_jobs_finished_total` | counter | – | `reason` | Jobs done. |
                | `dure_wait_seconds` | histogram | seconds | – | Wait. |

                """
        )
    }
}
