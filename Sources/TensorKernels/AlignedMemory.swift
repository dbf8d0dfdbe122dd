import Glibc

/// Memory at a cache line's boundary, freed with its owner.
///
/// It is exactly as long as asked for, so that a sanitizer sees an access beyond it.
@safe
final class AlignedMemory: @unchecked Sendable {
    // Sendable: the address never changes; who uses the memory says when.
    let base: UnsafeMutableRawPointer
    let bytes: Int

    /// More than a process can address on some systems; nobody means it.
    private static let maximumBytes = 1 << 46

    /// Allocates; the system commits pages as they are touched.
    init(bytes: Int) throws(KernelError) {
        guard bytes <= Self.maximumBytes else { throw .outOfMemory(bytes: bytes) }
        var memory: UnsafeMutableRawPointer?
        // Safe: `memory` is set only where the call returns 0; the alignment is a power of two.
        guard unsafe posix_memalign(&memory, 64, max(bytes, 1)) == 0, let memory = unsafe memory else {
            throw .outOfMemory(bytes: bytes)
        }
        unsafe self.base = memory
        self.bytes = bytes
    }

    deinit {
        // Safe: allocated in `init`, freed once.
        unsafe free(self.base)
    }

    var buffer: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: self.base, count: self.bytes)
    }
}
