import OrderedJSON
import Testing

@testable import Tokenization

@Suite("UnicodeForm")
struct UnicodeFormTests {
    @Test(
        "composes as the reference does, whose tables are those of Unicode 9.0",
        arguments: [
            ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("\u{AC00}\u{11A8}", "\u{AC01}"),
            ("\u{AC00}\u{11C3}", "\u{AC00}\u{11C3}"), ("\u{1103}\u{1176}", "\u{1103}\u{1176}"),
            ("\u{AC01}\u{11A8}", "\u{AC01}\u{11A8}"), ("e\u{301}\u{323}", "\u{1EB9}\u{301}"), ("\u{212B}", "\u{C5}"),
            ("\u{958}", "\u{915}\u{93C}"), ("e\u{301}\u{F73}", "\u{E9}\u{F71}\u{F72}"), ("\u{301}e", "\u{301}e"),
            ("a\u{1AB0}\u{301}", "a\u{1AB0}\u{301}"), ("q\u{1DF6}\u{334}", "q\u{1DF6}\u{334}"), ("か\u{3099}", "が"),
        ]
    ) func composed(text: String, expected: String) {
        #expect(UnicodeForm.nfc.normalize(Array(text.utf8)) == Array(expected.utf8))
    }

    @Test("a run of marks is sorted in time that its length warrants", .timeLimit(.minutes(1))) func longRunOfMarks() {
        let text = Array(("a" + String(repeating: "\u{301}\u{323}", count: 50_000)).utf8)
        #expect(UnicodeForm.nfc.normalize(text).starts(with: "\u{1EA1}\u{323}".utf8))
    }

    @Test("makes of every scalar that decomposes, alone and among marks, what the reference makes of it")
    func everyScalar() throws {
        let expected = try JSONValue(parsing: TokenizerFixtures.bytes("unicode.json"))["forms"]
        let forms = [
            ("NFC", UnicodeForm.nfc), ("NFD", UnicodeForm.nfd), ("NFKC", UnicodeForm.nfkc), ("NFKD", UnicodeForm.nfkd),
        ]
        for (name, form) in forms {
            var check = CRC32()
            for text in Self.texts { check.append(form.normalize(Array(text.utf8))) }
            #expect(Int64(check.value) == expected?[name]?.integer, "\(name)")
        }
    }

    /// The texts of the generator's `form_texts`.
    private static var texts: [String] {
        let ranges: [ClosedRange<UInt32>] = [
            0xA0...0x33FF, 0xA600...0xABFF, 0xF900...0xFFEF, 0x11000...0x117FF, 0x1D100...0x1D7FF, 0x1F100...0x1F2FF,
        ]
        let scalars = ranges.joined().compactMap(Unicode.Scalar.init)
        let syllables = stride(from: UInt32(0xAC00), to: 0xD7A4, by: 7).compactMap(Unicode.Scalar.init)
        return scalars.flatMap { ["\($0)", "e\($0)\u{301}\u{323}\($0)"] } + syllables.map { "\($0)\u{11A8}" }
    }
}

/// The checksum that the generator stores.
private struct CRC32 {
    private var state = UInt32.max

    private static let table: [UInt32] = (UInt32(0)..<256).map { byte in
        (0..<8).reduce(byte) { word, _ in word & 1 == 1 ? word >> 1 ^ 0xEDB8_8320 : word >> 1 }
    }

    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            self.state = self.state >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: self.state) ^ byte)]
        }
    }

    var value: UInt32 { ~self.state }
}

@Suite("ScalarClass")
struct ScalarClassTests {
    @Test(
        "has every scalar that the reference has, and no other",
        arguments: [
            ("whitespace", ScalarClass.whitespace), ("punctuation", .punctuation), ("numeric", .numeric),
            ("word", .word), ("accent", .accent), ("mark", .mark), ("control", .control),
        ]
    ) func members(name: String, scalars: ScalarClass) throws {
        let classes = try JSONValue(parsing: TokenizerFixtures.bytes("unicode.json"))["classes"]
        let bounds = try #require(classes?[name]?.array).compactMap(\.integer).map { UInt32($0) }
        let expected = UnicodeSet(stride(from: 0, to: bounds.count, by: 2).map { bounds[$0]...bounds[$0 + 1] })
        var runs: [ClosedRange<UInt32>] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), scalars.contains(scalar) else { continue }
            if let last = runs.last, last.upperBound + 1 == value {
                runs[runs.count - 1] = last.lowerBound...value
            } else {
                runs.append(value...value)
            }
        }
        #expect(UnicodeSet(runs) == expected)
    }
}
