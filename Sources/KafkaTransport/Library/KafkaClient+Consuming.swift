internal import CRdkafka
internal import Foundation
internal import Worker

extension KafkaClient {
    // Safe, all of these: the client is alive, and the library copies names and lists that it keeps.

    func consumerQueue() throws(KafkaError) -> KafkaQueue {
        // Safe: the queue object destroys the reference.
        try unsafe KafkaQueue(self, taking: rd_kafka_queue_get_consumer(self.handle))
    }

    /// The queue of one partition's records, also before it is assigned.
    func queue(of partition: TopicPartition) throws(KafkaError) -> KafkaQueue {
        // Safe: as above.
        try unsafe KafkaQueue(
            self,
            taking: rd_kafka_queue_get_partition(self.handle, partition.topic, partition.partition)
        )
    }

    func subscribe(to topic: String) throws(KafkaError) {
        let list = try PartitionList([TopicPartition(topic: topic, partition: RD_KAFKA_PARTITION_UA)])
        // Safe: see above.
        if let error = KafkaError(unsafe rd_kafka_subscribe(self.handle, list.list)) { throw error }
    }

    // MARK: The group

    /// Whether the group's members keep what they have while partitions move.
    var isCooperative: Bool {
        // Safe: see above; the string lives as long as the library.
        guard let name = unsafe rd_kafka_rebalance_protocol(self.handle) else { return false }
        // Safe: as above.
        return unsafe String(cString: name) == "COOPERATIVE"
    }

    /// Whether the group has given the assignment to others already.
    var isAssignmentLost: Bool {
        // Safe: see above.
        unsafe rd_kafka_assignment_lost(self.handle) != 0
    }

    /// This member's id; nil while the group does not know this process.
    var memberID: String? {
        // Safe: see above; the string is copied and freed with the library's own call.
        guard let id = unsafe rd_kafka_memberid(self.handle) else { return nil }
        // Safe: as above.
        defer { unsafe rd_kafka_mem_free(self.handle, id) }
        // Safe: as above.
        let text = unsafe String(cString: id)
        return text.isEmpty ? nil : text
    }

    /// Who this process is in its group now; nil while the group does not know it.
    ///
    /// Metadata without a member id would pass a broker's check for anybody, so that it is never made.
    func groupMetadata() -> GroupMetadata? {
        guard let member = self.memberID else { return nil }
        // Safe: the metadata object owns what is returned.
        let metadata = unsafe GroupMetadata(taking: rd_kafka_consumer_group_metadata(self.handle))
        // The group may have removed this member in between; it cannot join again before a rebalance is answered.
        return self.memberID == member ? metadata : nil
    }

    /// Takes exactly `list`; nil takes nothing any more.
    func assign(_ list: PartitionList?) throws(KafkaError) {
        // Safe: see above.
        let code =
            if let list { unsafe rd_kafka_assign(self.handle, list.list) } else {
                unsafe rd_kafka_assign(self.handle, nil)
            }
        if let error = KafkaError(code) { throw error }
    }

    /// Takes `list` in addition.
    func assignMore(_ list: PartitionList) throws(KafkaError) {
        // Safe: see above; `KafkaError` destroys the object.
        if let error = unsafe KafkaError(taking: rd_kafka_incremental_assign(self.handle, list.list)) { throw error }
    }

    /// Gives `list` back and keeps the rest.
    func unassign(_ list: PartitionList) throws(KafkaError) {
        // Safe: as above.
        if let error = unsafe KafkaError(taking: rd_kafka_incremental_unassign(self.handle, list.list)) { throw error }
    }

    // MARK: Offsets

    /// Fills in what is committed for each line.
    func readCommitted(into list: PartitionList, upTo timeout: Duration) throws(KafkaError) {
        // Safe: see above; the library fills the list.
        let code = unsafe rd_kafka_committed(self.handle, list.list, timeout.milliseconds)
        if let error = KafkaError(code) { throw error }
    }

    /// Begins to commit; the end comes as an event on `queue`.
    func commit(_ list: PartitionList, reportingTo queue: KafkaQueue) throws(KafkaError) {
        // Safe: see above; without a callback the result is an event.
        let code = unsafe rd_kafka_commit_queue(self.handle, list.list, queue.queue, nil, nil)
        if let error = KafkaError(code) { throw error }
    }

    /// Asks the leader where a partition's log begins and ends; for a read_committed client, what it may read.
    ///
    /// Asks again until `timeout` is over while nobody can say: after a broker was away, the library for a moment knows neither the
    /// partition nor its leader. `rd_kafka_query_watermark_offsets` would do for both ends at once, but where the answer
    /// for one of them is an error, it reports the other end twice: a log that looks empty.
    func logOffsets(
        of partition: TopicPartition,
        upTo timeout: Duration
    ) throws(KafkaError) -> Range<Int64> {
        let deadline = Deadline(after: timeout)
        while true {
            do throws(KafkaError) {
                let low = try self.offset(of: partition, at: .beginning, upTo: deadline.remaining)
                let high = try self.offset(of: partition, at: .end, upTo: deadline.remaining)
                return low..<max(low, high)
            } catch {
                guard !error.needsOperator, !error.isFatal, !deadline.hasPassed else { throw error }
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    /// Times that stand for an end of a log in Kafka's ListOffsets request.
    private enum LogEnd: Int64 {
        case beginning = -2
        case end = -1
    }

    private func offset(
        of partition: TopicPartition,
        at end: LogEnd,
        upTo timeout: Duration
    ) throws(KafkaError) -> Int64 {
        let list = try PartitionList([PartitionEntry(source: partition, offset: end.rawValue)])
        // Safe: see above; the library fills the list.
        let code = unsafe rd_kafka_offsets_for_times(self.handle, list.list, timeout.milliseconds)
        if let error = KafkaError(code) { throw error }
        guard let entry = list.entries.first else { throw KafkaError(name: "_FAIL", message: "no offset came") }
        if let error = entry.error { throw error }
        guard let offset = entry.offset else {
            throw KafkaError(name: "_NO_OFFSET", message: "partition \(partition): no offset came")
        }
        return offset
    }

    /// Where a partition's log ended when it was last read; nil while it was not.
    func lastSeenEnd(of partition: TopicPartition) -> Int64? {
        var (low, high): (Int64, Int64) = (0, 0)
        // Safe: see above; both numbers are written.
        let code = unsafe rd_kafka_get_watermark_offsets(
            self.handle,
            partition.topic,
            partition.partition,
            &low,
            &high
        )
        return code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    // MARK: The end

    /// Begins to leave the group; rebalances come on `queue` and have to be answered until ``isClosed``.
    func beginClosing(_ queue: KafkaQueue) throws(KafkaError) {
        // Safe: see above; `KafkaError` destroys the object.
        if let error = unsafe KafkaError(taking: rd_kafka_consumer_close_queue(self.handle, queue.queue)) {
            throw error
        }
    }

    var isClosed: Bool {
        // Safe: see above.
        unsafe rd_kafka_consumer_closed(self.handle) != 0
    }
}
