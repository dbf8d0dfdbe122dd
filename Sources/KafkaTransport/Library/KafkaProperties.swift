internal import CRdkafka

/// The properties of one librdkafka client.
struct KafkaProperties {
    private var values: [String: String] = [:]

    init(_ values: [String: String] = [:]) { self.values = values }

    subscript(name: String) -> String? {
        get { self.values[name] }
        set { self.values[name] = newValue }
    }

    /// These properties; where both have one, `other`'s.
    func merging(_ other: [String: String]) -> KafkaProperties {
        KafkaProperties(self.values.merging(other) { _, other in other })
    }

    /// What the library says against a property; nil when it accepts it.
    static func problem(_ name: String, _ value: String) -> String? {
        // Safe: the configuration is made, used and destroyed here.
        let configuration = unsafe rd_kafka_conf_new()
        // Safe: as above.
        defer { unsafe rd_kafka_conf_destroy(configuration) }
        // Safe: as above.
        return unsafe Self.set(name, value, in: configuration)
    }

    /// Gives a configuration object with these properties to `body`, which owns it.
    ///
    /// - Throws: `_INVALID_ARG` with the library's words about the first property that it does not accept.
    func withConfiguration<Result>(
        _ body: (OpaquePointer) throws(KafkaError) -> Result
    ) throws(KafkaError) -> Result {
        // Safe: it is destroyed below where a property is refused, and given away otherwise.
        guard let configuration = unsafe rd_kafka_conf_new() else {
            throw KafkaError(name: "_FAIL", message: "no memory is left for a Kafka client")
        }
        for (name, value) in self.values.sorted(by: { $0.key < $1.key }) {
            // Safe: as above.
            if let problem = unsafe Self.set(name, value, in: configuration) {
                // Safe: as above.
                unsafe rd_kafka_conf_destroy(configuration)
                throw KafkaError(name: "_INVALID_ARG", message: problem)
            }
        }
        // Safe: as above.
        return try unsafe body(configuration)
    }

    private static func set(_ name: String, _ value: String, in configuration: OpaquePointer?) -> String? {
        var text = [CChar](repeating: 0, count: 512)
        // Safe: the library copies name and value, and writes at most `count` bytes of text that ends with a zero.
        let result = unsafe text.withUnsafeMutableBufferPointer { text in
            unsafe rd_kafka_conf_set(configuration, name, value, text.baseAddress, text.count)
        }
        guard result != RD_KAFKA_CONF_OK else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
