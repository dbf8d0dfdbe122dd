import TensorKernels
import Testing

@Suite("Checksum")
struct ChecksumTests {
    /// Bit by bit, as the polynomial says.
    private static func byDivision(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { checksum, byte in
            (0..<8).reduce(checksum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B9) >> 11) }
    }

    @Test("is the CRC-32C of the standard's example")
    func known() {
        #expect(Checksum.crc32c(Array("123456789".utf8).span) == 0xE306_9283)
        #expect(Checksum.crc32c([UInt8]().span) == 0)
    }

    @Test(
        "is the same as by division, at every length and beginning",
        arguments: [0, 1, 3, 7, 8, 63, 4095, 12287, 12288, 12301, 40000]
    )
    func lengths(count: Int) {
        let bytes = Self.bytes(count + 3)
        for start in 0...3 {
            let part = bytes.span.extracting(start..<start + count)
            #expect(Checksum.crc32c(part) == Self.byDivision(bytes[start..<start + count]))
        }
    }

    @Test("of two parts is that of the whole")
    func parts() {
        let bytes = Self.bytes(30000)
        for cut in [0, 1, 4096, 12289, 29999] {
            let first = Checksum.crc32c(bytes.span.extracting(first: cut))
            #expect(Checksum.crc32c(bytes.span.extracting(cut..<30000), after: first) == Self.byDivision(bytes))
        }
    }
}

@Suite("Deviation")
struct DeviationTests {
    @Test("is the error's norm over the weights' norm, and the angle between the two")
    func numbers() {
        var deviation = Deviation()
        deviation.add([3, 0, 0].span, approximatedBy: [3, 1, 0].span)
        deviation.add([0, 4].span, approximatedBy: [0, 4].span)
        #expect(deviation.relativeError == 0.2)
        #expect(abs(deviation.cosine - 25 / (25.0 * 26).squareRoot()) < 1e-15)
        var whole = Deviation()
        whole.add(deviation)
        #expect(whole == deviation)
    }

    @Test("of zeros from zeros is none")
    func zeros() {
        var deviation = Deviation()
        deviation.add([0, 0].span, approximatedBy: [0, 0].span)
        #expect(deviation.relativeError == 0 && deviation.cosine == 1)
    }
}
