import Foundation
import Synchronization

/// Collects what other threads hand over, and lets a test wait for it.
public final class Gathering<Element: Sendable>: @unchecked Sendable {
    // Sendable: `elements` is touched only under `condition`.

    private let condition = NSCondition()
    private var elements: [Element] = []

    public init() {}

    public func add(_ element: Element) {
        self.condition.withLock {
            self.elements.append(element)
            self.condition.broadcast()
        }
    }

    public var all: [Element] { self.condition.withLock { self.elements } }

    /// Waits until there are `count`, at most `seconds`; returns what there is then.
    public func wait(for count: Int, seconds: Double = 20) -> [Element] {
        let end = Date(timeIntervalSinceNow: seconds)
        return self.condition.withLock {
            while self.elements.count < count, self.condition.wait(until: end) {}
            return self.elements
        }
    }
}

/// Waits until `condition` holds, at most `seconds`; says whether it does.
///
/// It looks every millisecond: for what other threads do without saying so.
public func eventually(seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    let pause = NSCondition()
    while try !condition() {
        guard Date() < end else { return false }
        _ = pause.withLock { pause.wait(until: Date(timeIntervalSinceNow: 0.001)) }
    }
    return true
}
