import CExpertArena
import Glibc
import ModelFiles

/// Reads records of one layer's file, past the page cache where the file system allows that.
@safe
final class ExpertRecordReader: Sendable {
    let file: PackedExpertFile
    private let descriptor: Int32
    private let isDirect: Bool

    /// - Parameters:
    ///   - file: Which.
    ///   - direct: Whether to ask for O_DIRECT; a file system that has none is read through the page cache.
    /// - Throws: ``ExpertCacheError`` with code `unreadable`.
    init(_ file: PackedExpertFile, direct: Bool) throws(ExpertCacheError) {
        self.file = file
        // Safe: the path is passed as a terminated string that lives for the call; here and below.
        var descriptor = direct ? unsafe dure_open_direct(file.path) : -1
        self.isDirect = descriptor >= 0
        if descriptor < 0 { descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw Self.error(file.path, "cannot be opened") }
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    /// Reads a whole record.
    ///
    /// - Parameters:
    ///   - expert: Whose.
    ///   - record: Receives it: as many bytes as a record has, at a multiple of a page.
    /// - Throws: ``ExpertCacheError`` with code `unreadable`.
    @unsafe
    func read(_ expert: Int, into record: UnsafeMutableRawBufferPointer) throws(ExpertCacheError) {
        let start = self.file.byteOffset(ofExpert: expert)
        var done = 0
        while done < record.count {
            // Safe: what is written lies in the buffer, which is the caller's for the call.
            let count = unsafe pread(
                self.descriptor,
                record.baseAddress?.advanced(by: done),
                record.count - done,
                start + done
            )
            guard count >= 0 || errno == EINTR else { throw Self.error(self.file.path, "cannot be read") }
            guard count != 0 else {
                throw ExpertCacheError(
                    .unreadable,
                    "\(self.file.path): expected \(start + record.count) bytes, got the end after \(start + done)"
                )
            }
            done += max(count, 0)
        }
        // What went through the page cache is in memory twice. Advice: a refusal changes nothing.
        if !self.isDirect { _ = posix_fadvise(self.descriptor, start, record.count, POSIX_FADV_DONTNEED) }
    }

    private static func error(_ path: String, _ what: String) -> ExpertCacheError {
        // Safe: `strerror` returns a terminated string, copied at once.
        ExpertCacheError(.unreadable, "\(path): \(what): \(unsafe String(cString: strerror(errno)))")
    }
}
