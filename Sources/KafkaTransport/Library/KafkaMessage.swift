internal import CRdkafka
internal import Worker

/// Copies what the library's messages hold.
enum KafkaMessage {
    /// Tags travel where the library keeps an address; no tag may be the null address.
    static let firstTag = 1

    // Safe, all of these: `message` belongs to an event that is alive, everything is copied, and a message has the
    // bytes that it says it has.

    static func source(of message: UnsafePointer<rd_kafka_message_t>, topic: String?) -> TopicPartition {
        // Safe: see above.
        let partition = unsafe message.pointee.partition
        if let topic { return TopicPartition(topic: topic, partition: partition) }
        // Safe: see above; a message keeps its topic alive.
        guard let handle = unsafe message.pointee.rkt, let name = unsafe rd_kafka_topic_name(handle) else {
            return TopicPartition(topic: "", partition: partition)
        }
        // Safe: see above.
        return TopicPartition(topic: unsafe String(cString: name), partition: partition)
    }

    static func error(of message: UnsafePointer<rd_kafka_message_t>) -> KafkaError? {
        // Safe: see above.
        let (code, offset) = unsafe (message.pointee.err, message.pointee.offset)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        // Safe: see above.
        let text = unsafe rd_kafka_message_errstr(message)
        // Safe: see above.
        return KafkaError(code, message: unsafe text.map { unsafe String(cString: $0) } ?? "at offset \(offset)")
    }

    static func record(of message: UnsafePointer<rd_kafka_message_t>, source: TopicPartition) -> ConsumedRecord {
        // Safe: see above.
        let (key, value) = unsafe (
            Self.bytes(message.pointee.key, message.pointee.key_len),
            Self.bytes(message.pointee.payload, message.pointee.len)
        )
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        // Safe: see above.
        let timestamp = unsafe rd_kafka_message_timestamp(message, &type)
        return ConsumedRecord(
            source: source,
            // Safe: see above.
            offset: unsafe message.pointee.offset,
            timestampMs: type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? nil : timestamp,
            key: key,
            value: value,
            // Safe: see above.
            headers: unsafe Self.headers(of: message)
        )
    }

    private static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> [RecordHeader] {
        var list: OpaquePointer?
        // Safe: see above; the message owns its headers.
        guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR else { return [] }
        var headers: [RecordHeader] = []
        // Safe: see above.
        headers.reserveCapacity(unsafe rd_kafka_header_cnt(list))
        var (name, value, count): (UnsafePointer<CChar>?, UnsafeRawPointer?, Int) = (nil, nil, 0)
        // Safe: see above; the index runs to the first that is not there.
        while unsafe rd_kafka_header_get_all(list, headers.count, &name, &value, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            // Safe: see above.
            let bytes = unsafe Self.bytes(value, count)
            // Safe: see above.
            headers.append(RecordHeader(name: unsafe name.map { unsafe String(cString: $0) } ?? "", value: bytes))
        }
        return headers
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        // Safe: see above. Kafka's null is a null pointer; an empty value is not.
        guard let start = unsafe start else { return nil }
        // Safe: see above.
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
