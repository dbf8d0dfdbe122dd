import Foundation
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("PortableMath")
struct PortableMathTests {
    @Test("the exponential is within two units in the last place")
    func exponential() {
        var worst = 0.0
        for index in 0...40_000 {
            let x = Float(index) * (PortableMath.leastExponent / 40_000)
            let exact = exp(Double(x))
            let unit = Double(Float(exact).ulp)
            worst = max(worst, abs(Double(PortableMath.exponential(x)) - exact) / unit)
        }
        #expect(worst < 2, "\(worst) units")
        #expect(PortableMath.exponential(0 as Float) == 1)
    }

    @Test("the exponential is zero where it would not be a normal number", arguments: [-87.1, -1e30, -Float.infinity])
    func exponentialOfLittle(x: Float) { #expect(PortableMath.exponential(x) == 0) }

    @Test("the exponential of one number is that of eight")
    func lanes() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<1000 {
            var x = SIMD8<Float>()
            for lane in 0..<8 { x[lane] = Float.random(in: -100...0, using: &random) }
            let eight = PortableMath.exponential(x)
            for lane in 0..<8 { #expect(PortableMath.exponential(x[lane]) == eight[lane]) }
        }
    }

    @Test("the logarithm is right to a part in 10^15")
    func logarithm() {
        var random = SeededRandom(seed: 6)
        for _ in 0..<20_000 {
            let x = exp(Double.random(in: -600...600, using: &random))
            #expect(abs(PortableMath.logarithm(x) - log(x)) <= 1e-15 * max(1, abs(log(x))), "\(x)")
        }
        #expect(PortableMath.logarithm(1) == 0)
    }
}
