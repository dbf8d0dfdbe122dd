internal import CRdkafka
internal import Worker

/// One line of a list of partitions.
struct PartitionEntry: Equatable {
    var source: TopicPartition
    /// Nil for none.
    var offset: Int64?
    var metadata: String = ""
    var error: KafkaError?
}

/// A list of partitions as the library takes and fills it.
@safe final class PartitionList {
    /// The list's address, owned by this object.
    let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    /// - Throws: `_FAIL` when memory ran out.
    init(_ entries: [PartitionEntry]) throws(KafkaError) {
        // Safe: `deinit` owns it from here on.
        guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(entries.count)) else {
            throw KafkaError(name: "_FAIL", message: "no memory is left for a list of partitions")
        }
        // Safe: as above.
        unsafe self.list = list
        for entry in entries {
            // Safe: the list is alive and copies the name; what it returns points into it until the next is added.
            let line = unsafe rd_kafka_topic_partition_list_add(list, entry.source.topic, entry.source.partition)
            // Safe: as above.
            unsafe line?.pointee.offset = entry.offset ?? Int64(RD_KAFKA_OFFSET_INVALID)
            guard !entry.metadata.isEmpty else { continue }
            // Safe: as above; the list frees the copy, which is made with malloc.
            unsafe line?.pointee.metadata = unsafe UnsafeMutableRawPointer(strdup(entry.metadata))
            // Safe: as above.
            unsafe line?.pointee.metadata_size = entry.metadata.utf8.count
        }
    }

    convenience init(_ partitions: [TopicPartition]) throws(KafkaError) {
        try self.init(partitions.map { PartitionEntry(source: $0) })
    }

    deinit {
        // Safe: made in `init` and destroyed once.
        unsafe rd_kafka_topic_partition_list_destroy(self.list)
    }

    var entries: [PartitionEntry] {
        // Safe: the list is alive.
        unsafe Self.entries(of: self.list)
    }

    /// Copies the lines of a list that is alive.
    static func entries(of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> [PartitionEntry] {
        // Safe: the list has `cnt` lines, whose strings live as long as it does.
        let count = unsafe Int(list.pointee.cnt)
        return (0..<count).map { index in
            // Safe: as above.
            let line = unsafe list.pointee.elems[index]
            var metadata = ""
            // Safe: as above; metadata has the bytes that it says it has.
            if let start = unsafe line.metadata {
                // Safe: as above.
                let bytes = unsafe UnsafeRawBufferPointer(start: start, count: line.metadata_size)
                // Safe: as above.
                metadata = unsafe String(decoding: bytes, as: UTF8.self)
            }
            // Safe: as above.
            let (topic, partition, offset, code) = unsafe (line.topic, line.partition, line.offset, line.err)
            // Safe: as above.
            let name = unsafe topic.map { unsafe String(cString: $0) } ?? ""
            return PartitionEntry(
                source: TopicPartition(topic: name, partition: partition),
                offset: offset < 0 ? nil : offset,
                metadata: metadata,
                error: KafkaError(code)
            )
        }
    }
}
