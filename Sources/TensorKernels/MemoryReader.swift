import CDureKernels

/// Memory that is far larger than caches, to be read as fast as all threads of a pool can: what benchmarks compare with.
public final class MemoryReader {
    private let pool: ComputePool
    private let memory: FloatMatrix
    private let sums: FloatMatrix

    /// Allocates and writes the memory.
    ///
    /// - Parameters:
    ///   - pool: The threads, all of which read.
    ///   - floatsPerThread: How much memory each of them has.
    /// - Throws: ``KernelError/outOfMemory(bytes:)``.
    public init(pool: ComputePool, floatsPerThread: Int = 1 << 24) throws(KernelError) {
        self.pool = pool
        self.memory = try FloatMatrix(rows: pool.threads, columns: floatsPerThread)
        self.sums = try FloatMatrix(rows: pool.threads, columns: 16)
        // A page that was never written is the system's one page of zeros.
        for row in 0..<pool.threads { self.memory[row] = Array(repeating: 1, count: floatsPerThread) }
    }

    /// What one call of ``read()`` reads.
    public var bytes: Int { self.memory.bytes }

    /// Reads all of it once.
    public func read() {
        let (from, to, count) = (self.memory.all.raw, self.sums.all.raw, Int64(self.memory.columns))
        self.pool.run(self.pool.threads) { unit, _ in
            // Safe: each unit reads its own row, and writes one of its own.
            let sum = unsafe dure_read_limit(from.row(unit), count)
            unsafe to.row(unit)[0] = Float(sum)
        }
    }
}
