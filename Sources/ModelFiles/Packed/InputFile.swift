import Glibc

/// A file that is read piece by piece: an error of the disk is an error here, where a mapping would end the process.
@safe
struct InputFile: ~Copyable {
    let path: String
    let bytes: Int
    private let descriptor: Int32

    /// - Throws: ``ModelFilesError`` with code `unreadable`.
    init(path: String) throws(ModelFilesError) {
        // Safe: the path is passed as a terminated string that lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw MappedFile.systemError(path, "cannot be opened") }
        var status = stat()
        // Safe: `status` is a whole `struct stat` that outlives the call.
        let isExamined = unsafe fstat(descriptor, &status) == 0
        guard isExamined, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ModelFilesError(.unreadable, path, ["expected a regular file, got something else"])
        }
        self.path = path
        self.bytes = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    /// Reads a range that lies in the file into the front of a buffer.
    func read(_ byteRange: Range<Int>, into buffer: inout [UInt8]) throws(ModelFilesError) {
        precondition(byteRange.count <= buffer.count, "a buffer of \(buffer.count) bytes for \(byteRange.count)")
        var done = 0
        while done < byteRange.count {
            // Safe: what is written lies in the array, which lives for the call.
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    self.descriptor,
                    buffer.baseAddress?.advanced(by: done),
                    byteRange.count - done,
                    byteRange.lowerBound + done
                )
            }
            guard count >= 0 || errno == EINTR else { throw MappedFile.systemError(self.path, "cannot be read") }
            guard count != 0 else {
                let end = byteRange.lowerBound + done
                throw ModelFilesError(.malformed, self.path, ["expected \(self.bytes) bytes, got the end after \(end)"])
            }
            done += max(0, count)
        }
    }

    /// Tells the system that what was read is not needed again.
    func forget(_ byteRange: Range<Int>) {
        // Advice: a refusal changes nothing.
        _ = posix_fadvise(self.descriptor, byteRange.lowerBound, byteRange.count, POSIX_FADV_DONTNEED)
    }
}
