import Foundation
import Synchronization

/// The engine thread's work: takes what came in, steps, and tells what ended.
final class EngineRunner: Sendable {
    let inbox: GuardedState<EngineInbox>
    /// Locked by whoever runs the loop, from its start to its end: the loop has one owner.
    private let loop: Mutex<EngineLoop>
    private let now: @Sendable () -> ContinuousClock.Instant

    init(
        _ loop: sending EngineLoop,
        maxWaitingSequences: Int,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.inbox = GuardedState(
            EngineInbox(
                maxWaitingSequences: maxWaitingSequences,
                kvBlockCount: loop.capacity.kvBlockCount,
                now: now()
            )
        )
        self.loop = Mutex(loop)
        self.now = now
    }

    /// Runs until a stop was asked for and everything has ended.
    func run() {
        self.inbox.change { $0.runBegan(on: ObjectIdentifier(Thread.current)) }
        self.loop.withLock { loop in
            while self.turn(loop) {}
        }
        self.inbox.change { $0.runEnded() }
    }

    /// Whether the caller is a callback of the engine.
    var isOnItsThread: Bool {
        let thread = ObjectIdentifier(Thread.current)
        return self.inbox.withLock { $0.runner == thread }
    }

    private func turn(_ loop: EngineLoop) -> Bool {
        let isIdle = loop.isIdle
        let work = self.inbox.wait { $0.takeWork(isIdle: isIdle) }
        for submission in work.arrivals { loop.submit(submission) }
        for id in work.cancellations { loop.cancel(id) }
        if work.isStop { loop.cancelAll() }
        let endings = loop.step()
        let now = self.now()
        // Before the callbacks, which may submit the same id again.
        self.inbox.change { $0.stepEnded(loop, endings: endings, now: now) }
        for ending in endings { ending.onFinish(ending.result) }
        return !work.isStop
    }
}
