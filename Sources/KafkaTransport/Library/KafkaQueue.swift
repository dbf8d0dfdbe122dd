internal import CRdkafka

/// One of a client's queues of events.
@safe final class KafkaQueue: @unchecked Sendable {
    // `@unchecked`: librdkafka documents its queues as safe from any thread. `@safe`: the address is used only by
    // wrappers of this folder, which keep this object alive.

    let client: KafkaClient
    /// The address of an `rd_kafka_queue_t`.
    let queue: OpaquePointer

    /// Takes over a reference to a queue, which this object destroys; nil is an error.
    init(_ client: KafkaClient, taking queue: OpaquePointer?) throws(KafkaError) {
        // Safe: `OpaquePointer` is only compared here; `deinit` owns the reference from here on.
        guard let queue = unsafe queue else {
            throw KafkaError(name: "_FAIL", message: "the Kafka client has no such queue")
        }
        self.client = client
        // Safe: as above.
        unsafe self.queue = queue
    }

    /// A queue of its own, to which nothing comes but what is asked for.
    convenience init(_ client: KafkaClient) throws(KafkaError) {
        // Safe: the client is alive, and this object destroys the reference.
        try unsafe self.init(client, taking: rd_kafka_queue_new(client.handle))
    }

    deinit {
        // Safe: this object owns one reference and holds the client that the queue belongs to.
        unsafe rd_kafka_queue_destroy(self.queue)
    }

    /// The next event, which may be waited for.
    func poll(upTo timeout: Duration) -> KafkaEvent? {
        // Safe: queue and client are alive; the event object destroys what is returned.
        guard let event = unsafe rd_kafka_queue_poll(self.queue, timeout.milliseconds) else { return nil }
        // Safe: as above.
        return unsafe KafkaEvent(taking: event)
    }

    /// Raises `signal` whenever this queue gets something while it is empty; nil ends that.
    func raises(_ signal: WakeSignal?) {
        var payload = WakeSignal.payload
        // Safe: the library copies the payload. Whoever owns both ends this before the signal closes its descriptor.
        unsafe rd_kafka_queue_io_event_enable(self.queue, signal?.descriptor ?? -1, &payload, MemoryLayout<UInt64>.size)
    }

    /// Keeps what arrives here from being passed on to the consumer's common queue.
    func stopForwarding() {
        // Safe: the queue is alive; no destination means that there is none.
        unsafe rd_kafka_queue_forward(self.queue, nil)
    }
}
