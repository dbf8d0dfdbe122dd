internal import CRdkafka
internal import Foundation

/// One librdkafka client: a consumer or a producer.
///
/// Everything that comes from it arrives as an event on a queue; no code of ours runs on its threads.
@safe final class KafkaClient: @unchecked Sendable {
    // `@unchecked`: librdkafka documents its handle as safe from any thread. `@safe`: the address is used only by
    // wrappers of this folder, which keep this object alive.

    enum Role {
        case consumer
        case producer
    }

    /// The address of an `rd_kafka_t`.
    let handle: OpaquePointer

    /// - Throws: What the library says against the properties, or that it could not start its threads.
    init(_ role: Role, _ properties: KafkaProperties) throws(KafkaError) {
        var properties = properties
        properties["log.queue"] = "true"
        // Safe: the library owns the configuration once it has made a client of it; otherwise it is destroyed here.
        let handle = try unsafe properties.withConfiguration { (configuration) throws(KafkaError) -> OpaquePointer in
            unsafe rd_kafka_conf_set_events(configuration, Self.events)
            var text = [CChar](repeating: 0, count: 512)
            let type = role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
            let made = unsafe text.withUnsafeMutableBufferPointer { text in
                unsafe rd_kafka_new(type, configuration, text.baseAddress, text.count)
            }
            guard let made = unsafe made else {
                unsafe rd_kafka_conf_destroy(configuration)
                let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                throw KafkaError(name: "_INVALID_ARG", message: reason)
            }
            return unsafe made
        }
        // Safe: `deinit` owns it from here on.
        unsafe self.handle = handle
        // Safe: the client is alive. Log lines go to its main queue, and a consumer's main queue to its consumer queue.
        _ = unsafe rd_kafka_set_log_queue(handle, nil)
        if role == .consumer {
            // Safe: as above.
            _ = unsafe rd_kafka_poll_set_consumer(handle)
        }
        if properties["sasl.mechanism"] == "OAUTHBEARER" || properties["sasl.mechanisms"] == "OAUTHBEARER" {
            // Safe: as above. Tokens are then fetched by the library's own thread, also while nobody polls.
            _ = unsafe KafkaError(taking: rd_kafka_sasl_background_callbacks_enable(handle))
        }
    }

    private static let events =
        RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_REBALANCE
        | RD_KAFKA_EVENT_OFFSET_COMMIT

    deinit {
        // Safe: made in `init` and destroyed once; every wrapper that uses it holds this object. A consumer that has
        // to leave its group has been closed before: here that could wait for ever.
        unsafe rd_kafka_destroy_flags(self.handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// Where everything arrives that has no queue of its own.
    func mainQueue() throws(KafkaError) -> KafkaQueue {
        // Safe: the client is alive, and the queue object destroys the reference.
        try unsafe KafkaQueue(self, taking: rd_kafka_queue_get_main(self.handle))
    }

    /// Why this client cannot be used any more; nil while it can.
    var fatalError: KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        // Safe: the client is alive; the library writes at most `count` bytes that end with a zero.
        let code = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe rd_kafka_fatal_error(self.handle, text.baseAddress, text.count)
        }
        let message = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return KafkaError(code, message: message, isFatal: true)
    }

    /// The cluster's id; nil when no broker says it in time.
    func clusterID(upTo timeout: Duration) -> String? {
        // Safe: the client is alive; the string is copied and freed with the library's own call.
        guard let id = unsafe rd_kafka_clusterid(self.handle, timeout.milliseconds) else { return nil }
        // Safe: as above.
        defer { unsafe rd_kafka_mem_free(self.handle, id) }
        // Safe: as above.
        return unsafe String(cString: id)
    }
}

/// Ends something that may hang, on a thread of its own, and waits for it.
///
/// - Returns: False when it did not end in time; the thread is left to it then.
@discardableResult func endsWithin(_ limit: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        body()
        done.signal()
    }
    thread.name = "kafka-close"
    thread.start()
    return done.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds))) == .success
}
