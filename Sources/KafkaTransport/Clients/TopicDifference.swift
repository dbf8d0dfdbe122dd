/// One way in which a topic is not what it should be.
public struct TopicDifference: Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        case missing
        case partitions(expected: Int, got: Int)
        case replicas(expected: Int, got: Int)
        /// An expected number is the least that is wanted; anything else has to be the same.
        case property(name: String, expected: String, got: String?)
    }

    public var topic: String
    public var kind: Kind

    public init(topic: String, kind: Kind) {
        self.topic = topic
        self.kind = kind
    }

    public var description: String {
        switch self.kind {
        case .missing: "\(self.topic): there is no such topic"
        case .partitions(let expected, let got): "\(self.topic): expected \(expected) partitions, got \(got)"
        case .replicas(let expected, let got): "\(self.topic): expected \(expected) replicas, got \(got)"
        case .property(let name, let expected, let got):
            "\(self.topic): expected \(name)=\(expected), got \(got ?? "none")"
        }
    }

    static func between(_ wish: KafkaAdministration.Topic, and found: KafkaAdministration.Topic?) -> [TopicDifference] {
        guard let found else { return [TopicDifference(topic: wish.name, kind: .missing)] }
        var kinds: [Kind] = []
        if found.partitions < wish.partitions {
            kinds.append(.partitions(expected: wish.partitions, got: found.partitions))
        }
        if let replicas = wish.replicas, let got = found.replicas, got < replicas {
            kinds.append(.replicas(expected: replicas, got: got))
        }
        for (name, expected) in wish.properties.sorted(by: { $0.key < $1.key }) {
            let got = found.properties[name]
            if !Self.satisfies(name, got, expected) {
                kinds.append(.property(name: name, expected: expected, got: got))
            }
        }
        return kinds.map { TopicDifference(topic: wish.name, kind: $0) }
    }

    /// More room than was asked for is no difference; Kafka writes "no limit" as -1.
    private static func satisfies(_ name: String, _ got: String?, _ expected: String) -> Bool {
        guard let got else { return false }
        if got == expected { return true }
        guard name.hasSuffix(".bytes") || name.hasSuffix(".ms"), let number = Int64(got), let least = Int64(expected)
        else { return Set(got.split(separator: ",")) == Set(expected.split(separator: ",")) }
        return number == -1 || least != -1 && number >= least
    }
}
