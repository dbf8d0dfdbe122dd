import Foundation

/// Writes log lines of one part of the program.
///
/// A value: copying it, changing its level or adding facts affects the copy alone; all copies write to the same sink.
/// Safe to use from any thread. A message below the level is never built.
///
/// ```swift
/// let logger = Logger("worker", level: .info, format: .json)
/// let partitionLogger = logger.with(["messaging.destination.partition.id": .integer(3)])
/// partitionLogger.notice("assigned", ["messaging.kafka.offset": .integer(offset)])
/// ```
public struct Logger: Sendable {
    /// Which part of the program speaks, such as `worker` or `kafka`.
    public var label: String
    /// Lines below this level are not written.
    public var level: LogLevel
    /// Facts written with every line, before the line's own.
    public var metadata: LogMetadata

    private let format: LogFormat
    private let sink: any LogSink
    private let maxLineBytes: Int
    private let secondsSinceEpoch: @Sendable () -> Double

    /// Creates a logger.
    ///
    /// - Parameters:
    ///   - label: Which part of the program speaks.
    ///   - level: Lines below it are not written.
    ///   - metadata: Facts written with every line.
    ///   - format: The form of a line; by default text, coloured when standard error is a terminal.
    ///   - sink: Where lines go.
    ///   - maxLineBytes: The longest line in bytes with its newline, at least 256; longer ones are cut and say so.
    ///   - secondsSinceEpoch: The wall clock, in seconds since 1970-01-01 UTC.
    public init(
        _ label: String,
        level: LogLevel = .info,
        metadata: LogMetadata = [:],
        format: LogFormat = .text(colours: StandardErrorSink.isTerminal),
        sink: any LogSink = StandardErrorSink(),
        maxLineBytes: Int = 16 << 10,
        secondsSinceEpoch: @escaping @Sendable () -> Double = Logger.wallClock
    ) {
        precondition(maxLineBytes >= 256, "a log line needs at least 256 bytes, got \(maxLineBytes)")
        self.label = label
        self.level = level
        self.metadata = metadata
        self.format = format
        self.sink = sink
        self.maxLineBytes = maxLineBytes
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    /// The system's wall clock, in seconds since 1970-01-01 UTC.
    public static let wallClock: @Sendable () -> Double = { Date().timeIntervalSince1970 }

    /// A logger that writes nothing.
    public static let silent = Logger("", level: .critical, format: .json, sink: DiscardingSink())

    /// This logger with more facts on every line.
    public func with(_ more: LogMetadata) -> Logger {
        var logger = self
        logger.metadata = self.metadata.merging(more)
        return logger
    }

    /// This logger under another part's name.
    public func labelled(_ label: String) -> Logger {
        var logger = self
        logger.label = label
        return logger
    }

    /// Writes one line, unless `level` is below the logger's.
    ///
    /// Blocks for the time of one write. Neither `message` nor `metadata` is evaluated when nothing is written.
    public func log(
        _ level: LogLevel,
        _ message: @autoclosure () -> String,
        _ metadata: @autoclosure () -> LogMetadata = [:]
    ) {
        guard level >= self.level else { return }
        let entry = LogEntry(
            secondsSinceEpoch: self.secondsSinceEpoch(),
            level: level,
            label: self.label,
            message: message(),
            metadata: self.metadata.merging(metadata())
        )
        self.sink.write(self.format.line(for: entry, limit: self.maxLineBytes))
    }

    public func trace(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.trace, message(), metadata())
    }

    public func debug(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.debug, message(), metadata())
    }

    public func info(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.info, message(), metadata())
    }

    public func notice(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.notice, message(), metadata())
    }

    public func warning(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.warning, message(), metadata())
    }

    public func error(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.error, message(), metadata())
    }

    public func critical(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> LogMetadata = [:]) {
        self.log(.critical, message(), metadata())
    }
}

private struct DiscardingSink: LogSink {
    func write(_ line: String) {}
}
