internal import Worker

/// Runs commit cycles, one at a time, on the Kafka thread.
protocol CycleCommitter: AnyObject {
    /// Gets ready; waits for brokers up to `timeout`.
    func start(upTo timeout: Duration) throws(KafkaError)

    func commit(_ cycle: CommitCycle, by consumer: GroupConsumer) -> CommitOutcome

    /// Takes what the producer has reported since.
    func takeErrors() -> [KafkaError]

    /// Gives up what is under way.
    func close()
}

extension CommitOutcome {
    static func rejected(_ refused: [Int: KafkaError]) -> CommitOutcome {
        let records = refused.sorted { $0.key < $1.key }
        return .rejected(records.map { RejectedRecord(index: $0.key, reason: TransportError($0.value)) })
    }
}
