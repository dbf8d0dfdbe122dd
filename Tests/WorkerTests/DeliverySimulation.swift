import OffsetLedger
import Synchronization
import TestSupport

@testable import Worker

/// Workers, a group and a broker in one thread, with every fault that delivery has to survive.
///
/// Each step is drawn from a seeded generator: a turn of one worker, some jobs ending, a rebalance, a crash, a
/// commit that fails or whose end nobody knows. A poison record kills the worker that runs it.
final class DeliverySimulation {
    static let topic = "jobs"
    private let broker = InMemoryBroker()
    private let partitions: [TopicPartition]
    private let jobCount: Int
    private let poison: Set<String>
    private let clock = ManualClock()
    private var random: SeededRandom
    private var workers: [SimulatedWorker] = []
    /// How often a rebalance finds an owner that is told too late.
    private let lossRate: Double
    private(set) var crashes = 0

    init(seed: UInt64, partitions: Int, jobs: Int, poison: Int = 0, lossRate: Double = 0) {
        self.lossRate = lossRate
        self.random = SeededRandom(seed: seed)
        self.partitions = (0..<partitions).map { TopicPartition(topic: Self.topic, partition: Int32($0)) }
        self.jobCount = jobs
        var ids = (0..<jobs).map { "job-\($0)" }
        ids.shuffle(using: &self.random)
        self.poison = Set(ids.prefix(poison))
        for index in 0..<jobs {
            let gap = self.random.chance(0.1) ? Int.random(in: 1...3, using: &self.random) : 0
            guard let partition = self.partitions.randomElement(using: &self.random) else { continue }
            self.broker.produce(partition, value: Array("job-\(index)".utf8), gap: gap)
        }
    }

    /// Runs until every job has a result, and returns what was published: how often each id, by topic.
    func run(steps: Int, faultRate: Double) throws -> [String: [String: Int]] {
        for _ in 0..<3 { self.start() }
        self.rebalance()
        for step in 0..<steps {
            // Towards the end the faults stop, so that what is left can finish.
            let isCalm = step > steps / 2
            try self.step(faultRate: isCalm ? 0 : faultRate)
            if isCalm, self.publishedCounts().values.reduce(0, { $0 + $1.count }) >= self.jobCount { break }
        }
        return self.publishedCounts()
    }

    private func publishedCounts() -> [String: [String: Int]] {
        var counts: [String: [String: Int]] = [:]
        for record in self.broker.published {
            counts[record.topic, default: [:]][String(decoding: record.value ?? [], as: UTF8.self), default: 0] += 1
        }
        return counts
    }

    private func step(faultRate: Double) throws {
        self.clock.advance(by: .milliseconds(Int.random(in: 0...200, using: &self.random)))
        if self.random.chance(faultRate) { self.fault() }
        guard let worker = self.workers.randomElement(using: &self.random) else { return }
        worker.endJobs(share: Double.random(in: 0...1, using: &self.random), using: &self.random)
        if worker.hasDied {
            self.crash(worker)
        } else {
            _ = try worker.loop.turn()
            worker.loop.checkIntegrity()
        }
    }

    private func fault() {
        guard let worker = self.workers.randomElement(using: &self.random) else { return }
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0..<2: self.crash(worker)
        case 2..<4: self.rebalance()
        case 4..<6: worker.transport.fail([.abort])
        case 6..<8: worker.transport.fail([.uncertainApplied])
        default: worker.transport.fail([.uncertainLost, .abort])
        }
    }

    private func start() {
        let worker = SimulatedWorker(broker: self.broker, clock: self.clock, poison: self.poison)
        self.workers.append(worker)
    }

    private func crash(_ worker: SimulatedWorker) {
        self.crashes += 1
        self.workers.removeAll { $0 === worker }
        self.start()
        self.rebalance()
    }

    /// Deals the partitions anew: the survivors give theirs back, or find that they have lost them.
    private func rebalance() {
        var owned: [[TopicPartition]] = Array(repeating: [], count: self.workers.count)
        for partition in self.partitions {
            owned[Int.random(in: 0..<owned.count, using: &self.random)].append(partition)
        }
        for worker in self.workers where !worker.dealt.isEmpty {
            if self.random.chance(self.lossRate) {
                worker.transport.lose(worker.dealt)
            } else {
                worker.transport.revoke(worker.dealt)
            }
            worker.dealt = []
            // Eager: nobody is given anything before everybody has let go.
            _ = try? worker.loop.turn()
        }
        for (worker, partitions) in zip(self.workers, owned) where !partitions.isEmpty {
            worker.dealt = partitions
            worker.transport.give(partitions)
        }
    }
}

/// One worker of a simulation: a real delivery loop over an executor that ends jobs when it is told to.
final class SimulatedWorker {
    let transport: InMemoryTransport
    let loop: DeliveryLoop
    var dealt: [TopicPartition] = []
    private let executor: SimulatedExecutor

    init(broker: InMemoryBroker, clock: ManualClock, poison: Set<String>) {
        let transport = broker.makeTransport()
        let mailbox = CompletionMailbox { transport.wake() }
        var configuration = DeliveryConfiguration()
        configuration.limits.ledger = LedgerLimits(window: 40, maximumAttempts: 3)
        configuration.limits.jobsInFlight = 16
        self.transport = transport
        self.executor = SimulatedExecutor(mailbox: mailbox, poison: poison)
        self.loop = DeliveryLoop(
            transport: transport,
            executor: self.executor,
            mailbox: mailbox,
            observer: SilentObserver(),
            configuration: configuration,
            clock: clock
        )
        // A drain waits until its jobs have ended or its time is over; both go on only here.
        transport.onWait { timeout in clock.advance(by: timeout) }
    }

    var hasDied: Bool { self.executor.hasDied }

    func endJobs(share: Double, using random: inout SeededRandom) {
        self.executor.endJobs(share: share, using: &random)
    }
}

final class SimulatedExecutor: JobExecutor {
    private struct State {
        var tickets: [JobTicket] = []
        var hasDied = false
    }

    private let state = Mutex(State())
    private let mailbox: CompletionMailbox
    private let poison: Set<String>

    init(mailbox: CompletionMailbox, poison: Set<String>) {
        self.mailbox = mailbox
        self.poison = poison
    }

    var hasDied: Bool { self.state.withLock { $0.hasDied } }

    func run(_ ticket: JobTicket) { self.state.withLock { $0.tickets.append(ticket) } }

    func giveUp(_ ticket: JobTicket) { self.mailbox.complete(Self.completion(ticket, topic: "dead-letters")) }

    func cancel(_ jobs: [JobCoordinates]) {
        let cancelled = self.state.withLock { state in
            let tickets = state.tickets.filter { jobs.contains($0.coordinates) }
            state.tickets.removeAll { jobs.contains($0.coordinates) }
            return tickets
        }
        for ticket in cancelled { self.mailbox.abandon(ticket.coordinates) }
    }

    func endJobs(share: Double, using random: inout SeededRandom) {
        var tickets = self.state.withLock { state in
            defer { state.tickets = [] }
            return state.tickets
        }
        tickets.shuffle(using: &random)
        let ended = Int((Double(tickets.count) * share).rounded(.up))
        for ticket in tickets.prefix(ended) {
            if self.poison.contains(String(decoding: ticket.record.value ?? [], as: UTF8.self)) {
                self.state.withLock { $0.hasDied = true }
                return
            }
            self.mailbox.complete(Self.completion(ticket, topic: "results"))
        }
        self.state.withLock { $0.tickets += tickets.dropFirst(ended) }
    }

    private static func completion(_ ticket: JobTicket, topic: String) -> Completion {
        let record = OutgoingRecord(topic: topic, key: nil, value: ticket.record.value)
        return Completion(coordinates: ticket.coordinates, records: [record])
    }
}

struct SilentObserver: DeliveryObserver {
    func assigned(_ partitions: [TopicPartition]) {}
    func released(_ partitions: [TopicPartition], isLost: Bool, cancelledJobs: Int) {}
    func cycleEnded(_ outcome: CommitOutcome, records: Int, duration: Duration) {}
    func transportReported(_ error: TransportError) {}
    func recordSkipped(_ coordinates: JobCoordinates) {}
    func turned(_ standing: DeliveryStanding) {}
    func metricsRecords() -> [OutgoingRecord] { [] }
}
