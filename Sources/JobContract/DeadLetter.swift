/// Why a record is a dead letter, in the words of the header `dure-reason`.
public enum DeadLetterReason: String, Sendable, CaseIterable {
    /// No value, not JSON, not an object, not UTF-8.
    case undecodable
    /// The value is over `JobLimits.recordBytes`.
    case tooLarge = "too-large"
    /// Tried as often as allowed.
    case attemptsExhausted = "attempts-exhausted"
    /// It was running each time a worker died.
    case crashedWorker = "crashed-worker"
}

/// What is added to a record that becomes a dead letter.
public struct DeadLetter: Sendable, Equatable {
    public var source: JobSource
    /// The consumer group that gave it up.
    public var group: String
    /// How often it was delivered, this time included.
    public var deliveryCount: Int
    public var reason: DeadLetterReason
    public var message: String
    /// When a worker saw it first: the record's own timestamp where nobody has noted an earlier one.
    public var firstSeen: WallTime

    public init(
        source: JobSource,
        group: String,
        deliveryCount: Int,
        reason: DeadLetterReason,
        message: String,
        firstSeen: WallTime
    ) {
        self.source = source
        self.group = group
        self.deliveryCount = deliveryCount
        self.reason = reason
        self.message = message
        self.firstSeen = firstSeen
    }

    /// The names of KIP-1191, and ours.
    public enum Name {
        public static let topic = "__dlq.errors.topic"
        public static let partition = "__dlq.errors.partition"
        public static let offset = "__dlq.errors.offset"
        public static let group = "__dlq.errors.group"
        public static let deliveryCount = "__dlq.errors.delivery.count"
        public static let message = "__dlq.errors.message"
        static let all: Set<String> = [
            topic, partition, offset, group, deliveryCount, message, HeaderName.reason, HeaderName.firstSeen,
        ]
    }

    /// The headers of the dead letter: the record's own, unchanged and first, then what is added.
    ///
    /// A record that was a dead letter before keeps the earlier additions, as history; a reader takes the last of a name.
    public func fields(after original: [HeaderField]) -> [HeaderField] {
        let added: [(String, String)] = [
            (Name.topic, self.source.topic), (Name.partition, String(self.source.partition)),
            (Name.offset, String(self.source.offset)), (Name.group, self.group),
            (Name.deliveryCount, String(self.deliveryCount)), (Name.message, self.message),
            (HeaderName.reason, self.reason.rawValue), (HeaderName.firstSeen, self.firstSeen.rfc3339),
        ]
        return original + added.map { (name: $0, value: Array($1.utf8)) }
    }

    /// Reads the additions back; nil if one is missing or malformed.
    public init?(reading fields: [HeaderField]) {
        var texts: [String: String] = [:]
        for field in fields where Name.all.contains(field.name) {
            texts[field.name] = field.value.flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard let topic = texts[Name.topic], let partition = texts[Name.partition].flatMap({ Int32($0) }),
            let offset = texts[Name.offset].flatMap({ Int64($0) }), let group = texts[Name.group],
            let deliveryCount = texts[Name.deliveryCount].flatMap({ Int($0) }), let message = texts[Name.message],
            let reason = texts[HeaderName.reason].flatMap(DeadLetterReason.init(rawValue:)),
            let firstSeen = texts[HeaderName.firstSeen].flatMap(WallTime.init(rfc3339:)),
            !topic.isEmpty, partition >= 0, offset >= 0, deliveryCount >= 0
        else { return nil }
        self.init(
            source: JobSource(topic: topic, partition: partition, offset: offset),
            group: group,
            deliveryCount: deliveryCount,
            reason: reason,
            message: message,
            firstSeen: firstSeen
        )
    }
}
