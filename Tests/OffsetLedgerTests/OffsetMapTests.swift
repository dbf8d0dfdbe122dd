import Testing

@testable import OffsetLedger

@Suite("OffsetMap")
struct OffsetMapTests {
    @Test("a map comes back as it was written", arguments: 1...200 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let window = Int.random(in: 1...2_000, using: &random)
        let finishedShare = Double.random(in: 0...1, using: &random)
        let begunLength = Int.random(in: 0...window, using: &random)
        let marks = (0..<window).map { index -> OffsetMap.Mark in
            if Double.random(in: 0..<1, using: &random) < finishedShare { return .finished }
            return .unfinished(attempts: index < begunLength ? 1 + index * 3 / window : 0)
        }
        let map = OffsetMap(marks: marks, isOpen: Bool.random(using: &random))

        let read = try OffsetMap(decoding: map.encoded(maximumAttempts: 100), window: window)
        #expect(read.isOpen == map.isOpen)
        #expect(Self.padded(read.marks, to: window) == map.marks, "seed \(seed)")
    }

    @Test("the worst map of the largest window fits what a broker stores", arguments: 1...20 as ClosedRange<UInt64>)
    func fits(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let marks = (0..<PartitionLedger.largestWindow).map { _ -> OffsetMap.Mark in
            Bool.random(using: &random) ? .finished : .unfinished(attempts: Int.random(in: 0...3, using: &random))
        }
        let map = OffsetMap(marks: marks, isOpen: true)
        let metadata = map.encoded(maximumAttempts: 3)
        #expect(metadata.utf8.count <= 4096, "seed \(seed)")

        let read = try OffsetMap(decoding: metadata, window: PartitionLedger.largestWindow)
        for (got, want) in zip(Self.padded(read.marks, to: marks.count), marks) {
            guard case .unfinished(let attempts) = want, case .unfinished(let readAttempts) = got else {
                #expect(got == want)
                continue
            }
            #expect(readAttempts >= min(attempts, 2) && (attempts == 3 || readAttempts < 3))
        }
    }

    @Test("alternating marks fit too")
    func alternating() {
        let marks = (0..<PartitionLedger.largestWindow).map { index -> OffsetMap.Mark in
            index % 2 == 0 ? .unfinished(attempts: index / 2 % 2) : .finished
        }
        #expect(OffsetMap(marks: marks, isOpen: true).encoded(maximumAttempts: 3).utf8.count <= 4096)
    }

    @Test("one stuck record before many finished ones costs a few characters")
    func stuckRecord() {
        let marks = [OffsetMap.Mark.unfinished(attempts: 1)] + Array(repeating: .finished, count: 19_999)
        #expect(OffsetMap(marks: marks, isOpen: true).encoded(maximumAttempts: 3).utf8.count < 24)
    }

    @Test("no metadata is an empty map, left in good order")
    func empty() throws {
        #expect(try OffsetMap(decoding: "", window: 10) == OffsetMap())
    }

    @Test(
        "what is not a map is refused",
        arguments: [
            "d2o::", "hello", "d1x::", "d1o", "d1o:", "d1o:::", "d1o:x:", "d1o:b*:", "d1o:r/w==:", "d1o:rgA==:",
            "d1o::gICAgAE=", "d1o::AQ==", "d1o::Af8B", "d1o:b/////////w==:", "d1o:rAJBO:",
        ]
    )
    func malformed(metadata: String) {
        #expect(throws: OffsetMapError.self) { try OffsetMap(decoding: metadata, window: 32) }
    }

    @Test("no text makes the reader crash", arguments: 1...20 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let valid = OffsetMap(
            marks: (0..<64).map { $0 % 3 == 0 ? .finished : .unfinished(attempts: $0 / 40) },
            isOpen: true
        ).encoded(maximumAttempts: 3)
        for _ in 0..<500 {
            var bytes = Array(valid.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20..<0x7F, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            let text = String(decoding: bytes, as: UTF8.self)
            if let map = try? OffsetMap(decoding: text, window: 128) { #expect(map.marks.count <= 128) }
        }
    }

    private static func padded(_ marks: [OffsetMap.Mark], to count: Int) -> [OffsetMap.Mark] {
        marks + Array(repeating: .unfinished(attempts: 0), count: count - marks.count)
    }
}

/// A small seeded generator, so that a failing case can be run again.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
