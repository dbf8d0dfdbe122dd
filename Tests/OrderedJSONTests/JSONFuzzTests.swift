import Foundation
import OrderedJSON
import Testing

@Suite("JSON under mutation")
struct JSONFuzzTests {
    private static let seeds = [
        #"{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user","content":"안녕 😀"}],"temperature":0.5,"n":2,"stop":["a\n","\u00e9\ud83d\ude00"]}}"#,
        #"[1,-2.5e-3,true,false,null,"",[],{},{"a":{"b":[[[1]]]}}]"#, #""\"\\\/\b\f\n\r\t\u0000""#, "-0.0e+10",
    ]
    /// Bytes that mean something to a parser.
    private static let alphabet =
        Array("{}[]\",:\\/ubfnrt0123456789+-.eE \n\tnul".utf8) + [0, 0x80, 0xC3, 0xE0, 0xED, 0xF0, 0xFF]

    @Test("nothing crashes, what is accepted reads back, and Foundation accepts it too", arguments: 1...40)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(state: seed)
        for _ in 0..<400 {
            var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, using: &random) }
            guard let value = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 32)) else { continue }
            #expect(try JSONValue(parsing: value.serialized()) == value, "seed \(seed): \(bytes)")
            #expect(try JSONValue(parsing: value.text(.pretty)) == value, "seed \(seed): \(bytes)")
            let reference = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(reference != nil, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private static func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard let index = bytes.indices.randomElement(using: &random) else { return bytes.append(0x31) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(Self.alphabet.randomElement(using: &random) ?? 0, at: index)
        case 2: bytes[index] = Self.alphabet.randomElement(using: &random) ?? 0
        case 3: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...8, using: &random)))
        default: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 12)], at: index)
        }
    }
}

/// A small seeded generator (SplitMix64), so that a failing case can be run again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
