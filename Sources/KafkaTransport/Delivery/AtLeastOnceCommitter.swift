internal import Worker

/// Produces a cycle's records, then commits its offsets: for brokers without transactions.
///
/// A crash between the two leaves records whose jobs run again. A commit that fails does not: what is out already is
/// remembered and not produced a second time by this process.
final class AtLeastOnceCommitter: CycleCommitter {
    private let configuration: KafkaConfiguration
    private let signal: WakeSignal
    private let log: ClientLog
    private var sender: RecordSender?
    /// Acknowledged records whose offsets are not committed, in the order of their cycle.
    private var published: [OutgoingRecord] = []

    init(_ configuration: KafkaConfiguration, signal: WakeSignal, log: ClientLog) {
        self.configuration = configuration
        self.signal = signal
        self.log = log
    }

    func start(upTo timeout: Duration) throws(KafkaError) {
        let sender = try RecordSender(self.configuration.producerProperties, signal: self.signal, log: self.log)
        sender.prepare(self.configuration.outputTopics)
        self.sender = sender
    }

    func takeErrors() -> [KafkaError] { self.sender?.takeErrors() ?? [] }

    func close() {
        guard let sender = self.sender else { return }
        sender.detach()
        self.sender = nil
        let last = LastReference(sender)
        endsWithin(.seconds(5)) { last.release() }
    }

    func commit(_ cycle: CommitCycle, by consumer: GroupConsumer) -> CommitOutcome {
        do throws(KafkaError) {
            if self.sender == nil { try self.start(upTo: self.configuration.startTimeout) }
        } catch {
            return .aborted(TransportError(error))
        }
        guard let sender = self.sender else { return .committed }
        if let outcome = self.publish(cycle.records, sender) { return outcome }
        do throws(KafkaError) {
            if !cycle.offsets.isEmpty {
                try consumer.commit(cycle.offsets, upTo: self.configuration.transactionTimeout)
            }
        } catch {
            if error.needsOperator { return .failed(TransportError(error, isFatal: true)) }
            return error.name == "_TIMED_OUT" ? .uncertain(TransportError(error)) : .aborted(TransportError(error))
        }
        self.published = []
        return .committed
    }

    /// Produces what is not out yet; nil when everything is.
    private func publish(_ records: [OutgoingRecord], _ sender: RecordSender) -> CommitOutcome? {
        let missing = self.unpublished(records)
        var failures = self.deliver(records, at: missing, sender)
        let suspects = failures.filter { $0.value.refusesRecord }.keys.sorted()
        // In a batch of its own, each is refused or taken for its own sake.
        for index in suspects {
            failures[index] = self.deliver(records, at: [index], sender)[index]
        }
        self.published = records.indices.filter { failures[$0] == nil }.map { records[$0] }
        let refused = failures.filter { $0.value.refusesRecord }
        if !refused.isEmpty { return .rejected(refused) }
        guard let (_, error) = failures.min(by: { $0.key < $1.key }) else { return nil }
        if sender.client.fatalError != nil { self.close() }
        return error.needsOperator ? .failed(TransportError(error, isFatal: true)) : .aborted(TransportError(error))
    }

    private func deliver(_ records: [OutgoingRecord], at indexes: [Int], _ sender: RecordSender) -> [Int: KafkaError] {
        sender.deliver(records, at: indexes, upTo: self.configuration.transactionTimeout)
    }

    /// The places of records that are not among the published ones.
    ///
    /// A cycle that is tried again holds what the one before held, in its order, without what was dropped since.
    private func unpublished(_ records: [OutgoingRecord]) -> [Int] {
        var rest = self.published[...]
        return records.indices.filter { index in
            guard let match = rest.firstIndex(of: records[index]) else { return true }
            rest = rest[(match + 1)...]
            return false
        }
    }
}
