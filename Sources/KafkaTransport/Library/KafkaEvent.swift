internal import CRdkafka
internal import Worker

/// One event of a queue.
///
/// It cannot be copied, and what it refers to lives as long as it does.
@safe struct KafkaEvent: ~Copyable {
    enum Kind {
        case records
        case deliveryReports
        case rebalance
        case offsetCommit
        case error
        case logLine
        /// The answer to an administrative request, or something that Dure did not ask for.
        case other
    }

    /// The address of an `rd_kafka_event_t`.
    let event: OpaquePointer

    /// - Parameter event: Owned by this value from here on.
    init(taking event: OpaquePointer) {
        // Safe: `deinit` destroys it.
        unsafe self.event = event
    }

    deinit {
        // Safe: this value owns the event and cannot be copied.
        unsafe rd_kafka_event_destroy(self.event)
    }

    var kind: Kind {
        // Safe: the event is alive.
        switch unsafe rd_kafka_event_type(self.event) {
        case RD_KAFKA_EVENT_FETCH: .records
        case RD_KAFKA_EVENT_DR: .deliveryReports
        case RD_KAFKA_EVENT_REBALANCE: .rebalance
        case RD_KAFKA_EVENT_OFFSET_COMMIT: .offsetCommit
        case RD_KAFKA_EVENT_ERROR: .error
        case RD_KAFKA_EVENT_LOG: .logLine
        default: .other
        }
    }

    /// The error that the event carries; nil where it carries none.
    var error: KafkaError? {
        // Safe: the event is alive and owns the text, which is copied.
        let text = unsafe rd_kafka_event_error_string(self.event)
        // Safe: as above.
        let message = unsafe text.map { unsafe String(cString: $0) }
        // Safe: as above.
        let (code, isFatal) = unsafe (rd_kafka_event_error(self.event), rd_kafka_event_error_is_fatal(self.event) != 0)
        return KafkaError(code, message: message, isFatal: isFatal)
    }

    /// Whether a rebalance gives partitions rather than taking them.
    var isAssignment: Bool {
        // Safe: the event is alive.
        unsafe rd_kafka_event_error(self.event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
    }

    /// The partitions of a rebalance or of an offset commit.
    var partitions: [PartitionEntry] {
        // Safe: the event is alive and owns the list, whose entries are copied.
        guard let list = unsafe rd_kafka_event_topic_partition_list(self.event) else { return [] }
        // Safe: as above.
        return unsafe PartitionList.entries(of: list)
    }

    /// A line that the library logs: how much it matters as in syslog, which facility says it, and what.
    var logLine: (severity: Int32, facility: String, text: String)? {
        var (facility, text): (UnsafePointer<CChar>?, UnsafePointer<CChar>?) = (nil, nil)
        var severity: Int32 = 0
        // Safe: the event is alive and owns both strings, which are copied.
        guard unsafe rd_kafka_event_log(self.event, &facility, &text, &severity) == 0 else { return nil }
        // Safe: as above.
        guard let facility = unsafe facility, let text = unsafe text else { return nil }
        // Safe: as above.
        return unsafe (severity, String(cString: facility), String(cString: text))
    }

    /// What an error says about the reading of one partition; nil for an error of the client.
    var failure: RecordFailure? {
        guard let error = self.error else { return nil }
        // Safe: the event is alive; what is returned is copied and destroyed here.
        guard let place = unsafe rd_kafka_event_topic_partition(self.event) else { return nil }
        // Safe: as above.
        defer { unsafe rd_kafka_topic_partition_destroy(place) }
        // Safe: as above.
        guard let topic = unsafe place.pointee.topic else { return nil }
        // Safe: as above.
        let (name, partition, offset) = unsafe (String(cString: topic), place.pointee.partition, place.pointee.offset)
        let source = TopicPartition(topic: name, partition: partition)
        return RecordFailure(source: source, offset: offset, error: error)
    }

    /// Takes the records out of the event.
    ///
    /// Where the reader knows the topic's name it says so: reading it from each record costs a little.
    func takeRecords(topic: String? = nil, _ body: (ConsumedRecord) -> Void) {
        // Safe: the event is alive and owns its messages, which are copied.
        while let message = unsafe rd_kafka_event_message_next(self.event) {
            // Safe: as above.
            let source = unsafe KafkaMessage.source(of: message, topic: topic)
            // Safe: as above.
            body(unsafe KafkaMessage.record(of: message, source: source))
        }
    }

    /// Takes the delivery reports out of the event.
    func takeReports(_ body: (ProducedRecord) -> Void) {
        // Safe: the event is alive and owns its messages; the tag is a number that was never an address.
        while let message = unsafe rd_kafka_event_message_next(self.event) {
            // Safe: as above.
            let tag = unsafe Int(bitPattern: message.pointee._private) - KafkaMessage.firstTag
            // Safe: as above.
            let (partition, offset) = unsafe (message.pointee.partition, message.pointee.offset)
            // Safe: as above.
            let error = unsafe KafkaMessage.error(of: message)
            body(ProducedRecord(tag: tag, partition: partition, offset: offset, error: error))
        }
    }
}

/// What happened to one record that was produced.
struct ProducedRecord {
    var tag: Int
    var partition: Int32
    /// -1 where it is not known.
    var offset: Int64
    var error: KafkaError?
}

/// Why a partition could not be read further, or that its end is reached.
struct RecordFailure {
    var source: TopicPartition
    var offset: Int64
    var error: KafkaError

    /// There is nothing more to read for now; `offset` is the next one.
    var isEnd: Bool { self.error.name == "_PARTITION_EOF" }
}
