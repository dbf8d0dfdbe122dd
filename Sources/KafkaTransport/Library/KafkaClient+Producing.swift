internal import CRdkafka
internal import Worker

extension KafkaClient {
    /// Hands one record to the library, which sends it in the background and reports on the main queue.
    ///
    /// The tag, at least zero, comes back with the report.
    ///
    /// - Throws: What the library says at once: `_QUEUE_FULL`, `MSG_SIZE_TOO_LARGE`, `_UNKNOWN_TOPIC`, …
    func produce(_ record: OutgoingRecord, tag: Int) throws(KafkaError) {
        // Safe: the list is given away below, or destroyed where the library does not take it.
        let headers = unsafe Self.headers(of: record)
        // Safe: the library copies key and value; the tag is only ever read back as a number.
        let error = unsafe Self.withBytes(record.key) { key, keyCount in
            unsafe Self.withBytes(record.value) { value, valueCount in
                unsafe dure_kafka_produce(
                    self.handle,
                    record.topic,
                    key,
                    keyCount,
                    value,
                    valueCount,
                    headers,
                    UnsafeMutableRawPointer(bitPattern: tag + KafkaMessage.firstTag)
                )
            }
        }
        // Safe: `KafkaError` destroys the object.
        guard let error = unsafe KafkaError(taking: error) else { return }
        // Safe: the library has not taken it.
        if let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
        throw error
    }

    /// A list of the record's headers, owned by the caller; nil where it has none.
    private static func headers(of record: OutgoingRecord) -> OpaquePointer? {
        guard !record.headers.isEmpty else { return nil }
        // Safe: the caller owns the list.
        let list = unsafe rd_kafka_headers_new(record.headers.count)
        for header in record.headers {
            let nameCount = header.name.utf8.count
            // Safe: the library copies name and value.
            _ = unsafe Self.withBytes(header.value) { value, count in
                unsafe rd_kafka_header_add(list, header.name, nameCount, value, count)
            }
        }
        return unsafe list
    }

    /// Calls `body` with a null address for nil, and with one that is not null for anything else.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: (UnsafeRawPointer?, Int) -> Result
    ) -> Result {
        guard let bytes else { return body(nil, 0) }
        guard !bytes.isEmpty else {
            var nothing: UInt8 = 0
            // Safe: no byte is read through it.
            return unsafe body(&nothing, 0)
        }
        // Safe: the array lives through the call.
        return unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
    }

    /// Records and requests that have not come to an end, and events that nobody has taken.
    var outstanding: Int {
        // Safe: the client is alive.
        unsafe Int(rd_kafka_outq_len(self.handle))
    }

    /// Drops what has not been sent; each record is still reported.
    func purge() {
        // Safe: the client is alive.
        _ = unsafe rd_kafka_purge(self.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING)
    }

    // MARK: Transactions

    func initTransactions(upTo timeout: Duration) throws(KafkaError) {
        // Safe: the client is alive; `KafkaError` destroys the object.
        if let error = unsafe KafkaError(taking: rd_kafka_init_transactions(self.handle, timeout.milliseconds)) {
            throw error
        }
    }

    func beginTransaction() throws(KafkaError) {
        // Safe: as above.
        if let error = unsafe KafkaError(taking: rd_kafka_begin_transaction(self.handle)) { throw error }
    }

    func sendOffsets(_ list: PartitionList, _ group: GroupMetadata, upTo timeout: Duration) throws(KafkaError) {
        // Safe: client, list and metadata are alive, and the library copies what it keeps.
        let error = unsafe rd_kafka_send_offsets_to_transaction(
            self.handle,
            list.list,
            group.metadata,
            timeout.milliseconds
        )
        // Safe: `KafkaError` destroys the object.
        if let error = unsafe KafkaError(taking: error) { throw error }
    }

    /// Commits; after a time-out, only the same call again, or another producer, says how that ended.
    ///
    /// The time-out is a number because the library's own, "what remains of the transaction", does not end while a
    /// broker is silent.
    func commitTransaction(upTo timeout: Duration) throws(KafkaError) {
        let milliseconds = timeout.milliseconds
        // Safe: as above.
        if let error = unsafe KafkaError(taking: rd_kafka_commit_transaction(self.handle, milliseconds)) { throw error }
    }

    func abortTransaction(upTo timeout: Duration) throws(KafkaError) {
        let milliseconds = timeout.milliseconds
        // Safe: as above.
        if let error = unsafe KafkaError(taking: rd_kafka_abort_transaction(self.handle, milliseconds)) { throw error }
    }
}

/// Who this process was in its group at one moment.
///
/// A commit that carries it is refused once that moment's generation is over.
@safe final class GroupMetadata: @unchecked Sendable {
    // `@unchecked`: nothing changes it after `init`. `@safe`: the address is used only while this object is alive.

    /// The address of an `rd_kafka_consumer_group_metadata_t`.
    let metadata: OpaquePointer

    /// - Parameter metadata: Owned by this object from here on; nil makes nil.
    init?(taking metadata: OpaquePointer?) {
        // Safe: `OpaquePointer` is only compared here; `deinit` destroys it.
        guard let metadata = unsafe metadata else { return nil }
        // Safe: as above.
        unsafe self.metadata = metadata
    }

    deinit {
        // Safe: owned by this object and destroyed once.
        unsafe rd_kafka_consumer_group_metadata_destroy(self.metadata)
    }
}
