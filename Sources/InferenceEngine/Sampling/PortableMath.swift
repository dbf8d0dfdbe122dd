/// Exponential and logarithm from additions and multiplications only.
///
/// The C library's differ in the last bit between processors, and one bit can be another token. These give the same
/// bits everywhere.
enum PortableMath {
    /// Below this, ``exponential(_:)`` is zero: the result would not be a normal number.
    static let leastExponent: Float = -87

    /// e to the power of `x`, for x of at most 0, to within 2 units in the last place.
    @inline(__always)
    static func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let isZero = x .< Self.leastExponent
        let x = x.replacing(with: Self.leastExponent, where: isZero)
        // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
        let shifted = x * 1.442_695_04 + 12_582_912
        let power = shifted - 12_582_912
        // ln 2 in two parts, the first short enough for an exact product.
        let rest = (x - power * 0.693_359_375) - power * -2.121_944_4e-4
        // The series of e^rest, |rest| <= ln 2 / 2, in Horner's scheme.
        var series = rest * (1 / 5040) + (1 / 720)
        series = series * rest + (1 / 120)
        series = series * rest + (1 / 24)
        series = series * rest + (1 / 6)
        series = series * rest + 0.5
        series = series * rest + 1
        series = series * rest + 1
        var scale = SIMD8<Float>()
        for lane in 0..<8 { scale[lane] = Float(bitPattern: (shifted[lane].bitPattern &+ 127) &<< 23) }
        return (series * scale).replacing(with: 0, where: isZero)
    }

    /// The same, for one number.
    @inline(__always)
    static func exponential(_ x: Float) -> Float { self.exponential(SIMD8(repeating: x))[0] }

    /// The natural logarithm of a positive, normal number.
    static func logarithm(_ x: Double) -> Double {
        var exponent = Double(x.exponent)
        var significand = x.significand
        if significand > 1.414_213_562_373_095 {
            significand /= 2
            exponent += 1
        }
        // ln m = 2 (s + s^3/3 + s^5/5 + ...), s = (m - 1) / (m + 1), |s| < 0.172.
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var series = 0.0
        for odd in stride(from: 21, through: 1, by: -2) { series = series * square + 1 / Double(odd) }
        return exponent * 0.693_147_180_559_945_3 + 2 * ratio * series
    }
}
