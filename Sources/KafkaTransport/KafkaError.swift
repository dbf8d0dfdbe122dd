internal import Worker

/// Why Kafka, or the library between it and Dure, did not do something.
public struct KafkaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The library's name for it, such as `_TIMED_OUT` (its own) or `TOPIC_AUTHORIZATION_FAILED` (a broker's).
    public var name: String
    /// One sentence, with the way out where there is one.
    public var message: String
    /// The client that met it cannot be used any more.
    public var isFatal: Bool
    /// The same call may succeed later.
    public var isRetriable: Bool
    /// The transaction under way has to be aborted.
    public var requiresAbort: Bool

    public init(
        name: String,
        message: String,
        isFatal: Bool = false,
        isRetriable: Bool = false,
        requiresAbort: Bool = false
    ) {
        self.name = name
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
        self.requiresAbort = requiresAbort
    }

    public var description: String { "\(self.name): \(self.message)" }

    /// This error with what was being done in front of its message.
    func during(_ action: String) -> KafkaError {
        var error = self
        error.message = "\(action): \(self.message)"
        return error
    }
}

extension TransportError {
    /// Whether the process cannot go on, which `isFatal` says, is not the same as a client's fatal error.
    init(_ error: KafkaError, isFatal: Bool = false) {
        self.init(name: error.name, message: error.message, isFatal: isFatal)
    }
}

// MARK: Kinds

extension KafkaError {
    /// A record that no broker takes, however often it is sent.
    var refusesRecord: Bool {
        ["MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "INVALID_MSG_SIZE"].contains(self.name)
    }

    /// Another producer took this one's transactional id, or the coordinator ended a transaction that took too long.
    var isFenced: Bool { ["_FENCED", "PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"].contains(self.name) }

    /// Something that only a person can change; trying again would hide it.
    var needsOperator: Bool {
        let names = [
            "TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED",
            "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "OFFSET_METADATA_TOO_LARGE", "_UNSUPPORTED_FEATURE",
            "INVALID_TRANSACTION_TIMEOUT", "UNSUPPORTED_VERSION",
        ]
        return names.contains(self.name)
    }

    /// The broker did not accept who the client says it is, or the client did not accept the broker.
    var isAboutTrust: Bool {
        ["_AUTHENTICATION", "_SSL", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM"].contains(self.name)
    }
}
