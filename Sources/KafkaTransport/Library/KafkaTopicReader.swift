internal import CRdkafka

/// Reads partitions of one topic without any group.
///
/// This is the library's simple consumer: what is read comes to one queue, and nothing is committed or looked up
/// elsewhere.
@safe final class KafkaTopicReader: @unchecked Sendable {
    // `@unchecked`: one thread at a time uses it. `@safe`: the address never leaves this class.

    let client: KafkaClient
    let queue: KafkaQueue
    /// The address of an `rd_kafka_topic_t`.
    private let topic: OpaquePointer
    private var reading: Set<Int32> = []

    init(_ client: KafkaClient, topic name: String) throws(KafkaError) {
        self.client = client
        self.queue = try KafkaQueue(client)
        // Safe: the client is alive; `deinit` destroys the topic.
        guard let topic = unsafe rd_kafka_topic_new(client.handle, name, nil) else {
            throw KafkaError(name: "TOPIC_EXCEPTION", message: "`\(name)` cannot be the name of a topic")
        }
        // Safe: as above.
        unsafe self.topic = topic
    }

    deinit {
        // Safe: made in `init`, destroyed once, and its partitions are no longer read.
        for partition in self.reading { unsafe rd_kafka_consume_stop(self.topic, partition) }
        // Safe: as above.
        unsafe rd_kafka_topic_destroy(self.topic)
    }

    /// Begins to read a partition; the library's logical offsets are allowed.
    func start(_ partition: Int32, at offset: Int64) throws(KafkaError) {
        // Safe: topic and queue are alive until the partition is stopped.
        if unsafe rd_kafka_consume_start_queue(self.topic, partition, offset, self.queue.queue) == 0 {
            self.reading.insert(partition)
        } else if let error = KafkaError(rd_kafka_last_error()) {
            // The code belongs to this thread, and nothing was called in between.
            throw error.during("reading partition \(partition)")
        }
    }

    func stop(_ partition: Int32) {
        guard self.reading.remove(partition) != nil else { return }
        // Safe: the topic is alive and the partition was started.
        _ = unsafe rd_kafka_consume_stop(self.topic, partition)
    }

    static let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING)
    static let end = Int64(RD_KAFKA_OFFSET_END)
}
