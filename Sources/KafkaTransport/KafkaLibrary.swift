internal import CRdkafka

/// The librdkafka that this process runs with, and what follows from its version.
///
/// It may be newer than the one that Dure was built against. Every difference between versions that Dure knows of is
/// decided here and nowhere else.
public enum KafkaLibrary {
    /// Such as `2.0.2`.
    public static var version: String {
        // Safe: the string lives as long as the library.
        unsafe String(cString: rd_kafka_version_str())
    }

    /// 0xMMmmrrxx: major, minor, revision, and ff for a release.
    private static let number = rd_kafka_version()

    private static func isAtLeast(_ major: Int32, _ minor: Int32, _ revision: Int32) -> Bool {
        self.number >> 8 >= major << 16 | minor << 8 | revision
    }

    /// Older libraries repeat their nonce, which brokers of Kafka 4 refuse.
    static var hasSoundSCRAM: Bool { Self.isAtLeast(2, 6, 1) }

    /// Older libraries may lose an assignment when an offset commit meets a rebalance.
    static var hasSoundCooperativeAssignor: Bool { Self.isAtLeast(2, 10, 0) }

    /// Older libraries may crash when a cooperative consumer closes before its first assignment.
    static var closesCooperativelyUnassigned: Bool { Self.isAtLeast(2, 3, 0) }

    /// The same whatever the library: members of a group that prefer different protocols cannot be in it together.
    ///
    /// `docs/decisions/0004-eager-rebalances.md` says why it is the eager one.
    static let defaultAssignor = "range"
}
