import Glibc

/// A file that appears under its name only when it is whole.
///
/// Written beside its place under a temporary name, synced, then renamed. One that is dropped before `publish()` is removed.
@safe
struct PendingFile: ~Copyable {
    let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isPublished = false

    /// - Throws: ``ModelFilesError`` with code `unwritable`.
    init(path: String) throws(ModelFilesError) {
        self.path = path
        self.temporaryPath = "\(path).partial-\(getpid())"
        // Safe: the path is passed as a terminated string that lives for the call.
        self.descriptor = unsafe open(self.temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard self.descriptor >= 0 else { throw Self.systemError(path, "cannot be created") }
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
        // Safe: the path is passed as a terminated string that lives for the call.
        if !self.isPublished, self.descriptor >= 0 { _ = unsafe unlink(self.temporaryPath) }
    }

    /// Writes all of `bytes`; blocks.
    mutating func write(_ bytes: [UInt8]) throws(ModelFilesError) {
        var written = 0
        while written < bytes.count {
            // Safe: the range read is inside the array, which lives for the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(self.descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            guard count >= 0 || errno == EINTR else { throw Self.systemError(self.path, "cannot be written") }
            written += max(0, count)
        }
    }

    /// Makes the file durable and gives it its name, replacing a file that has it.
    consuming func publish() throws(ModelFilesError) {
        guard fsync(self.descriptor) == 0 else { throw Self.systemError(self.path, "cannot be synced") }
        // Safe: both paths are passed as terminated strings that live for the call.
        guard unsafe rename(self.temporaryPath, self.path) == 0 else {
            throw Self.systemError(self.path, "cannot be named")
        }
        self.isPublished = true
    }

    static func systemError(_ path: String, _ what: String) -> ModelFilesError {
        // Safe: `strerror` returns a terminated string, copied at once.
        let reason = unsafe String(cString: strerror(errno))
        return ModelFilesError(.unwritable, path, ["\(what): \(reason)"])
    }
}
