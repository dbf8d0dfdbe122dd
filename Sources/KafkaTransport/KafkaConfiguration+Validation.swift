internal import Foundation

/// Everything that is wrong with a configuration.
public struct KafkaConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence each.
    public var problems: [String]

    public var description: String { self.problems.joined(separator: "\n") }
}

extension KafkaConfiguration {
    /// This configuration, once nothing is wrong with it.
    ///
    /// - Throws: Every problem at once, those that the library finds with its properties included.
    public func validated() throws(KafkaConfigurationError) -> KafkaConfiguration {
        let problems = self.problems
        guard problems.isEmpty else { throw KafkaConfigurationError(problems: problems) }
        return self
    }

    /// What is wrong with these values; empty when nothing is.
    public var problems: [String] {
        self.nameProblems + self.timeProblems + self.propertyProblems + self.modeProblems
    }

    /// What works, but not as well as it could; one sentence each, with the way out.
    public var notices: [String] {
        var notices: [String] = []
        if self.usesSCRAM, !KafkaLibrary.hasSoundSCRAM { notices.append(Self.scramAdvice) }
        if self.usesCooperativeAssignor, !KafkaLibrary.hasSoundCooperativeAssignor {
            notices.append(
                "the cooperative-sticky assignor of librdkafka \(KafkaLibrary.version) has known faults: use librdkafka "
                    + "2.10 or newer, or leave partition.assignment.strategy at its default"
            )
        }
        return notices
    }

    // MARK: Names

    private var nameProblems: [String] {
        var problems = Self.problems(ofServers: self.bootstrapServers)
        if self.group.isEmpty || self.group.utf8.count > 249 {
            problems.append("group: expected a name of at most 249 bytes, got `\(self.group.prefix(40))`")
        }
        if !Self.isName(self.workerID, limit: 128) {
            problems.append(
                "worker id: expected 1 to 128 letters, digits, dots, dashes or underscores, got "
                    + "`\(self.workerID.prefix(40))`"
            )
        }
        for topic in [self.jobsTopic] + self.outputTopics where !Self.isName(topic, limit: 249) {
            problems.append(
                "topic: expected 1 to 249 letters, digits, dots, dashes or underscores, got `\(topic.prefix(40))`"
            )
        }
        if self.outputTopics.contains(self.jobsTopic) {
            problems.append("topic: `\(self.jobsTopic)` is the jobs topic and cannot be written to as well")
        }
        return problems
    }

    private static func problems(ofServers text: String) -> [String] {
        let servers = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return servers.compactMap { server in
            let parts = server.split(separator: ":", omittingEmptySubsequences: false)
            let port = parts.last.flatMap { UInt16($0) } ?? 0
            // An IPv6 address has colons of its own, within brackets.
            let isWhole = parts.count == 2 ? parts[0] != "" : server.hasPrefix("[") && server.contains("]:")
            if isWhole, port > 0, !server.contains(where: \.isWhitespace) { return nil }
            return "bootstrap servers: expected HOST:PORT, several with commas between, got `\(server.prefix(80))`"
        }
    }

    private static func isName(_ text: String, limit: Int) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain && (1...limit).contains(text.utf8.count) && text != "." && text != ".."
    }

    // MARK: Times

    private var timeProblems: [String] {
        let bounds: [(String, Duration, ClosedRange<Duration>)] = [
            ("session timeout", self.sessionTimeout, .milliseconds(500)...(.seconds(1800))),
            ("transaction timeout", self.transactionTimeout, .seconds(1)...(.seconds(900))),
            ("start timeout", self.startTimeout, .milliseconds(100)...(.seconds(3600))),
        ]
        return bounds.compactMap { name, value, range in
            if range.contains(value) { return nil }
            return "\(name): expected \(range.lowerBound) to \(range.upperBound), got \(value)"
        }
    }

    // MARK: Properties

    private var propertyProblems: [String] {
        self.properties.sorted { $0.key < $1.key }.compactMap { name, value in
            if let reason = Self.ownedProperties[name] { return "kafka property `\(name)` cannot be set: \(reason)" }
            guard let problem = KafkaProperties.problem(name, value) else { return nil }
            // The library quotes the value that it does not accept.
            return Self.isSecret(property: name)
                ? "kafka property `\(name)`: librdkafka \(KafkaLibrary.version) does not accept its value"
                : "kafka property `\(name)`: \(problem) (librdkafka \(KafkaLibrary.version))"
        }
    }

    private var modeProblems: [String] {
        guard self.deliveryMode == .atLeastOnce, self.usesCooperativeAssignor,
            !KafkaLibrary.hasSoundCooperativeAssignor
        else { return [] }
        return [
            "kafka property `partition.assignment.strategy`: with delivery mode at-least-once, the cooperative-sticky "
                + "assignor of librdkafka \(KafkaLibrary.version) may lose its partitions: use librdkafka 2.10 or newer, "
                + "another assignor, or delivery mode exactly-once"
        ]
    }

    private var usesCooperativeAssignor: Bool {
        self.properties["partition.assignment.strategy"]?.contains("cooperative") == true
    }

    var usesSCRAM: Bool {
        let mechanism = self.properties["sasl.mechanisms"] ?? self.properties["sasl.mechanism"] ?? ""
        return mechanism.hasPrefix("SCRAM")
    }

    static let scramAdvice =
        "brokers of Kafka 4 refuse SCRAM from librdkafka \(KafkaLibrary.version): use librdkafka 2.6.1 or newer, or "
        + "another mechanism, such as PLAIN over TLS or a client certificate"
}
