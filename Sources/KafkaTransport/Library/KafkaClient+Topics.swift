internal import CRdkafka

/// What the cluster says about a topic.
struct TopicMetadata {
    var name: String
    /// In ascending order; empty where the topic has an error.
    var partitions: [Int32]
    /// How many replicas the first partition has.
    var replicas: Int
    var error: KafkaError?

    /// Whether the topic is not there.
    var isMissing: Bool { ["UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC"].contains(self.error?.name) }
}

extension KafkaClient {
    /// Asks a broker about one topic.
    ///
    /// - Throws: `_TRANSPORT`, `_TIMED_OUT` and the like when no broker answers. What is wrong with the topic is in the
    ///   result.
    func metadata(of topic: String, upTo timeout: Duration) throws(KafkaError) -> TopicMetadata {
        // Safe: the client is alive; the topic object is destroyed below.
        guard let handle = unsafe rd_kafka_topic_new(self.handle, topic, nil) else {
            throw KafkaError(name: "TOPIC_EXCEPTION", message: "`\(topic)` cannot be the name of a topic")
        }
        // Safe: as above.
        defer { unsafe rd_kafka_topic_destroy(handle) }
        // Safe: as above.
        let topics = try unsafe self.metadata(only: handle, upTo: timeout)
        return topics.first { $0.name == topic }
            ?? TopicMetadata(name: topic, partitions: [], replicas: 0, error: Self.unknownTopic)
    }

    /// Asks a broker about every topic.
    func metadataOfAllTopics(upTo timeout: Duration) throws(KafkaError) -> [TopicMetadata] {
        // Safe: no topic is given.
        try unsafe self.metadata(only: nil, upTo: timeout)
    }

    private static let unknownTopic = KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)

    private func metadata(only topic: OpaquePointer?, upTo timeout: Duration) throws(KafkaError) -> [TopicMetadata] {
        var answer: UnsafePointer<rd_kafka_metadata_t>?
        // Safe: client and topic are alive; the answer is destroyed below.
        let code = unsafe rd_kafka_metadata(self.handle, topic == nil ? 1 : 0, topic, &answer, timeout.milliseconds)
        if let error = KafkaError(code) { throw error }
        // Safe: as above.
        guard let answer = unsafe answer else { return [] }
        // Safe: as above.
        defer { unsafe rd_kafka_metadata_destroy(answer) }
        // Safe: the answer has as many topics as it says, and each as many partitions; strings are copied.
        return unsafe (0..<Int(answer.pointee.topic_cnt)).map { index in
            let topic = unsafe answer.pointee.topics[index]
            let partitions = unsafe (0..<Int(topic.partition_cnt)).map { unsafe topic.partitions[$0] }
            return TopicMetadata(
                name: unsafe topic.topic.map { unsafe String(cString: $0) } ?? "",
                partitions: unsafe partitions.map { unsafe $0.id }.sorted(),
                replicas: unsafe Int(partitions.first?.replica_cnt ?? 0),
                error: KafkaError(unsafe topic.err)
            )
        }
    }
}
