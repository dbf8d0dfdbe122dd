import Synchronization

/// Carries completions from the threads that make them to the Kafka thread.
///
/// It holds at most one entry per job in flight, so the limit on those bounds it.
public final class CompletionMailbox: Sendable {
    enum Entry: Sendable {
        case completed(Completion)
        case abandoned(JobCoordinates)
    }

    private let entries = Mutex<[Entry]>([])
    private let stopRequested = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: Ends the Kafka thread's wait.
    public init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    public func complete(_ completion: Completion) { self.put(.completed(completion)) }

    /// Says that a cancelled job has ended without a result.
    public func abandon(_ coordinates: JobCoordinates) { self.put(.abandoned(coordinates)) }

    /// Asks the Kafka thread to drain and end.
    public func requestStop() {
        self.stopRequested.store(true, ordering: .releasing)
        self.wake()
    }

    var isStopRequested: Bool { self.stopRequested.load(ordering: .acquiring) }

    func takeAll() -> [Entry] {
        self.entries.withLock { entries in
            defer { entries.removeAll(keepingCapacity: true) }
            return entries
        }
    }

    private func put(_ entry: Entry) {
        let wasEmpty = self.entries.withLock { entries in
            defer { entries.append(entry) }
            return entries.isEmpty
        }
        if wasEmpty { self.wake() }
    }
}
