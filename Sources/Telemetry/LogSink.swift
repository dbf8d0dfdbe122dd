import Foundation
import Synchronization

/// Where finished log lines go.
public protocol LogSink: Sendable {
    /// Takes one line, which ends with a newline and contains no other.
    ///
    /// Called from any thread, possibly from several at once.
    func write(_ line: String)
}

/// Writes each line to standard error with one call, so that lines of several threads do not mix.
public struct StandardErrorSink: LogSink {
    private static let lock = Mutex(())

    public init() {}

    public func write(_ line: String) {
        Self.lock.withLock { _ in
            // A log that cannot be written has nowhere to say so, and must not end the work it reports on.
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }

    /// Whether standard error is a terminal, where colours are read by a person.
    public static var isTerminal: Bool { isatty(FileHandle.standardError.fileDescriptor) == 1 }
}

/// Keeps lines in memory, for tests and for a page that shows the latest ones.
public final class MemorySink: LogSink {
    private let kept: Mutex<[String]> = Mutex([])
    private let capacity: Int

    /// Creates a sink that keeps the last `capacity` lines and forgets older ones.
    public init(capacity: Int = 1000) {
        precondition(capacity > 0, "a memory sink must have room for a line, got capacity \(capacity)")
        self.capacity = capacity
    }

    public var lines: [String] { self.kept.withLock { $0 } }

    public func write(_ line: String) {
        self.kept.withLock { kept in
            if kept.count == self.capacity { kept.removeFirst() }
            kept.append(line)
        }
    }
}
