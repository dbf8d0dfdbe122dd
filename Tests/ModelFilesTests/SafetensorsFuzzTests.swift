import OrderedJSON
import Testing

@testable import ModelFiles

/// Spoils files at random: whatever a file says, reading it ends in a directory that holds together, or in an error.
@Suite("Safetensors under mutation")
struct SafetensorsFuzzTests {
    static let seeds: [UInt64] = Array(1...8)
    static let filesPerSeed = 3000

    /// Texts that a hostile or careless writer puts where numbers and names belong.
    private static let splices = [
        "-1", "0", "1", "4", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e308", "1e309",
        "-0", "4.0", "null", "true", "[]", "{}", "\"\"", "\"F32\"", "\"F8_E4M3\"", "[0,4]", "[4,0]", "[[[[[[[[[[",
        ",", ":", "\"", "\\", "}", "\"__metadata__\":", "\u{FEFF}", "\"\\ud800\"", "\0",
    ].map { Array($0.utf8) }

    private static let valid: [[UInt8]] = [
        safetensorsFile("{}"),
        safetensorsFile(#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#, dataBytes: 24),
        safetensorsFile(
            """
            {"__metadata__":{"format":"pt"},"model.norm.weight":{"dtype":"BF16","shape":[8],"data_offsets":[0,16]},\
            "b":{"dtype":"F16","shape":[2,2,2],"data_offsets":[16,32]},"c":{"dtype":"U8","shape":[0],"data_offsets":[32,32]}}
            """,
            dataBytes: 32
        ),
    ]

    @Test("never crashes, and accepts only what tiles the data", arguments: Self.seeds)
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<Self.filesPerSeed {
            let file = Self.mutant(&random)
            guard let header = try? SafetensorsHeader(file: file) else { continue }
            accepted += 1
            var end = header.entries.first?.byteRange.lowerBound ?? file.count
            for entry in header.entries {
                try #require(entry.byteRange.lowerBound == end, "seed \(seed), file \(round)")
                try #require(
                    entry.shape.reduce(entry.type.bytes, *) == entry.byteRange.count,
                    "seed \(seed), file \(round)"
                )
                end = entry.byteRange.upperBound
            }
            try #require(end == file.count, "seed \(seed), file \(round)")
        }
        // Mutations that leave the directory whole, such as of data or of names, keep the test honest.
        #expect(accepted > 0 && accepted < Self.filesPerSeed)
    }

    private static func mutant(_ random: inout SeededGenerator) -> [UInt8] {
        var file = Self.valid[Int.random(in: 0..<Self.valid.count, using: &random)]
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0...file.count, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: file.removeLast(file.count - place)
            case 1 where place < file.count: file[place] = UInt8.random(in: 0...255, using: &random)
            case 2 where place < file.count: file[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 3: file.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 4:
                let end = min(file.count, place + Int.random(in: 1...16, using: &random))
                file.removeSubrange(place..<end)
            case 5:
                let splice = Self.splices[Int.random(in: 0..<Self.splices.count, using: &random)]
                let end = min(file.count, place + Int.random(in: 0...4, using: &random))
                file.replaceSubrange(place..<end, with: splice)
            case 6: Self.replaceNumber(&file, &random)
            default: file += [UInt8](repeating: 0, count: Int.random(in: 1...8, using: &random))
            }
        }
        // Half the time the length is made to fit again, so that the mutation reaches the JSON.
        if Bool.random(using: &random), file.count > 8, let close = file.lastIndex(of: UInt8(ascii: "}")), close > 8 {
            let length = close - 7
            for byte in 0..<8 { file[byte] = UInt8(truncatingIfNeeded: length >> (8 * byte)) }
        }
        return file
    }

    private static func replaceNumber(_ file: inout [UInt8], _ random: inout SeededGenerator) {
        let digits = file.indices.dropFirst(8).filter { UInt8(ascii: "0")...UInt8(ascii: "9") ~= file[$0] }
        guard let place = digits.randomElement(using: &random) else { return }
        let number = [0, 1, 2, 3, 4, 8, 16, 24, 32, 1 << 31, 1 << 32, 1 << 62, .max].randomElement(using: &random) ?? 0
        file.replaceSubrange(place...place, with: Array(String(number).utf8))
    }

    @Test("never crashes on a configuration, and accepts only what it can plan tensors for", arguments: Self.seeds)
    func configurations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values: [JSONValue] = [
            nil, true, false, 0, 1, 2, 3, 7, -1, 65536, 9_223_372_036_854_775_807, 0.5, 1e300, -1e-300, "", "yarn",
            "silu", [],
            [1, 2], ["dense", "sparse", "sparse"], [:], ["type": "yarn"],
        ]
        let originals = try Fixture.names.map { try Fixture.json($0) }
        for _ in 0..<600 {
            guard var object = originals.randomElement(using: &random)?.object else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard let key = object.keys.randomElement(using: &random) else { break }
                let value = values.randomElement(using: &random) ?? .null
                if var inner = object[key]?.object, Bool.random(using: &random) {
                    inner[inner.keys.randomElement(using: &random) ?? "factor"] = value
                    object[key] = .object(inner)
                } else {
                    object[key] = Int.random(in: 0..<4, using: &random) == 0 ? nil : value
                }
            }
            guard
                let configuration = try? ConfigurationReader.read(.object(object), generation: nil, subject: "memory")
            else { continue }
            let plan = TensorPlan(configuration: configuration, tiesEmbeddings: false, expertLayout: { _ in .fused })
            try #require(plan.expectations().allSatisfy { $0.shape.allSatisfy { $0 > 0 } }, "seed \(seed)")
        }
    }
}
