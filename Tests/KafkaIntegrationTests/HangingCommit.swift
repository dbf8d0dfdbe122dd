import Foundation
import Synchronization
import Testing
import Worker

@testable import KafkaTransport

/// A commit cycle on a thread of its own, that stops at one of its steps as a paused process does.
final class HangingCommit: Sendable {
    private let isHanging = DispatchSemaphore(value: 0)
    private let mayGoOn = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)
    private let ending = Mutex<CommitOutcome?>(nil)

    init(
        _ worker: ManualWorker,
        at step: TransactionalCommitter.Step,
        _ records: [OutgoingRecord],
        _ offsets: [TopicPartition: CommittedOffset] = [:]
    ) throws {
        let committer = try #require(worker.transport.committer as? TransactionalCommitter)
        let (isHanging, mayGoOn) = (self.isHanging, self.mayGoOn)
        committer.onStep = {
            guard $0 == step else { return }
            isHanging.signal()
            mayGoOn.wait()
        }
        let transport = worker.transport
        Thread.detachNewThread {
            let outcome = transport.commit(CommitCycle(records: records, offsets: offsets))
            self.ending.withLock { $0 = outcome }
            self.hasEnded.signal()
        }
        #expect(self.isHanging.wait(timeout: .now() + 30) == .success)
        committer.onStep = nil
    }

    /// Lets it go on, and waits for its end.
    func resume(withinSeconds seconds: Double = 90) throws -> CommitOutcome {
        self.mayGoOn.signal()
        #expect(self.hasEnded.wait(timeout: .now() + seconds) == .success)
        return try #require(self.ending.withLock { $0 })
    }
}
