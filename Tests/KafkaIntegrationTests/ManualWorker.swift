import KafkaTransport
import TestSupport
import Testing
import Worker

/// A transport that a test drives step by step.
final class ManualWorker {
    let transport: KafkaJobTransport
    var partitions: [TopicPartition] = []
    var lost: [TopicPartition] = []
    var errors: [TransportError] = []
    /// What was committed when the partitions came.
    var inherited: [TopicPartition: CommittedOffset] = [:]

    init(_ configuration: KafkaConfiguration) throws {
        self.transport = try KafkaJobTransport(configuration: configuration)
    }

    deinit { self.transport.close() }

    /// Waits once and answers what comes.
    func turn(upToMilliseconds milliseconds: Int = 50) throws {
        for event in self.transport.wait(upTo: .milliseconds(milliseconds)) {
            switch event {
            case .assigned(let partitions):
                self.inherited = try self.transport.committed(partitions)
                let starts: [(TopicPartition, Int64?)] = partitions.map { ($0, self.inherited[$0]?.offset) }
                try self.transport.assign(Dictionary(uniqueKeysWithValues: starts))
                self.partitions += partitions
            case .revoked(let partitions):
                try self.transport.unassign(partitions)
                self.partitions.removeAll { partitions.contains($0) }
            case .lost(let partitions):
                self.lost += partitions
                try self.transport.unassign(partitions)
                self.partitions.removeAll { partitions.contains($0) }
            case .error(let error): self.errors.append(error)
            }
        }
    }

    /// Takes part in the group until `condition` holds.
    func turns(withinSeconds seconds: Double = 30, until condition: (ManualWorker) throws -> Bool) throws -> Bool {
        try eventually(withinSeconds: seconds) {
            try self.turn()
            return try condition(self)
        }
    }

    func join(partitions count: Int = 2) throws {
        #expect(try self.turns { $0.partitions.count == count })
        self.partitions.sort { $0.partition < $1.partition }
    }

    func commit(_ records: [OutgoingRecord], _ offsets: [TopicPartition: CommittedOffset] = [:]) -> CommitOutcome {
        self.transport.commit(CommitCycle(records: records, offsets: offsets))
    }
}

extension CommitOutcome {
    /// The outcome's name and, where it has one, the error's.
    var summary: String {
        switch self {
        case .committed: "committed"
        case .aborted(let error): "aborted \(error.name)"
        case .rejected(let records): "rejected \(records.map(\.index))"
        case .uncertain(let error): "uncertain \(error.name)"
        case .failed(let error): "failed \(error.name)"
        }
    }
}
