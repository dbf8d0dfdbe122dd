internal import Foundation
internal import Worker

/// Puts the records and the offsets of a cycle into one transaction.
///
/// An end that is not known is never guessed: it is reported as uncertain once a fresh producer has ended whatever was
/// pending, so that the committed offsets say what became of it.
final class TransactionalCommitter: CycleCommitter {
    private let configuration: KafkaConfiguration
    private let signal: WakeSignal
    private let log: ClientLog
    /// Nil while a new producer has to be made.
    private var sender: RecordSender?
    /// A topic may take less at a time than the library sends; learnt from what brokers refuse.
    private var batchBytes = 1_000_000
    /// Why the end of an earlier cycle is not known, until that was reported.
    private var unknown: KafkaError?

    /// Called between the steps of a cycle: where tests cut a worker off.
    var onStep: ((Step) -> Void)?

    enum Step {
        case begun
        case produced
        case offsetsSent
        case committed
    }

    init(_ configuration: KafkaConfiguration, signal: WakeSignal, log: ClientLog) {
        self.configuration = configuration
        self.signal = signal
        self.log = log
    }

    // MARK: The producer

    func start(upTo timeout: Duration) throws(KafkaError) {
        var properties = self.configuration.transactionalProperties
        let batchBytes = properties["batch.size"].flatMap { Int($0) } ?? self.batchBytes
        properties["batch.size"] = String(min(batchBytes, self.batchBytes))
        let sender = try RecordSender(properties, signal: self.signal, log: self.log)
        sender.prepare(self.configuration.outputTopics)
        let deadline = Deadline(after: timeout)
        while true {
            do throws(KafkaError) {
                try sender.client.initTransactions(upTo: deadline.remaining(atMost: .seconds(5)))
                self.sender = sender
                return
            } catch {
                if error.isRetriable, !deadline.hasPassed { continue }
                self.retire(sender)
                throw self.explained(sender.original(error))
            }
        }
    }

    private func explained(_ error: KafkaError) -> KafkaError {
        if error.name == "_UNSUPPORTED_FEATURE" || error.name == "UNSUPPORTED_VERSION" {
            var error = error
            error.message =
                "the broker has no transactions: set the delivery mode to at-least-once, or use Kafka 2.5 or newer"
            return error
        }
        if error.name == "INVALID_TRANSACTION_TIMEOUT" {
            return error.during(
                "the broker's transaction.max.timeout.ms is below the transaction timeout of "
                    + "\(self.configuration.transactionTimeout)"
            )
        }
        let id = "\(self.configuration.group).\(self.configuration.workerID)"
        return error.during("preparing transactions as `\(id)`")
    }

    /// Gives a producer up; what it has pending is ended by the next one.
    private func retire(_ sender: RecordSender) {
        sender.detach()
        self.sender = nil
        let last = LastReference(sender)
        endsWithin(.seconds(5)) { last.release() }
    }

    func takeErrors() -> [KafkaError] { self.sender?.takeErrors() ?? [] }

    func close() {
        guard let sender = self.sender else { return }
        self.retire(sender)
    }

    // MARK: Cycles

    /// How one attempt at a cycle ended.
    private enum Ending {
        case committed
        case aborted(KafkaError)
        /// Aborted; these may be refused for their own sake or for that of others in their batch.
        case suspected(Set<Int>)
        /// Aborted; each of these is refused for its own sake.
        case refused([Int: KafkaError])
        case unknown(KafkaError)
        case failed(KafkaError)
    }

    func commit(_ cycle: CommitCycle, by consumer: GroupConsumer) -> CommitOutcome {
        if cycle.records.isEmpty, cycle.offsets.isEmpty { return .committed }
        do throws(KafkaError) {
            if self.sender == nil { try self.start(upTo: self.configuration.transactionTimeout * 2) }
        } catch {
            return error.needsOperator ? .failed(TransportError(error, isFatal: true)) : .aborted(TransportError(error))
        }
        if let unknown = self.unknown {
            self.unknown = nil
            return .uncertain(TransportError(unknown))
        }
        var ending = self.attempt(cycle, alone: [], consumer)
        if case .aborted(let error) = ending, error.isConsequence {
            // After an abort, the library may drop the first records of the next transaction with those of the last.
            ending = self.attempt(cycle, alone: [], consumer)
        }
        if case .suspected(let suspects) = ending { ending = self.attemptAlone(cycle, suspects, consumer) }
        return self.outcome(ending, cycle, consumer)
    }

    private func outcome(_ ending: Ending, _ cycle: CommitCycle, _ consumer: GroupConsumer) -> CommitOutcome {
        switch ending {
        case .committed: return .committed
        case .aborted(let error): return .aborted(TransportError(error))
        case .refused(let refused): return .rejected(refused)
        case .failed(let error): return .failed(TransportError(error, isFatal: true))
        case .suspected(let suspects):
            // Not reached: alone in its batch, a record is refused or taken.
            return .aborted(TransportError(name: "_FAIL", message: "\(suspects.count) refused records", isFatal: false))
        case .unknown(let error):
            self.unknown = error
            // Reports it, or says that there is no new producer yet.
            return self.commit(cycle, by: consumer)
        }
    }

    /// Runs one transaction to its end; the records of `alone` are sent in batches of their own.
    private func attempt(_ cycle: CommitCycle, alone: Set<Int>, _ consumer: GroupConsumer) -> Ending {
        guard let sender = self.sender else { return .aborted(Self.noProducer) }
        let group = consumer.groupMetadata
        if !cycle.offsets.isEmpty, group == nil { return .aborted(Self.noMember) }
        let start = ContinuousClock.now
        do throws(KafkaError) {
            try sender.client.beginTransaction()
        } catch {
            return self.ending(of: sender, after: error, since: start, mayBeCommitted: false)
        }
        self.onStep?(.begun)
        let failures = self.deliver(cycle.records, alone: alone, sender)
        self.onStep?(.produced)
        guard failures.isEmpty else { return self.abort(sender, failures, alone: alone, since: start) }
        do throws(KafkaError) {
            if let group, !cycle.offsets.isEmpty { try self.sendOffsets(cycle.offsets, group, sender) }
        } catch {
            return self.abort(sender, after: error, since: start)
        }
        self.onStep?(.offsetsSent)
        do throws(KafkaError) {
            try self.repeating { (rest: Duration) throws(KafkaError) in
                try sender.client.commitTransaction(upTo: rest)
            }
        } catch {
            if error.requiresAbort { return self.abort(sender, after: error, since: start) }
            return self.ending(of: sender, after: error, since: start, mayBeCommitted: true)
        }
        self.onStep?(.committed)
        return .committed
    }

    /// Sends what was refused, and whatever goes to the same topics, record by record.
    ///
    /// When all of it is taken that way, it was the batches that were too large: they become smaller.
    private func attemptAlone(_ cycle: CommitCycle, _ suspects: Set<Int>, _ consumer: GroupConsumer) -> Ending {
        let topics = Set(suspects.map { cycle.records[$0].topic })
        let alone = Set(cycle.records.indices.filter { topics.contains(cycle.records[$0].topic) })
        var ending = self.attempt(cycle, alone: alone, consumer)
        if case .aborted(let error) = ending, error.isConsequence {
            ending = self.attempt(cycle, alone: alone, consumer)
        }
        if case .committed = ending, let sender = self.sender {
            self.batchBytes = max(16 << 10, self.batchBytes / 2)
            self.retire(sender)
        }
        return ending
    }

    private static let noProducer = KafkaError(name: "_STATE", message: "there is no producer yet")
    private static let noMember = KafkaError(
        name: "UNKNOWN_MEMBER_ID",
        message: "this worker is not a member of the group at present"
    )

    private func deliver(_ records: [OutgoingRecord], alone: Set<Int>, _ sender: RecordSender) -> [Int: KafkaError] {
        let together = records.indices.filter { !alone.contains($0) }
        let timeout = self.configuration.transactionTimeout
        let failures = sender.deliver(records, at: together, upTo: timeout)
        guard failures.isEmpty else { return failures }
        // The largest first: one that is refused ends the transaction.
        let deadline = Deadline(after: timeout)
        for index in alone.sorted(by: { records[$0].wireBytes > records[$1].wireBytes }) {
            let failures = sender.deliver(records, at: CollectionOfOne(index), upTo: deadline.remaining)
            guard failures.isEmpty else { return failures }
        }
        return [:]
    }

    private func sendOffsets(
        _ offsets: [TopicPartition: CommittedOffset],
        _ group: GroupMetadata,
        _ sender: RecordSender
    ) throws(KafkaError) {
        let list = try PartitionList(
            offsets.map { PartitionEntry(source: $0, offset: $1.offset, metadata: $1.metadata) }
        )
        try self.repeating { (rest: Duration) throws(KafkaError) in
            try sender.client.sendOffsets(list, group, upTo: rest)
        }
    }

    /// Makes the same call again while the library says that it may succeed, for as long as a transaction may take.
    private func repeating(_ call: (_ rest: Duration) throws(KafkaError) -> Void) throws(KafkaError) {
        let deadline = Deadline(after: self.configuration.transactionTimeout)
        while true {
            do throws(KafkaError) {
                return try call(max(deadline.remaining, .milliseconds(100)))
            } catch {
                guard error.isRetriable, !error.requiresAbort, !deadline.hasPassed else { throw error }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    // MARK: What did not go well

    private func abort(
        _ sender: RecordSender,
        _ failures: [Int: KafkaError],
        alone: Set<Int>,
        since start: ContinuousClock.Instant
    ) -> Ending {
        let refused = failures.filter { $0.value.refusesRecord }
        let others = failures.values.filter { !$0.refusesRecord }
        let cause = others.first { !$0.isConsequence } ?? refused.values.first ?? others.first ?? Self.noProducer
        let ending = self.abort(sender, after: cause, since: start)
        guard case .aborted = ending, cause.refusesRecord else { return ending }
        // What the library itself refuses was never in a batch.
        let certain = refused.filter { alone.contains($0.key) || $0.value.isLocal }
        return certain.isEmpty ? .suspected(Set(refused.keys)) : .refused(certain)
    }

    /// Aborts the transaction, after which nothing of it is visible.
    private func abort(
        _ sender: RecordSender,
        after cause: KafkaError,
        since start: ContinuousClock.Instant
    ) -> Ending {
        do throws(KafkaError) {
            try self.repeating { (rest: Duration) throws(KafkaError) in
                try sender.client.abortTransaction(upTo: rest)
            }
        } catch {
            return self.ending(of: sender, after: error, since: start, mayBeCommitted: false)
        }
        return cause.needsOperator ? .failed(cause) : .aborted(cause)
    }

    /// What follows from an error that this producer does not survive.
    private func ending(
        of sender: RecordSender,
        after error: KafkaError,
        since start: ContinuousClock.Instant,
        mayBeCommitted: Bool
    ) -> Ending {
        let original = sender.original(error)
        self.retire(sender)
        // The coordinator fences whoever exceeds the transaction's time. Sooner, only a second producer does.
        let hasTimedOut = ContinuousClock.now - start >= self.configuration.transactionTimeout
        if original.isFenced, !hasTimedOut {
            return .failed(original.during("another process runs as worker `\(self.configuration.workerID)`"))
        }
        if original.needsOperator { return .failed(original) }
        return mayBeCommitted ? .unknown(original) : .aborted(original)
    }
}

extension KafkaError {
    /// It only says that the transaction had failed before.
    fileprivate var isConsequence: Bool {
        ["_PURGE_QUEUE", "_PURGE_INFLIGHT", "_STATE", "_INCONSISTENT"].contains(self.name)
    }

    /// The library refused the record before it was in any batch.
    fileprivate var isLocal: Bool { self.message.hasPrefix("producing to") }
}

extension OutgoingRecord {
    /// About what the record takes in a batch.
    var wireBytes: Int {
        let headers = self.headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
        return (self.key?.count ?? 0) + (self.value?.count ?? 0) + headers
    }
}

/// Holds an object for a thread that is to let it go.
final class LastReference<Value: AnyObject>: @unchecked Sendable {
    // `@unchecked`: it is handed to one thread, and nobody else keeps it or what it holds.
    private var value: Value?

    init(_ value: Value) { self.value = value }

    func release() { self.value = nil }
}
