import Foundation
public import Settings

/// Who a worker is in Kafka.
public struct GroupMember: Sendable, Equatable {
    public var group: String
    /// The same over restarts and nobody else's: the transactional id and the static member come from it.
    public var workerID: String

    public init(group: String = "dure", workerID: String = Self.ownHostName) {
        self.group = group
        self.workerID = workerID
    }

    public static let settings = SettingGroup<Self>("", "Kafka") {
        Setting("group", \.group, .name(), help: "the consumer group whose workers share the jobs")
        Setting(
            "worker-id",
            \.workerID,
            Self.name,
            default: "this host's name",
            help: "this worker's name, the same over restarts; two workers with one id stop each other"
        )
    }

    private static let name = ValueFormat<String>.name().restricted(
        to: { name in (1...128).contains(name.utf8.count) && name.allSatisfy(Self.isNamePart) },
        expected: "1 to 128 letters, digits, dots, dashes or underscores"
    )

    /// This host's name, as far as it can be a worker's.
    public static var ownHostName: String {
        let name = ProcessInfo.processInfo.hostName.prefix(128).map { Self.isNamePart($0) ? $0 : "-" }
        return name.isEmpty ? "dure" : String(name)
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isASCIILetterOrDigit || "._-".contains(character)
    }
}
