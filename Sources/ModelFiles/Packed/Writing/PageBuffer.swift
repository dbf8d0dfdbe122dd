/// Memory of whole pages for what is about to be written; one thread's at a time.
@safe
final class PageBuffer: @unchecked Sendable {
    // Sendable: the address never changes; whoever has the buffer for a unit of work uses the memory alone.
    let bytes: Int
    let base: UnsafeMutableRawPointer

    init(bytes: Int) {
        self.bytes = PackLayout.roundedUp(max(bytes, 1), to: PackLayout.pageBytes)
        // Safe: every byte is written before it is read; `deinit` frees it.
        unsafe self.base = .allocate(byteCount: self.bytes, alignment: PackLayout.pageBytes)
    }

    deinit {
        // Safe: allocated in `init`, freed once.
        unsafe self.base.deallocate()
    }

    /// A range of it.
    @unsafe
    func region(_ byteRange: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(
            byteRange.lowerBound >= 0 && byteRange.upperBound <= self.bytes,
            "\(byteRange) of \(self.bytes) bytes"
        )
        // Safe: the range was checked to lie in the memory.
        return unsafe UnsafeMutableRawBufferPointer(
            start: self.base + byteRange.lowerBound,
            count: byteRange.count
        )
    }

    /// Sets a range to zeros.
    func clear(_ byteRange: Range<Int>) {
        // Safe: `region` checks the range.
        unsafe self.region(byteRange).initializeMemory(as: UInt8.self, repeating: 0)
    }

    func store(_ bytes: [UInt8], at byteOffset: Int) {
        // Safe: `region` checks the range, which is as long as the array.
        unsafe self.region(byteOffset..<byteOffset + bytes.count).copyBytes(from: bytes)
    }
}
