import Dispatch
import Synchronization
import Telemetry
import Worker

/// Looks at a worker every few seconds and says once when it is stuck.
///
/// Runs on a queue of its own, so that it sees a stall of any other thread.
final class WatchdogService: Service {
    let name = "watchdog"
    private let interval: Duration
    private let look: @Sendable () -> Watchdog.Marks
    private let onStuck: @Sendable (_ part: Watchdog.Part, _ stood: Duration) -> Void
    private let queue = DispatchQueue(label: "dure.watchdog")
    private let state: Mutex<State>

    private struct State {
        var watchdog: Watchdog
        var isRunning = false
    }

    /// - Parameters:
    ///   - limits: How long each part may stand still.
    ///   - interval: From one look to the next.
    ///   - look: What the worker shows now. Must not block.
    ///   - onStuck: Called once, when it is.
    init(
        limits: Watchdog.Limits,
        interval: Duration = .seconds(5),
        look: @escaping @Sendable () -> Watchdog.Marks,
        onStuck: @escaping @Sendable (_ part: Watchdog.Part, _ stood: Duration) -> Void
    ) {
        self.interval = interval
        self.look = look
        self.onStuck = onStuck
        self.state = Mutex(State(watchdog: Watchdog(limits: limits)))
    }

    func start() {
        self.state.withLock { $0.isRunning = true }
        self.scheduleNext()
    }

    func stop() { self.state.withLock { $0.isRunning = false } }

    private func scheduleNext() {
        let (seconds, attoseconds) = self.interval.components
        let delay = Double(seconds) + Double(attoseconds) / 1e18
        self.queue.asyncAfter(deadline: .now() + delay) { [weak self] in self?.turn() }
    }

    private func turn() {
        let marks = self.look()
        let verdict = self.state.withLock { state -> Watchdog.Verdict? in
            guard state.isRunning else { return nil }
            return state.watchdog.look(at: marks, now: .now)
        }
        switch verdict {
        case nil: break
        case .healthy: self.scheduleNext()
        case .stuck(let part, let stood): self.onStuck(part, stood)
        }
    }
}
