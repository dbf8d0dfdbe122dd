import CDureKernels

/// What a machine can do at most with a number of threads: what benchmarks compare with.
public struct MachineLimits: Sendable, Equatable {
    /// Floating-point operations of fused multiply-adds, two each, on registers alone.
    public var operationsPerSecond: Double
    /// Operations of multiplying and adding bytes, two each, on registers alone.
    public var integerOperationsPerSecond: Double
    /// Of reading memory once, from far more of it than caches hold.
    public var bytesPerSecond: Double

    /// Measures; blocks for about a second with the default effort.
    ///
    /// - Parameters:
    ///   - pool: The threads, all of which are kept busy.
    ///   - variant: Whose instructions are used for arithmetic.
    ///   - effort: Rounds, of which the best counts.
    ///   - floatsPerThread: How much memory each thread reads in a round.
    /// - Returns: The best of all rounds.
    /// - Throws: ``KernelError/outOfMemory(bytes:)``.
    public static func measure(
        pool: ComputePool,
        variant: KernelVariant = .fastest,
        effort: Int = 5,
        floatsPerThread: Int = 1 << 24
    ) throws(KernelError) -> MachineLimits {
        let reader = try MemoryReader(pool: pool, floatsPerThread: floatsPerThread)
        let sums = try FloatMatrix(rows: pool.threads, columns: 16)
        let to = sums.all.raw
        var limits = MachineLimits(operationsPerSecond: 0, integerOperationsPerSecond: 0, bytesPerSecond: 0)
        for _ in 0..<effort {
            let arithmetic = Self.seconds {
                pool.run(pool.threads) { unit, _ in
                    // Safe: each unit writes sixteen floats of its own.
                    _ = unsafe variant.table.pointee.multiply_add_limit(to.row(unit), Self.steps)
                }
            }
            let integers = Self.seconds {
                pool.run(pool.threads) { unit, _ in
                    // Safe: as above.
                    _ = unsafe variant.table.pointee.integer_limit(to.row(unit), Self.steps)
                }
            }
            // Safe: one step, one row written.
            let operations = unsafe variant.table.pointee.multiply_add_limit(to.base, 1)
            let integerOperations = unsafe variant.table.pointee.integer_limit(to.base, 1)
            let reading = Self.seconds { reader.read() }
            limits.operationsPerSecond = max(
                limits.operationsPerSecond,
                Double(operations * Self.steps) * Double(pool.threads) / arithmetic
            )
            limits.integerOperationsPerSecond = max(
                limits.integerOperationsPerSecond,
                Double(integerOperations * Self.steps) * Double(pool.threads) / integers
            )
            limits.bytesPerSecond = max(limits.bytesPerSecond, Double(reader.bytes) / reading)
        }
        return limits
    }

    private static let steps: Int64 = 2_000_000

    private static func seconds(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        return max(clock.measure(body) / .seconds(1), 1e-9)
    }
}
