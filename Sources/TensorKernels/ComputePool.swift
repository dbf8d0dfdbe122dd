import CDureKernels
import Dispatch
import Foundation
import Synchronization

/// A fixed number of threads that share out the units of one piece of work at a time.
///
/// The caller is one of them, and returns when all units are done. Which thread takes which unit is left to chance, so a
/// unit writes memory of its own. Workers that have nothing to do wait actively for a moment, because
/// in a sweep the next piece follows at once, and then sleep.
public final class ComputePool: Sendable {
    /// Threads, the caller's included.
    public let threads: Int
    private let workers: [PoolWorker]
    private let isBusy = Atomic<Bool>(false)

    public init(threads: Int) {
        precondition(threads >= 1, "a pool of \(threads) threads")
        self.threads = threads
        self.workers = (1..<threads).map { PoolWorker(index: $0) }
        for worker in self.workers { worker.start() }
    }

    deinit {
        for worker in self.workers { worker.stop() }
    }

    /// Calls `body` once for each unit `0 ..< count`, on several threads at the same time; blocks until all are done.
    ///
    /// - Parameters:
    ///   - count: How many units there are.
    ///   - body: Does one unit; is told which of the threads, `0 ..< threads`, it runs on. Must not call the pool.
    ///
    /// One caller at a time.
    public func run(_ count: Int, _ body: @Sendable (_ unit: Int, _ thread: Int) -> Void) {
        let helpers = self.workers.prefix(max(count - 1, 0))
        guard !helpers.isEmpty else {
            for unit in 0..<max(count, 0) { body(unit, 0) }
            return
        }
        precondition(!self.isBusy.exchange(true, ordering: .acquiring), "a pool has one caller at a time")
        defer { self.isBusy.store(false, ordering: .releasing) }
        withoutActuallyEscaping(body) { body in
            let job = PoolJob(count: count, helpers: helpers.count, body: body)
            for worker in helpers { worker.give(job) }
            job.work(thread: 0)
            job.waitForHelpers()
        }
    }
}

/// One piece of work: its units are taken one by one until none is left.
private final class PoolJob: Sendable {
    typealias Body = @Sendable (_ unit: Int, _ thread: Int) -> Void

    private let count: Int
    /// Nil once the job is done: a helper may hold the job for a moment longer than its caller may lend the closure.
    ///
    /// Written before the job is given away and after `working` has fallen to 0; between the two it is only read.
    // Safe: written before the helpers are woken and after the last of them is done; see `run`.
    private nonisolated(unsafe) var body: Body?
    private let next = Atomic<Int>(0)
    /// Helpers that may still use `body`.
    private let working: Atomic<Int>
    private let finished = DispatchSemaphore(value: 0)

    init(count: Int, helpers: Int, body: @escaping Body) {
        self.count = count
        // Safe: nobody else has the job yet.
        unsafe self.body = body
        self.working = Atomic(helpers)
    }

    func work(thread: Int) {
        // Safe: the caller waits for this thread to finish before it writes.
        guard let body = unsafe self.body else { return }
        while true {
            let unit = self.next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard unit < self.count else { return }
            body(unit, thread)
        }
    }

    /// A helper's last act: what it wrote is visible to whoever has seen the count fall.
    func finish() {
        if self.working.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { self.finished.signal() }
    }

    func waitForHelpers() {
        for _ in 0..<PoolWorker.spins {
            // The signal is on its way: the wait below then returns at once, and leaves the semaphore at 0.
            if self.working.load(ordering: .acquiring) == 0 { break }
            dure_relax()
        }
        self.finished.wait()
        // Seen at last by this thread too: what the helpers have written.
        precondition(self.working.load(ordering: .acquiring) == 0, "a helper is still at work")
        // Safe: no helper reads it any more.
        unsafe self.body = nil
    }
}

/// One thread besides the caller's.
private final class PoolWorker: Sendable {
    /// Some tens of microseconds: longer than from one piece of a layer to the next, shorter than anyone notices.
    static let spins = 2_000

    private enum State: Int {
        case waiting
        case asleep
        case hasJob
        case stopped
    }

    private let index: Int
    private let state = Atomic<Int>(State.waiting.rawValue)
    /// Handed over by `state`: written before it becomes `hasJob`, read after, and not written again before that job is done.
    private nonisolated(unsafe) var job: PoolJob?
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    init(index: Int) { self.index = index }

    func start() {
        let thread = Thread { self.loop() }
        thread.name = "dure-compute-\(self.index)"
        thread.start()
    }

    func stop() {
        self.change(to: .stopped)
        self.ended.wait()
    }

    func give(_ job: PoolJob) {
        // Safe: the worker is waiting, and reads only after the next line.
        unsafe self.job = job
        self.change(to: .hasJob)
    }

    private func change(to state: State) {
        let old = self.state.exchange(state.rawValue, ordering: .acquiringAndReleasing)
        if old == State.asleep.rawValue { self.wake.signal() }
    }

    private func loop() {
        while self.waitForJob() {
            // Safe: the caller has written it before it changed the state, and writes again after this job.
            guard let job = unsafe self.job else { preconditionFailure("a worker was woken without a job") }
            // Safe: as above.
            unsafe self.job = nil
            job.work(thread: self.index)
            job.finish()
        }
        self.ended.signal()
    }

    /// Returns false when the pool is gone.
    private func waitForJob() -> Bool {
        for _ in 0..<Self.spins {
            if self.state.load(ordering: .relaxed) != State.waiting.rawValue { break }
            dure_relax()
        }
        let (fellAsleep, _) = self.state.compareExchange(
            expected: State.waiting.rawValue,
            desired: State.asleep.rawValue,
            ordering: .acquiringAndReleasing
        )
        if fellAsleep { self.wake.wait() }
        // Nobody gives a second job before the first is finished, so only `stopped` can come between.
        let (hadJob, _) = self.state.compareExchange(
            expected: State.hasJob.rawValue,
            desired: State.waiting.rawValue,
            ordering: .acquiringAndReleasing
        )
        return hadJob
    }
}
