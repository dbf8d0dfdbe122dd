internal import CRdkafka
internal import Glibc

/// Ends the wait of the thread that polls librdkafka's queues: a queue that gets something, or any thread, raises it.
@safe final class WakeSignal: @unchecked Sendable {
    // `@unchecked`: the descriptor never changes, and the system calls on it are safe from any thread.

    let descriptor: Int32
    static let payload: UInt64 = 1

    /// - Throws: `_FAIL` when the process has no descriptor left.
    init() throws(KafkaError) {
        self.descriptor = dure_kafka_wake_descriptor()
        guard self.descriptor >= 0 else {
            throw KafkaError(name: "_FAIL", message: "the process has no file descriptor left for Kafka's wake-ups")
        }
    }

    deinit { close(self.descriptor) }

    func raise() {
        var one = Self.payload
        // Safe: eight bytes of `one` are read. A full counter is raised already, so that failure means nothing.
        _ = unsafe write(self.descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Lowers it; true if it was raised.
    func clear() -> Bool {
        var count: UInt64 = 0
        // Safe: eight bytes are written to `count`. The descriptor does not block.
        return unsafe read(self.descriptor, &count, MemoryLayout<UInt64>.size) > 0
    }

    /// Waits until it is raised.
    func wait(upTo timeout: Duration) {
        var entry = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        // Safe: one entry is read and written. Ending early, on a signal, is harmless: the caller looks again.
        _ = unsafe poll(&entry, 1, timeout.milliseconds)
    }
}
