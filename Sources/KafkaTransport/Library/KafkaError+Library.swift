internal import CRdkafka

extension KafkaError {
    /// Nil for a code that says success.
    init?(_ code: rd_kafka_resp_err_t, message: String? = nil, isFatal: Bool = false) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        // Safe: both return strings that live as long as the library.
        let (name, text) = unsafe (rd_kafka_err2name(code), rd_kafka_err2str(code))
        // Safe: as above.
        let known = unsafe (name.map { unsafe String(cString: $0) }, text.map { unsafe String(cString: $0) })
        self.init(
            name: known.0 ?? "ERR_\(code.rawValue)",
            message: message ?? known.1 ?? "error \(code.rawValue)",
            isFatal: isFatal
        )
    }

    /// Takes over an error object; nil for a null one, which says success.
    init?(taking error: OpaquePointer?) {
        // Safe: `OpaquePointer` is only compared here.
        guard let error = unsafe error else { return nil }
        // Safe: the caller gives the object away; strings are copied before it is destroyed, once.
        let (name, text) = unsafe (rd_kafka_error_name(error), rd_kafka_error_string(error))
        // Safe: as above.
        let known = unsafe (name.map { unsafe String(cString: $0) }, text.map { unsafe String(cString: $0) })
        self.init(
            name: known.0 ?? "unknown",
            message: known.1 ?? "no text",
            // Safe: as above.
            isFatal: unsafe rd_kafka_error_is_fatal(error) != 0,
            // Safe: as above.
            isRetriable: unsafe rd_kafka_error_is_retriable(error) != 0,
            // Safe: as above.
            requiresAbort: unsafe rd_kafka_error_txn_requires_abort(error) != 0
        )
        // Safe: as above.
        unsafe rd_kafka_error_destroy(error)
    }
}
