extension JobHeaders {
    /// Reads a record's headers; every valid one is kept, and the first problem is reported.
    ///
    /// A name of ours counts however its letters are cased. Of a name that stands several times the same value each time is one; two
    /// values are a problem. A name without a value, or with an empty one, is a problem too. The CloudEvents form (`ce_` before the
    /// name without `dure-`; `ce_expirytime` for the deadline) is read where ours is missing. Other headers are nobody's business.
    static func reading(
        _ fields: [HeaderField],
        limits: JobLimits,
        policy: JobPolicy
    ) -> (valid: JobHeaders, problem: RequestError?) {
        if let problem = Self.overLimit(fields, limits) { return (JobHeaders(), problem) }
        var reader = HeaderReader(fields)
        var headers = JobHeaders()
        headers.batchID = reader.identifier(HeaderName.batchID, "ce_batchid", atMost: limits.identifierBytes)
        headers.priority = reader.value(HeaderName.priority, "ce_priority", "an integer from -2147483648 to 2147483647")
        {
            Int32($0).map(Int.init)
        }
        headers.deadline = reader.value(
            HeaderName.deadline,
            "ce_expirytime",
            "an RFC 3339 time such as 2026-01-31T09:00:00Z",
            WallTime.init(rfc3339:)
        )
        headers.tenant = reader.identifier(HeaderName.tenant, "ce_tenant", atMost: limits.identifierBytes)
        headers.replyTopic = reader.value(
            HeaderName.replyTopic,
            "ce_replytopic",
            "a topic that this worker's configuration allows"
        ) { policy.allowsReply(to: $0) && Self.isTopic($0) ? $0 : nil }
        headers.idempotencyKey = reader.identifier(
            HeaderName.idempotencyKey,
            "ce_idempotencykey",
            atMost: limits.identifierBytes
        )
        headers.trace = reader.trace()
        return (headers, reader.problem)
    }

    private static func overLimit(_ fields: [HeaderField], _ limits: JobLimits) -> RequestError? {
        guard fields.count <= limits.headers else {
            return .tooMany("headers", limit: limits.headers, got: fields.count)
        }
        let bytes = fields.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
        return bytes <= limits.headerBytes ? nil : .tooLong("headers", limit: limits.headerBytes, got: bytes)
    }

    /// Kafka's rule for the name of a topic.
    private static func isTopic(_ name: String) -> Bool {
        (1...249).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Looks headers up by name, and remembers the first that is not what it must be.
private struct HeaderReader {
    private let fields: [String: [[UInt8]?]]
    private(set) var problem: RequestError?

    init(_ fields: [HeaderField]) {
        var byName: [String: [[UInt8]?]] = [:]
        for field in fields { byName[field.name.lowercased(), default: []].append(field.value) }
        self.fields = byName
    }

    mutating func identifier(_ name: String, _ cloudEvents: String, atMost bytes: Int) -> String? {
        self.value(name, cloudEvents, "1 to \(bytes) bytes of text") { (1...bytes).contains($0.utf8.count) ? $0 : nil }
    }

    /// The value of `name`, else of `cloudEvents`, as `read` understands it.
    mutating func value<Value>(
        _ name: String,
        _ cloudEvents: String,
        _ expected: String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard let present = self.fields[name] != nil ? name : self.fields[cloudEvents] != nil ? cloudEvents : nil else {
            return nil
        }
        switch self.text(present) {
        case .failure(let defect):
            self.report(present, "\(defect.reason); expected \(expected)")
            return nil
        case .success(let text):
            if let value = read(text) { return value }
            self.report(present, "expected \(expected), got `\(text.prefix(64))`")
            return nil
        }
    }

    /// W3C says to go on without a trace context that is malformed or stands twice.
    func trace() -> TraceContext? {
        let prefix = self.fields[HeaderName.traceparent] != nil ? "" : "ce_"
        guard case .success(let traceparent) = self.text(prefix + HeaderName.traceparent) else { return nil }
        let states = (self.fields[prefix + HeaderName.tracestate] ?? [])
            .compactMap { $0.flatMap { String(validating: $0, as: UTF8.self) } }
        return TraceContext(
            traceparent: traceparent,
            tracestate: states.isEmpty ? nil : states.joined(separator: ",")
        )
    }

    private struct Defect: Error { let reason: String }

    private func text(_ name: String) -> Result<String, Defect> {
        guard let values = self.fields[name], let first = values.first else {
            return .failure(Defect(reason: "missing"))
        }
        guard values.allSatisfy({ $0 == first }) else {
            return .failure(Defect(reason: "it stands \(values.count) times with different values"))
        }
        guard let bytes = first else { return .failure(Defect(reason: "it has no value")) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(Defect(reason: "its value is not UTF-8"))
        }
        return .success(text)
    }

    private mutating func report(_ name: String, _ reason: String) {
        guard self.problem == nil else { return }
        let path = "headers.\(name)"
        self.problem = .invalid(path, "invalid_header", "\(path): \(reason)")
    }
}
