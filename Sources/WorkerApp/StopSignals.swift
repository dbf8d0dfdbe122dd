import Dispatch
import Foundation
import Synchronization

/// Turns SIGTERM and SIGINT into one request to stop, and a second one into an immediate end.
///
/// The first lets the program drain. Who sends another does not want to wait for that: the process ends at once, with the
/// status that a shell gives to that signal. What was not committed then runs again elsewhere.
public final class StopSignals {
    private let sources: [any DispatchSourceSignal]
    private static let numbers: [(number: Int32, name: String)] = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")]

    /// - Parameter onStop: Called once, with the signal's name, on a queue of its own.
    public init(onStop: @escaping @Sendable (_ signal: String) -> Void) {
        let queue = DispatchQueue(label: "dure.signals")
        let counter = SharedCounter()
        self.sources = Self.numbers.map { number, name in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if counter.next() == 1 { onStop(name) } else { exit(128 + number) }
            }
            source.activate()
            return source
        }
    }

    /// Gives the signals their default action back.
    public func cancel() {
        for source in self.sources { source.cancel() }
        for (number, _) in Self.numbers { signal(number, SIG_DFL) }
    }
}

private final class SharedCounter: Sendable {
    private let value = Atomic<Int>(0)

    func next() -> Int { self.value.add(1, ordering: .relaxed).newValue }
}
