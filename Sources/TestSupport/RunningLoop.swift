internal import Foundation
import Synchronization
public import Worker

/// A delivery loop with an ``EchoExecutor``, on a thread of its own.
public final class RunningLoop: Sendable {
    public let observer = RecordingDeliveryObserver()
    public let executor: EchoExecutor
    private let mailbox: CompletionMailbox
    private let ending = Mutex<Result<Void, any Error>?>(nil)
    private let hasEnded = DispatchSemaphore(value: 0)

    public init(transport: any JobTransport, resultsTopic: String, configuration: DeliveryConfiguration) {
        let mailbox = CompletionMailbox { transport.wake() }
        self.mailbox = mailbox
        self.executor = EchoExecutor(mailbox: mailbox, resultsTopic: resultsTopic)
        let (executor, observer) = (self.executor, self.observer)
        Thread.detachNewThread {
            let loop = DeliveryLoop(
                transport: transport,
                executor: executor,
                mailbox: mailbox,
                observer: observer,
                configuration: configuration
            )
            let ending = Result { try loop.run() }
            self.ending.withLock { $0 = ending }
            self.hasEnded.signal()
        }
    }

    /// How the loop has ended; nil while it runs.
    public var result: Result<Void, any Error>? { self.ending.withLock { $0 } }

    public func requestStop() { self.mailbox.requestStop() }

    /// Has the loop drain and waits for its end; false when it does not come in time.
    public func stop(withinSeconds seconds: Double) throws -> Bool {
        self.requestStop()
        guard self.waitForEnd(withinSeconds: seconds) else { return false }
        try self.result?.get()
        return true
    }

    /// Waits until the loop has ended by itself.
    public func waitForEnd(withinSeconds seconds: Double) -> Bool {
        guard self.hasEnded.wait(timeout: .now() + seconds) == .success else { return false }
        self.hasEnded.signal()
        return true
    }
}

/// Looks at a condition again and again until it holds or the time is over.
public func eventually(withinSeconds seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while try !condition() {
        if Date() > end { return false }
        Thread.sleep(forTimeInterval: 0.005)
    }
    return true
}
