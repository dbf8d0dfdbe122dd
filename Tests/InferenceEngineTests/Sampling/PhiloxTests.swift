import Testing

@testable import InferenceEngine

@Suite("Philox")
struct PhiloxTests {
    /// From the known answers that the authors publish with Random123.
    @Test("gives the published answers")
    func knownAnswers() {
        let zero = Philox(key: 0).block(SIMD4(0, 0, 0, 0))
        #expect(zero == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        let ones = Philox(key: .max).block(SIMD4(repeating: .max))
        #expect(ones == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        let pi = Philox(key: 0x299F_31D0_A409_3822).block(
            SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344)
        )
        #expect(pi == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test("gives other numbers for another seed, choice or position, all of them in [0, 1)")
    func uniform() {
        var seen: Set<Double> = []
        for seed in 0..<10 as Range<UInt64> {
            for choice in 0..<10 {
                for position in 0..<100 {
                    let number = Philox(key: seed).uniform(choice: choice, tokenPosition: position)
                    #expect(number >= 0 && number < 1)
                    seen.insert(number)
                }
            }
        }
        #expect(seen.count == 10_000)
        #expect(abs(seen.reduce(0, +) / 10_000 - 0.5) < 0.01)
    }
}
