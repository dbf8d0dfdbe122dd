import Glibc

/// A regular file, mapped read-only for as long as this object lives.
///
/// The size is taken once, when the file is opened. The mapping follows the file: one that is truncated or rewritten
/// in place while it is mapped ends the process (SIGBUS) or changes weights under a running model, so model files are
/// replaced by renaming, never by overwriting.
@safe
final class MappedFile: @unchecked Sendable {
    // Sendable: immutable after init, and the pages are never written.
    let path: String
    let bytes: Int
    private let base: UnsafeMutableRawPointer

    /// - Throws: ``ModelFilesError`` with code `unreadable`.
    init(path: String) throws(ModelFilesError) {
        // Safe: `path` is passed as a terminated string that lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.systemError(path, "cannot be opened") }
        defer { close(descriptor) }
        let bytes = try Self.regularFileBytes(descriptor, path)
        // Safe: a new mapping at an address of the system's choice; failure is checked below.
        guard let base = unsafe mmap(nil, bytes, PROT_READ, MAP_SHARED, descriptor, 0), unsafe base != MAP_FAILED else {
            throw Self.systemError(path, "cannot be mapped")
        }
        // Weights are on disk already: they have no place in a core dump. Advice, so a refusal changes nothing.
        // Safe: exactly the mapping made above.
        _ = unsafe madvise(base, bytes, MADV_DONTDUMP)
        self.path = path
        self.bytes = bytes
        unsafe self.base = base
    }

    deinit {
        // Safe: the mapping made in `init`, unmapped once; no view outlives its owner.
        _ = unsafe munmap(self.base, self.bytes)
    }

    private static func regularFileBytes(_ descriptor: Int32, _ path: String) throws(ModelFilesError) -> Int {
        var status = stat()
        // Safe: `status` is a whole `struct stat` that outlives the call.
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.systemError(path, "cannot be examined") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ModelFilesError(.unreadable, path, ["expected a regular file, got something else"])
        }
        guard status.st_size > 0 else {
            throw ModelFilesError(.malformed, path, ["expected a file with content, got 0 bytes"])
        }
        return Int(status.st_size)
    }

    /// What the system last said, of a file that is read.
    static func systemError(_ path: String, _ what: String) -> ModelFilesError {
        // Safe: `strerror` returns a terminated string, copied at once.
        let reason = unsafe String(cString: strerror(errno))
        return ModelFilesError(.unreadable, path, ["\(what): \(reason)"])
    }

    /// The address of a byte range; valid while this object lives.
    @unsafe
    func address(_ byteRange: Range<Int>) -> UnsafeRawPointer {
        precondition(byteRange.lowerBound >= 0 && byteRange.upperBound <= self.bytes, "range outside the file")
        // Safe: the range was checked to lie in the mapping.
        return unsafe UnsafeRawPointer(self.base + byteRange.lowerBound)
    }

    /// A copy of a byte range, for what is parsed rather than computed with.
    func copy(_ byteRange: Range<Int>) -> [UInt8] {
        // Safe: `address` checks the range, and the copy is made before `self` can go.
        unsafe Array(UnsafeRawBufferPointer(start: self.address(byteRange), count: byteRange.count))
    }

    /// Asks the system to read the pages that `bytes`, a part of the mapping, lie on.
    @unsafe
    func prefetch(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.advise(bytes, MADV_WILLNEED)
    }

    /// Takes the pages that `bytes`, a part of the mapping, lie on out of this process's memory.
    ///
    /// They are read again when they are needed.
    @unsafe
    func release(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.advise(bytes, MADV_DONTNEED)
    }

    @unsafe
    private func advise(_ bytes: UnsafeRawBufferPointer, _ advice: Int32) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        // Safe: only the address is used.
        let byteOffset = unsafe start - UnsafeRawPointer(self.base)
        precondition(byteOffset >= 0 && byteOffset + bytes.count <= self.bytes, "bytes outside the file")
        let first = byteOffset / page * page
        // Safe: pages of a read-only mapping of a file: whoever reads them meanwhile gets the same bytes.
        _ = unsafe madvise(self.base + first, byteOffset + bytes.count - first, advice)
    }

    /// The whole of a small file.
    ///
    /// - Throws: ``ModelFilesError`` with code `unreadable`, or `malformed` for a file larger than `limit` bytes.
    static func contents(of path: String, limit: Int) throws(ModelFilesError) -> [UInt8] {
        let file = try MappedFile(path: path)
        guard file.bytes <= limit else {
            throw ModelFilesError(.malformed, path, ["expected at most \(limit) bytes, got \(file.bytes)"])
        }
        return file.copy(0..<file.bytes)
    }

    static func exists(_ path: String) -> Bool {
        // Safe: `path` is passed as a terminated string that lives for the call.
        unsafe access(path, F_OK) == 0
    }
}
