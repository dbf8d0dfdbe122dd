internal import CRdkafka

extension KafkaClient {
    // Safe, all of these: the client is alive; requests and options are made, used and destroyed here, and the library
    // copies them; answers are copied before their event goes.

    /// Asks the controller to make topics, and returns what became of each.
    func createTopics(
        _ topics: [KafkaAdministration.Topic],
        upTo timeout: Duration
    ) throws(KafkaError) -> [String: KafkaError?] {
        // Safe: see above.
        var requests: [OpaquePointer?] = unsafe []
        // Safe: see above.
        defer { unsafe rd_kafka_NewTopic_destroy_array(&requests, requests.count) }
        for topic in topics {
            // Safe: see above.
            try unsafe requests.append(Self.newTopic(topic))
        }
        let answers = try KafkaQueue(self)
        // Safe: see above.
        let options = unsafe self.adminOptions(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout)
        // Safe: see above.
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        // Safe: see above.
        unsafe rd_kafka_CreateTopics(self.handle, &requests, requests.count, options, answers.queue)
        let event = try self.answer(on: answers, upTo: timeout)
        var results: [String: KafkaError?] = [:]
        var count = 0
        // Safe: see above.
        let result = unsafe rd_kafka_event_CreateTopics_result(event.event)
        // Safe: see above.
        let lines = unsafe result.flatMap { unsafe rd_kafka_CreateTopics_result_topics($0, &count) }
        for index in 0..<count {
            // Safe: see above; the answer has as many lines as it says.
            guard let line = unsafe lines?[index] else { continue }
            // Safe: see above.
            let (name, text) = unsafe (rd_kafka_topic_result_name(line), rd_kafka_topic_result_error_string(line))
            // Safe: see above.
            let message = unsafe text.map { unsafe String(cString: $0) }
            // Safe: see above.
            let error = KafkaError(unsafe rd_kafka_topic_result_error(line), message: message)
            // Safe: see above.
            results[unsafe name.map { unsafe String(cString: $0) } ?? ""] = .some(error)
        }
        return results
    }

    private static func newTopic(_ topic: KafkaAdministration.Topic) throws(KafkaError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        // Safe: see above; the library writes at most `count` bytes that end with a zero.
        let request = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe rd_kafka_NewTopic_new(
                topic.name,
                Int32(clamping: topic.partitions),
                Int32(clamping: topic.replicas ?? -1),
                text.baseAddress,
                text.count
            )
        }
        guard let request = unsafe request else {
            let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw KafkaError(name: "_INVALID_ARG", message: "topic `\(topic.name)`: \(reason)")
        }
        for (name, value) in topic.properties.sorted(by: { $0.key < $1.key }) {
            // Safe: see above.
            _ = unsafe rd_kafka_NewTopic_set_config(request, name, value)
        }
        return unsafe request
    }

    /// Asks for the properties of topics; a topic that is not there is absent from the answer.
    func topicProperties(
        _ names: [String],
        upTo timeout: Duration
    ) throws(KafkaError) -> [String: [String: String]] {
        var requests: [OpaquePointer?] = unsafe names.map {
            unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0)
        }
        // Safe: see above.
        defer { unsafe rd_kafka_ConfigResource_destroy_array(&requests, requests.count) }
        let answers = try KafkaQueue(self)
        // Safe: see above.
        let options = unsafe self.adminOptions(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout)
        // Safe: see above.
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        // Safe: see above.
        unsafe rd_kafka_DescribeConfigs(self.handle, &requests, requests.count, options, answers.queue)
        let event = try self.answer(on: answers, upTo: timeout)
        var properties: [String: [String: String]] = [:]
        var count = 0
        // Safe: see above.
        let result = unsafe rd_kafka_event_DescribeConfigs_result(event.event)
        // Safe: see above.
        let resources = unsafe result.flatMap { unsafe rd_kafka_DescribeConfigs_result_resources($0, &count) }
        for index in 0..<count {
            // Safe: see above; the answer has as many resources as it says.
            guard let resource = unsafe resources?[index] else { continue }
            // Safe: see above.
            let name = unsafe rd_kafka_ConfigResource_name(resource).map { unsafe String(cString: $0) } ?? ""
            // Safe: see above.
            if let error = KafkaError(unsafe rd_kafka_ConfigResource_error(resource)) {
                if error.name == "UNKNOWN_TOPIC_OR_PART" { continue }
                throw error.during("topic `\(name)`")
            }
            // Safe: see above.
            properties[name] = unsafe Self.entries(of: resource)
        }
        return properties
    }

    private static func entries(of resource: OpaquePointer) -> [String: String] {
        var count = 0
        // Safe: see above; the resource has as many entries as it says.
        let entries = unsafe rd_kafka_ConfigResource_configs(resource, &count)
        var properties: [String: String] = [:]
        for index in 0..<count {
            // Safe: see above.
            guard let entry = unsafe entries?[index] else { continue }
            // Safe: see above; an entry that is secret has no value.
            let (name, value) = unsafe (rd_kafka_ConfigEntry_name(entry), rd_kafka_ConfigEntry_value(entry))
            // Safe: see above.
            guard let name = unsafe name, let value = unsafe value else { continue }
            // Safe: see above.
            properties[unsafe String(cString: name)] = unsafe String(cString: value)
        }
        return properties
    }

    func adminOptions(_ operation: rd_kafka_admin_op_t, _ timeout: Duration) -> OpaquePointer? {
        // Safe: see above; the caller destroys the options.
        let options = unsafe rd_kafka_AdminOptions_new(self.handle, operation)
        // Safe: see above; a time-out that is refused leaves the library's own.
        _ = unsafe rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, nil, 0)
        return unsafe options
    }

    func answer(on queue: KafkaQueue, upTo timeout: Duration) throws(KafkaError) -> KafkaEvent {
        // The library's own time-out comes first and says more.
        guard let event = queue.poll(upTo: timeout + .seconds(5)) else {
            throw KafkaError(name: "_TIMED_OUT", message: "no answer to an administrative request within \(timeout)")
        }
        if let error = event.error { throw error }
        return event
    }
}
