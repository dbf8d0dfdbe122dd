import Glibc

/// A new file that several threads write, each at places of its own.
@safe
final class OutputFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the file, or empties one that is there.
    ///
    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    init(path: String) throws(ModelFilesError) {
        // Safe: the path is passed as a terminated string that lives for the call.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw PendingFile.systemError(path, "cannot be created") }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    /// Writes all of `bytes`; blocks.
    func write(_ bytes: Span<UInt8>, at byteOffset: Int) throws(ModelFilesError) {
        var done = 0
        while done < bytes.count {
            // Safe: the range read is inside the span, which lives for the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    self.descriptor,
                    buffer.baseAddress?.advanced(by: done),
                    buffer.count - done,
                    byteOffset + done
                )
            }
            guard count >= 0 || errno == EINTR else { throw PendingFile.systemError(self.path, "cannot be written") }
            done += max(0, count)
        }
    }

    /// Gives the file its size, where its end was left out because it is zeros, and makes it durable.
    func finish(bytes: Int) throws(ModelFilesError) {
        guard ftruncate(self.descriptor, bytes) == 0 else {
            throw PendingFile.systemError(self.path, "cannot be sized")
        }
        guard fsync(self.descriptor) == 0 else { throw PendingFile.systemError(self.path, "cannot be synced") }
    }
}
