import Foundation

/// A fixed number of threads that run work in the order in which it was given.
///
/// Whoever gives work bounds how much is waiting; the job service gives at most one piece per job.
final class WorkerPool: @unchecked Sendable {
    // Sendable: everything mutable is touched only under `condition`.

    typealias Work = @Sendable () -> Void

    private let condition = NSCondition()
    private var waiting: [Work] = []
    private var firstWaiting = 0
    private var later: [(due: ContinuousClock.Instant, work: Work)] = []
    private var isStopping = false
    private var runningThreads = 0

    /// A template may nest deeply; its interpreter bounds how deep.
    private static let stackBytes = 8 << 20

    /// Starts the threads; they live until ``stop()``.
    init(threads: Int, name: String) {
        self.runningThreads = threads
        for index in 0..<threads {
            let thread = Thread { self.runThread() }
            thread.name = "\(name)-\(index)"
            thread.stackSize = Self.stackBytes
            thread.start()
        }
    }

    /// Has `work` run soon; false, and nothing comes of it, once the pool is stopping.
    @discardableResult
    func submit(_ work: @escaping Work) -> Bool {
        self.condition.withLock {
            guard !self.isStopping else { return false }
            self.waiting.append(work)
            self.condition.signal()
            return true
        }
    }

    /// Has `work` run after a while, unless the pool is stopped before.
    func submit(after delay: Duration, _ work: @escaping Work) {
        self.condition.withLock {
            guard !self.isStopping else { return }
            self.later.append((.now + delay, work))
            self.condition.signal()
        }
    }

    /// Runs what is waiting, ends the threads and returns when they have ended.
    ///
    /// Must not be called from one of them.
    func stop() {
        self.beginStop()
        self.condition.withLock {
            while self.runningThreads > 0 { self.condition.wait() }
        }
    }

    /// Does what ``stop()`` does, without waiting for it.
    func beginStop() {
        self.condition.withLock {
            self.isStopping = true
            self.later = []
            self.condition.broadcast()
        }
    }

    private func runThread() {
        while let work = self.next() { work() }
        self.condition.withLock {
            self.runningThreads -= 1
            self.condition.broadcast()
        }
    }

    private func next() -> Work? {
        self.condition.withLock {
            while true {
                self.promoteDue()
                if self.firstWaiting < self.waiting.count {
                    let work = self.waiting[self.firstWaiting]
                    self.firstWaiting += 1
                    // Amortised: the used front is dropped when it is half of the array.
                    if self.firstWaiting * 2 >= self.waiting.count {
                        self.waiting.removeFirst(self.firstWaiting)
                        self.firstWaiting = 0
                    }
                    return work
                }
                if self.isStopping { return nil }
                if let due = self.later.map(\.due).min() {
                    _ = self.condition.wait(until: Date(timeIntervalSinceNow: (due - .now).seconds))
                } else {
                    self.condition.wait()
                }
            }
        }
    }

    private func promoteDue() {
        guard !self.later.isEmpty else { return }
        let now = ContinuousClock.now
        self.waiting += self.later.filter { $0.due <= now }.map(\.work)
        self.later.removeAll { $0.due <= now }
    }
}

extension Duration {
    /// The duration in seconds, rounded to what a double holds.
    var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
