/// Random numbers as a function of a key and a counter, without any state.
///
/// What is drawn for one token depends on the seed, the choice and the token position alone, not on what else runs or
/// ran. Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", Philox4x32 with ten rounds.
struct Philox: Sendable {
    private let key: SIMD2<UInt32>

    init(key: UInt64) { self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)) }

    /// The block of four numbers at `counter`.
    func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var state = counter
        var key = self.key
        for _ in 0..<10 {
            let first = UInt64(0xD251_1F53) * UInt64(state[0])
            let second = UInt64(0xCD9E_8D57) * UInt64(state[2])
            state = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ state[1] ^ key[0],
                UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ state[3] ^ key[1],
                UInt32(truncatingIfNeeded: first)
            )
            key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return state
    }

    /// A number in [0, 1) with 53 random bits, for the token at `tokenPosition` of choice `choice`.
    func uniform(choice: Int, tokenPosition: Int) -> Double {
        let position = UInt64(truncatingIfNeeded: tokenPosition)
        let block = self.block(
            SIMD4(
                UInt32(truncatingIfNeeded: position),
                UInt32(truncatingIfNeeded: position >> 32),
                UInt32(truncatingIfNeeded: choice),
                0
            )
        )
        let bits = UInt64(block[0]) << 32 | UInt64(block[1])
        return Double(bits >> 11) * 0x1p-53
    }
}
