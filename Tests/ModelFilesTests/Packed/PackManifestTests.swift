import OrderedJSON
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("PackManifest")
struct PackManifestTests {
    static func manifest(_ fixture: String, _ format: PackedFormat = .int4g64) throws -> PackManifest {
        let checkpoint = try CheckpointPackSource(directory: Fixture.folder(fixture), rounding: .nearest)
        let trunk = TrunkWriter(checkpoint, format: format)
        let layout = ExpertRecordLayout(checkpoint.configuration, format)
        let digest = String(repeating: "0123456789abcdef", count: 4)
        var files = [PackManifest.File(name: PackLayout.trunkFile, bytes: trunk.totalBytes, sha256: digest)]
        for layer in checkpoint.configuration.sparseLayers {
            let bytes = layout.byteOffset(ofExpert: checkpoint.configuration.experts.routedCount)
            files.append(PackManifest.File(name: PackLayout.expertFile(layer: layer), bytes: bytes, sha256: digest))
        }
        files.append(PackManifest.File(name: "additional_chat_templates/tool use.jinja", bytes: 0, sha256: digest))
        let tensors = trunk.items.map { item in
            PackManifest.Tensor(
                name: item.planned.name,
                type: item.type,
                rows: item.planned.rows,
                columns: item.planned.columns,
                byteOffset: item.byteOffset,
                checksum: 0xFFFF_FFFF
            )
        }
        return PackManifest(
            configuration: checkpoint.configuration,
            format: format,
            rounding: .searched,
            source: digest,
            tensors: tensors,
            files: files
        )
    }

    private static func read(_ json: JSONValue) throws -> PackManifest {
        try PackManifest(json, subject: "manifest.json")
    }

    @Test("is read as it was written", arguments: Fixture.names)
    func roundTrip(fixture: String) throws {
        let manifest = try Self.manifest(fixture)
        let text = manifest.json.serialized(.pretty)
        #expect(try Self.read(JSONValue(parsing: text)) == manifest)
    }

    @Test("is refused where it says what model and format do not call for")
    func contradictions() throws {
        let valid = try #require(Self.manifest("axk1-default").json.object)
        func problem(_ change: (inout JSONObject) -> Void) throws -> String {
            var object = valid
            change(&object)
            let error = try #require(throws: ModelFilesError.self) { try Self.read(.object(object)) }
            return error.problems.joined(separator: "; ")
        }
        func change(_ list: String, _ index: Int, _ members: KeyValuePairs<String, JSONValue>) throws -> String {
            try problem { object in
                guard case .array(var elements) = object[list], case .object(var element) = elements[index] else {
                    return
                }
                for (member, value) in members { element[member] = value }
                elements[index] = .object(element)
                object[list] = .array(elements)
            }
        }
        #expect(try problem { $0["kind"] = "something" } == "expected a dure-pack, got another document")
        #expect(try problem { $0["version"] = 2 } == "version: expected 1, got 2; a newer dure made it")
        #expect(try problem { $0["version"] = 0 } == "version: expected 1, got 0; pack the checkpoint again")
        #expect(try problem { $0["format"] = "int3" }.hasPrefix("format: expected one of bf16, int8, int4-g32"))
        #expect(try problem { $0["format"] = "int8" }.contains("experts: expected"))
        #expect(try problem { $0["source"] = "abc" }.hasPrefix("source: expected 64 hexadecimal digits"))
        #expect(try problem { $0["files"] = [] }.contains("files: expected trunk.bin, got nothing of this name"))
        #expect(try problem { $0["tensors"] = [] }.contains("tensors: expected model.embed_tokens.weight, got nothing"))
        #expect(try problem { $0["model"] = ["model_type": "llama"] }.contains("model_type: expected"))
        for name in ["../escape", "/etc/passwd", "", ".", "a/b/c", "a//b", "x/../y", "manifest.json", "a\u{0}b"] {
            #expect(
                try change("files", 0, ["name": .string(name)]).contains("files[0].name: expected a file name"),
                "\(name)"
            )
        }
        #expect(try change("files", 1, ["name": "trunk.bin"]).contains("expected each name once, got trunk.bin again"))
        #expect(try change("files", 0, ["bytes": 4096]).contains("bytes of trunk.bin, got 4096"))
        #expect(try change("files", 0, ["sha256": "ABC"]).contains("files[0].sha256: expected 64 hexadecimal digits"))
        #expect(try change("tensors", 1, ["byte_offset": 64]).contains("expected byte_offset"))
        #expect(try change("tensors", 1, ["type": "packed-int8"]).contains("tensors[1].bytes: expected"))
        let embedding = try #require(valid["tensors"]?.array?.first?["bytes"]?.integer)
        #expect(
            try change("tensors", 0, ["type": "F32", "bytes": .integer(2 * embedding)])
                .contains("model.embed_tokens.weight: expected another type in int4-g64, got F32")
        )
        #expect(try change("tensors", 1, ["type": "U8"]).contains("tensors[1].type: expected a type of packs"))
        #expect(try change("tensors", 1, ["shape": [1, 63]]).contains("tensors[1].bytes: expected"))
        #expect(
            try change("tensors", 1, ["shape": [1_099_511_627_776, 16_777_216]]).contains("a tensor that fits a file")
        )
        #expect(
            try change("tensors", 1, ["name": "x"]).contains("expected model.layers.0.input_layernorm.weight, got x")
        )
    }

    private static let splices = [
        "-1", "0", "4096", "9223372036854775807", "1e308", "null", "true", "[]", "{}", "\"\"", "\"packed-int8\"",
        "[1,1]",
        ",", ":", "\"", "}", "1125899906842624", "\"../x\"", "\"experts-001.bin\"", "\u{FEFF}", "\"\\ud800\"", "\0",
    ].map { Array($0.utf8) }

    @Test("never crashes on any text, and accepts only what holds together", arguments: 1...6 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let valid = try Self.manifest("axk1-default").json.serialized()
        var accepted = 0
        for round in 0..<150 {
            var text = valid
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[place] = UInt8.random(in: 32...126, using: &random)
                case 1: text.remove(at: place)
                case 2:
                    let end = min(text.count, place + Int.random(in: 0...12, using: &random))
                    text.replaceSubrange(
                        place..<end,
                        with: Self.splices[Int.random(in: 0..<Self.splices.count, using: &random)]
                    )
                default:
                    // A number becomes another.
                    if let digit = text[place...].firstIndex(where: { 48...57 ~= $0 }) {
                        text[digit] = UInt8.random(in: 48...57, using: &random)
                    }
                }
            }
            guard let json = try? JSONValue(parsing: text), let manifest = try? Self.read(json) else { continue }
            accepted += 1
            var end = 0
            for tensor in manifest.tensors {
                try #require(tensor.byteOffset == end, "seed \(seed), text \(round)")
                end = PackLayout.roundedUp(end + tensor.bytes, to: PackLayout.pageBytes)
            }
            try #require(manifest.file(PackLayout.trunkFile)?.bytes == end, "seed \(seed), text \(round)")
            for file in manifest.files {
                try #require(PackManifest.File.isSafe(file.name), "seed \(seed), text \(round)")
            }
        }
        #expect(accepted > 0)
    }
}
