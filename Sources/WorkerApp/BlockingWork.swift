import Foundation

/// Work that blocks, on a thread of its own: Swift's few threads must not wait for it.
public enum BlockingWork {
    /// Runs `body` on a new thread.
    ///
    /// - Parameters:
    ///   - name: Of the thread.
    ///   - body: May block.
    /// - Returns: What it returns.
    /// - Throws: What it throws.
    public static func run<Value: Sendable>(
        named name: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.name = name
            thread.start()
        }
    }
}
