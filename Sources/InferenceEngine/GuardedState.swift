import Foundation

/// A value behind a lock that a thread can wait on.
///
/// `Mutex` has no condition, and the thread sanitizer does not see its slow path.
///
/// `@unchecked Sendable`: `value` is only touched with `condition` locked.
final class GuardedState<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        self.condition.lock()
        defer { self.condition.unlock() }
        return try body(&self.value)
    }

    /// Changes the value and wakes all who wait.
    func change<Failure: Error, Result>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        self.condition.lock()
        defer { self.condition.unlock() }
        let result = try body(&self.value)
        self.condition.broadcast()
        return result
    }

    /// Waits until `body` returns something.
    func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        self.condition.lock()
        defer { self.condition.unlock() }
        while true {
            if let result = body(&self.value) { return result }
            self.condition.wait()
        }
    }
}
