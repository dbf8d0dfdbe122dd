/// Random values that depend on a seed, a name and an index alone, so that any piece of a tensor can be made anywhere.
///
/// SplitMix64's output at the counter's place; the four 16-bit lanes of one output, added up, are close to a normal
/// distribution (Irwin-Hall, cut off at 3.46 standard deviations). Sum and scale are exact, so every machine makes the same bits.
struct CounterNoise: Sendable {
    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
    /// The standard deviation of the sum of four independent 16-bit integers is 2^16 / sqrt(3).
    private static let toUnitDeviation: Float = 1.732_050_8 / 65536

    private let key: UInt64

    init(seed: UInt64, name: String) {
        // FNV-1a, so that tensors of one seed are unrelated.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        self.key = Self.mixed(seed &+ Self.increment) ^ Self.mixed(hash)
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Sixty-four of them, each as likely as not.
    @inline(__always)
    func bits(_ index: Int) -> UInt64 {
        Self.mixed(self.key &+ UInt64(bitPattern: Int64(index)) &* Self.increment)
    }

    /// Mean 0, standard deviation 1.
    @inline(__always)
    subscript(index: Int) -> Float {
        let bits = self.bits(index)
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
        return Float(Int32(truncatingIfNeeded: sum) - 131_070) * Self.toUnitDeviation
    }
}
