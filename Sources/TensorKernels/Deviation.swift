import CDureKernels

/// How far rounded weights are from the true ones, added up in f64.
public struct Deviation: Sendable, Equatable {
    private var values = 0.0
    private var approximations = 0.0
    private var products = 0.0
    private var errors = 0.0

    public init() {}

    /// The norm of the error over the norm of the true weights; 0 where there is no error.
    public var relativeError: Double { self.errors == 0 ? 0 : (self.errors / self.values).squareRoot() }

    /// The cosine of the angle between the two; 1 where both are zero throughout.
    public var cosine: Double {
        let norms = (self.values * self.approximations).squareRoot()
        return norms == 0 ? (self.errors == 0 ? 1 : 0) : self.products / norms
    }

    /// Takes in as many pairs as both have values; the order of the sums depends on that number alone.
    public mutating func add(_ values: Span<Float>, approximatedBy approximations: Span<Float>) {
        precondition(
            values.count == approximations.count,
            "\(values.count) values, \(approximations.count) approximations"
        )
        var sums = dure_deviation()
        // Safe: the counts are equal, and the kernel keeps no pointer.
        unsafe values.withUnsafeBufferPointer { values in
            unsafe approximations.withUnsafeBufferPointer { approximations in
                unsafe dure_add_deviation(&sums, values.baseAddress, approximations.baseAddress, Int64(values.count))
            }
        }
        self.values += sums.values
        self.approximations += sums.approximations
        self.products += sums.products
        self.errors += sums.errors
    }

    /// Takes in what was added up elsewhere.
    public mutating func add(_ other: Deviation) {
        self.values += other.values
        self.approximations += other.approximations
        self.products += other.products
        self.errors += other.errors
    }
}
