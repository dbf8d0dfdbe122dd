import Foundation
import KafkaTransport
import Settings
import Worker
import WorkerApp

/// Sets the demo up, runs it, and takes it down.
final class DemoStage {
    private let folder: URL
    private let console: Console
    private let isEmbedded: Bool
    private var bootstrap: String
    private let model: String
    private let prompts: DemoPrompts
    private let batchID = "batch_demo"
    private var topics = TopicNames()
    private var group = "dure-demo"

    init(folder: URL, bootstrap: String?, model: String, prompts: DemoPrompts, console: Console) {
        self.folder = folder
        self.console = console
        self.isEmbedded = bootstrap == nil
        self.bootstrap = bootstrap ?? ""
        self.model = model
        self.prompts = prompts
        guard bootstrap != nil else { return }
        // On somebody's broker the demo meets nothing but its own.
        let run = folder.lastPathComponent
        self.topics.jobs = "\(run).jobs"
        self.topics.results = "\(run).results"
        self.topics.deadLetters = "\(run).dead-letters"
        self.topics.metrics = "\(run).metrics"
        self.group = run
    }

    /// Runs it all; blocks.
    func run(workers count: Int, timeout: Duration) throws -> ExitStatus {
        let broker = try self.startBroker()
        defer { _ = broker?.closeInput() }
        let workers = try self.startWorkers(count)
        let batch = self.folder.appending(path: "prompts.jsonl")
        try self.prompts.file.write(to: batch)
        self.step(
            "submitting \(self.prompts.set.items.count) messages whose right answers are known, and "
                + "\(self.prompts.bad.count) bad records, as batch \(self.batchID)"
        )
        let submission = BatchSubmission(configuration: self.client, topic: self.topics.jobs, batchID: self.batchID)
        _ = try submission.send(batch.path, total: self.prompts.lines, resumes: false)
        let start = ContinuousClock.now
        let (answers, counts) = try self.collect(workers, timeout: timeout)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let areDrained = self.stop(workers)
        try DemoReport(prompts: self.prompts, answers: answers, counts: counts, seconds: seconds).print(
            to: self.console
        )
        try self.console.print(self.promises)
        return counts.open == 0 && areDrained ? .done : .failed
    }

    private func step(_ text: String) { self.console.note("▸ \(text)") }

    /// How this process itself reaches the broker.
    private var client: KafkaConfiguration {
        var configuration =
            self.isEmbedded
            ? KafkaConfiguration.embedded(bootstrapServers: self.bootstrap, workerID: "dure-demo")
            : KafkaConfiguration(workerID: "dure-demo")
        configuration.bootstrapServers = self.bootstrap
        return configuration
    }

    // MARK: Setting up

    private func startBroker() throws -> DemoChild? {
        let names = [self.topics.jobs, self.topics.results, self.topics.deadLetters, self.topics.metrics ?? ""]
        guard self.isEmbedded else {
            self.step("using the broker at \(self.bootstrap)")
            var plan = TopicPlan()
            plan.names = self.topics
            plan.partitions = 4
            for (topic, creation) in try KafkaAdministration(configuration: self.client).create(plan.topics) {
                if case .failed(let error) = creation { throw CommandError("topic \(topic): \(error)") }
            }
            return nil
        }
        let broker = try DemoChild(
            "broker",
            ["demo-broker"] + names.flatMap { ["--topic", $0] },
            directory: self.folder
        )
        guard let address = try broker.firstLine(), !address.isEmpty else {
            throw CommandError("the embedded broker did not start: \(broker.lastWords())")
        }
        self.bootstrap = address
        self.step("started an embedded broker at \(address)")
        return broker
    }

    private func startWorkers(_ count: Int) throws -> [DemoChild] {
        self.step("starting \(count) workers")
        return try (0..<count).map { index in
            var arguments = [
                "worker", "--bootstrap", self.bootstrap, "--model", self.model,
                "--worker-id", "\(self.group)-\(index)", "--group", self.group, "--jobs-topic", self.topics.jobs,
                "--results-topic", self.topics.results, "--dead-letters-topic", self.topics.deadLetters,
                "--metrics-topic", self.topics.metrics ?? "none", "--threads", "1", "--log-format", "text",
            ]
            arguments += self.prompts.modelNames.flatMap { ["--served-model-name", $0] }
            if self.isEmbedded {
                let embedded = self.client
                arguments += ["--delivery-mode", "at-least-once", "--session-timeout", "3s", "--no-static-membership"]
                arguments += embedded.properties.sorted { $0.key < $1.key }.flatMap {
                    ["--kafka", "\($0.key)=\($0.value)"]
                }
            }
            return try DemoChild("worker-\(index)", arguments, directory: self.folder)
        }
    }

    // MARK: Running

    private func collect(
        _ workers: [DemoChild],
        timeout: Duration
    ) throws -> (answers: [BatchTracker.Answer], counts: BatchTracker.Counts) {
        let watch = try BatchWatch(batchID: self.batchID, topics: self.topics, configuration: self.client)
        var answers: [BatchTracker.Answer] = []
        var bar = ProgressBar("answering", on: self.console)
        defer { bar.finish() }
        let start = ContinuousClock.now
        while !watch.tracker.isComplete, ContinuousClock.now - start < timeout {
            answers += try watch.next(upTo: .milliseconds(200)).answers
            bar.show(watch.tracker.counts.answered, of: watch.tracker.counts.lines)
            if let dead = workers.first(where: { !$0.isRunning }) {
                throw CommandError("\(dead.name) has ended:\n\(dead.lastWords())")
            }
        }
        return (answers, watch.tracker.counts)
    }

    private func stop(_ workers: [DemoChild]) -> Bool {
        let statuses = workers.map { $0.stop() }
        for (worker, status) in zip(workers, statuses) where status != 0 {
            self.console.note("\(worker.name) ended with status \(status.map(String.init) ?? "of a signal"):")
            self.console.note(worker.lastWords())
        }
        return statuses.allSatisfy { $0 == 0 }
    }

    /// What was real here, and what was not.
    private var promises: String {
        self.isEmbedded
            ? """

            What was embedded: the broker, in a process of its own and in memory. It has no transactions, so delivery here was
            at-least-once: after a crash an answer could be there twice, and with the broker everything is gone. With a real Kafka
            (dure demo --bootstrap HOST:PORT) every job has exactly one answer for read_committed readers, whatever crashes.
            """
            : """

            The broker was yours: each answer and the mark that its job is finished became visible in one transaction. The
            demo's four topics, \(self.topics.jobs) and its siblings, are still there.
            """
    }
}
