internal import Worker

/// What a client reports on its main queue, for those that have nothing else there.
struct ClientEvents {
    private let queue: KafkaQueue
    private let log: ClientLog

    init(_ client: KafkaClient, log: ClientLog) throws(KafkaError) {
        self.queue = try client.mainQueue()
        self.log = log
    }

    /// Takes the errors reported since the last call, without waiting.
    func takeErrors() -> [KafkaError] {
        var errors: [KafkaError] = []
        while let event = self.queue.poll(upTo: .zero) {
            if event.kind == .logLine { self.log.write(event) }
            if event.kind == .error, let error = event.error { errors.append(error) }
        }
        return errors
    }
}
