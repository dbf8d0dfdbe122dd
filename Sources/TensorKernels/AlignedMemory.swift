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

    /// From here on the system is asked for pages of this size: weights are read from end to end, and the processor's own reading
    /// ahead stops at the end of a page.
    private static let hugePageBytes = 2 << 20

    /// Allocates; the system commits pages as they are touched.
    init(bytes: Int) throws(KernelError) {
        guard bytes <= Self.maximumBytes else { throw .outOfMemory(bytes: bytes) }
        let alignment = bytes < Self.hugePageBytes ? 64 : Self.hugePageBytes
        var memory: UnsafeMutableRawPointer?
        // Safe: `memory` is set only where the call returns 0; the alignment is a power of two.
        guard unsafe posix_memalign(&memory, alignment, max(bytes, 1)) == 0, let memory = unsafe memory else {
            throw .outOfMemory(bytes: bytes)
        }
        if bytes >= Self.hugePageBytes {
            // Safe: whole pages inside the block. A system that has no such pages refuses, and serves small ones.
            _ = unsafe madvise(memory, bytes / Self.hugePageBytes * Self.hugePageBytes, MADV_HUGEPAGE)
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
