import Foundation
import OrderedJSON
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("PackVerifier and PackedModel")
struct PackVerifierTests {
    private static func problem(_ file: String, at byteOffset: Int) throws -> PackVerifier.Problem {
        let pack = try Pack(fixture: "axk1-default", .int4g32)
        try pack.spoil(file, at: byteOffset)
        let result = try pack.verify()
        #expect(result.problems.count == 1)
        return try #require(result.problems.first)
    }

    private static let layout = ExpertRecordLayout(hiddenSize: 64, width: 16, format: .int4g32)

    @Test("finds nothing wrong with a pack as it was written, and has read all of it")
    func sound() throws {
        let pack = try Pack(fixture: "axk1-default", .int4g32)
        let seen = Recorded()
        let result = try PackVerifier(directory: pack.path, threads: 3).run { seen.add($0) }
        #expect(result.problems == [])
        #expect(try result.files == pack.files.count - 1)
        #expect(seen.all.last?.doneBytes == result.bytes && seen.all.last?.totalBytes == result.bytes)
    }

    @Test("names the record whose weights changed")
    func payload() throws {
        let start = Self.layout.byteOffset(ofExpert: 5)
        let problem = try Self.problem("experts-001.bin", at: start + 1000)
        #expect(problem.byteRange == start + 64..<start + 64 + Self.layout.payloadBytes)
        #expect(problem.text.hasPrefix("expert 5: expected the CRC-32C"))
    }

    @Test("names the header that changed")
    func headers() throws {
        let start = Self.layout.byteOffset(ofExpert: 2)
        let record = try Self.problem("experts-001.bin", at: start + 16)
        #expect(record.byteRange == start..<start + 64)
        #expect(record.message.hasPrefix("experts-001.bin bytes \(start)..<\(start + 64): header of expert 2: "))
        let page = try Self.problem("experts-001.bin", at: 17)
        #expect(page.byteRange == 17..<18)
    }

    @Test("names the byte that should be zero")
    func padding() throws {
        let end = Self.layout.byteOffset(ofExpert: 1)
        let problem = try Self.problem("experts-001.bin", at: end - 3)
        #expect(problem.byteRange == end - 3..<end - 2)
    }

    @Test("names the tensor of the trunk that changed")
    func trunk() throws {
        let pack = try Pack(fixture: "axk1-default")
        let (manifest, _) = try PackManifest.read(pack.path)
        let tensor = try #require(manifest.tensors.first { $0.name == "model.layers.1.self_attn.o_proj.weight" })
        try pack.spoil("trunk.bin", at: tensor.byteOffset + tensor.bytes - 1)
        try pack.spoil("config.json", at: 5)
        let problems = try pack.verify().problems
        #expect(problems.map(\.file) == ["trunk.bin", "config.json"])
        #expect(problems[0].byteRange == tensor.byteOffset..<tensor.byteOffset + tensor.bytes)
        #expect(problems[0].text.hasPrefix(tensor.name))
        #expect(problems[1].byteRange == 0..<(try pack.bytes("config.json").count))
    }

    @Test("tells of files that are gone or of another size, where opening does too")
    func files() throws {
        let pack = try Pack(fixture: "axk1-default")
        try FileManager.default.removeItem(atPath: pack.path + "/config.json")
        let bytes = try pack.bytes("experts-001.bin")
        try pack.folder.write("pack/experts-001.bin", bytes.dropLast(4096))
        let problems = try pack.verify().problems
        #expect(problems.map(\.file) == ["experts-001.bin", "config.json"])
        #expect(problems.allSatisfy { $0.byteRange == nil })
        #expect(problems[0].text == "expected \(bytes.count) bytes, got \(bytes.count - 4096)")
        let error = #expect(throws: ModelFilesError.self) { try PackedModel.open(directory: pack.path) }
        #expect(error?.message.contains("as the manifest says, got") == true)
    }

    @Test("an expert's record is checked when it is handed out; its checksum when that is asked for")
    func records() throws {
        let pack = try Pack(fixture: "axk1-default", .int4g32)
        let start = Self.layout.byteOffset(ofExpert: 3)
        try pack.spoil("experts-001.bin", at: start + 200)
        try pack.spoil("experts-001.bin", at: Self.layout.byteOffset(ofExpert: 4) + 12)
        let model = try PackedModel.open(directory: pack.path)
        let file = try #require(model.expertFiles[1])
        #expect(file.recordBytes == Self.layout.stride && file.byteOffset(ofExpert: 3) == start)
        _ = try model.expert(3, ofLayer: 1)
        let payload = #expect(throws: ModelFilesError.self) { try file.weights(ofExpert: 3, checksummed: true) }
        #expect(payload?.message.contains("bytes \(start)..<\(start + Self.layout.stride), expert 3: checksum") == true)
        let header = #expect(throws: ModelFilesError.self) { try model.expert(4, ofLayer: 1) }
        #expect(header?.code == .malformed)
        _ = try file.weights(ofExpert: 5, checksummed: true)
    }

    @Test("a layer's file that is another layer's is refused when the pack is opened")
    func swapped() throws {
        let pack = try Pack(fixture: "axk1-two-dense")
        let files = try pack.files.filter { $0.hasPrefix("experts-") }
        try #require(files.count >= 2)
        let bytes = try pack.bytes(files[1])
        try pack.folder.write("pack/" + files[0], bytes)
        let error = #expect(throws: ModelFilesError.self) { try PackedModel.open(directory: pack.path) }
        #expect(error?.message.contains("got another byte at 12") == true)
    }

    @Test("what is no pack is said to be none")
    func noPack() throws {
        let folder = Fixture.folder("axk1-default")
        #expect(!PackedModel.exists(at: folder))
        #expect(throws: ModelFilesError.self) { try PackedModel.open(directory: folder) }
        #expect(throws: ModelFilesError.self) { try PackVerifier(directory: folder, threads: 1).run() }
    }

    @Test("a summary of a pack counts what its checkpoint's does, in other bytes")
    func summary() throws {
        let pack = try Pack(fixture: "axk1-default", .int4g32)
        let summary = ModelSummary(try PackedModel.open(directory: pack.path))
        let source = ModelSummary(try Checkpoint.open(directory: Fixture.folder("axk1-default")))
        #expect(summary.parameters == source.parameters && summary.activeParameters == source.activeParameters)
        #expect(summary.parts.map(\.part) == source.parts.map(\.part))
        #expect(summary.bytes < source.bytes * 2 && summary.digest != source.digest)
        #expect(summary.types.map(\.name).sorted() == ["BF16", "packed-int4-g32", "packed-int8"])
        #expect(summary.json["pack"]?["format"]?.string == "int4-g32")
        #expect(summary.json["pack"]?["source"]?.string == source.digest)
        #expect(summary.text.contains("routed experts in int4-g32") && source.pack == nil)
    }
}
