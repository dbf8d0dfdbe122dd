import Foundation
import OrderedJSON
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("ModelPacker")
struct ModelPackerTests {
    /// What a weight becomes, worked out without a pack.
    private static func expected(_ weight: WeightMatrix, _ format: PackedFormat) throws -> [[Float]] {
        try PackedMatrix(packing: weight, as: format).floats
    }

    private static func rounded(_ weight: WeightMatrix) -> [Float] {
        guard weight.element == .f32 else { return weight.floats }
        return weight.floats.map { Float(bitPattern: UInt32($0.bfloat16) << 16) }
    }

    private static func compare(
        _ packed: SwiGLUWeights<PackedMatrix>,
        _ source: SwiGLUWeights<WeightMatrix>,
        _ format: PackedFormat
    ) throws {
        #expect(try packed.gate.floats == Self.expected(source.gate, format))
        #expect(try packed.up.floats == Self.expected(source.up, format))
        #expect(try packed.down.floats == Self.expected(source.down, format))
    }

    private static func compare(
        _ packed: AttentionWeights<PackedMatrix>,
        _ source: AttentionWeights<WeightMatrix>,
        _ format: PackedFormat
    ) throws {
        switch (packed.query, source.query) {
        case (.full(let packed), .full(let source)):
            #expect(try packed.floats == Self.expected(source, format))
        case (.lowRank(let down, let norm, let up), .lowRank(let sourceDown, let sourceNorm, let sourceUp)):
            #expect(try down.floats == Self.expected(sourceDown, format))
            #expect(norm.floats == sourceNorm.floats)
            #expect(try up.floats == Self.expected(sourceUp, format))
        default: Issue.record("the pack has another form of query")
        }
        #expect(try packed.keyValueDown.floats == Self.expected(source.keyValueDown, format))
        #expect(packed.keyValueNorm.floats == source.keyValueNorm.floats)
        #expect(packed.keyValueUp.floats == Self.rounded(source.keyValueUp))
        #expect(try packed.output.floats == Self.expected(source.output, format))
    }

    private static func compare(_ model: PackedModel, _ checkpoint: Checkpoint) throws {
        let format = model.format.trunkFormat
        #expect(model.trunk.embedding.floats == Self.rounded(checkpoint.trunk.embedding))
        #expect(model.trunk.finalNorm.floats == checkpoint.trunk.finalNorm.floats)
        #expect(try model.trunk.outputHead.floats == Self.expected(checkpoint.trunk.outputHead, format))
        for (index, (packed, source)) in zip(model.trunk.layers, checkpoint.trunk.layers).enumerated() {
            #expect(packed.inputNorm.floats == source.inputNorm.floats)
            #expect(packed.postAttentionNorm.floats == source.postAttentionNorm.floats)
            try Self.compare(packed.attention, source.attention, format)
            switch (packed.feedForward, source.feedForward) {
            case (.dense(let packed), .dense(let source)): try Self.compare(packed, source, format)
            case (.sparse(let packed), .sparse(let source)):
                #expect(packed.router.element == source.router.element)
                #expect(packed.router.floats == source.router.floats)
                #expect(packed.correctionBias?.floats == source.correctionBias?.floats)
                #expect(packed.postNorm?.floats == source.postNorm?.floats)
                #expect((packed.sharedExpert == nil) == (source.sharedExpert == nil))
                if let shared = source.sharedExpert { try Self.compare(#require(packed.sharedExpert), shared, format) }
                for expert in 0..<model.configuration.experts.routedCount {
                    try Self.compare(
                        model.expert(expert, ofLayer: index),
                        checkpoint.expert(expert, ofLayer: index),
                        model.format
                    )
                }
            default: Issue.record("layer \(index) has another form of feed-forward")
            }
        }
    }

    @Test(
        "keeps every weight of every model: exactly where it must, else as its format rounds it",
        arguments: Fixture.names
    )
    func everyModel(fixture: String) throws {
        let format = PackedFormat.allCases[Fixture.names.firstIndex(of: fixture).map { $0 % 4 } ?? 0]
        let pack = try Pack(fixture: fixture, format)
        let model = try PackedModel.open(directory: pack.path)
        let checkpoint = try Checkpoint.open(directory: Fixture.folder(fixture))
        #expect(model.configuration == checkpoint.configuration)
        #expect(model.source == checkpoint.digest && model.format == format)
        try Self.compare(model, checkpoint)
        #expect(try pack.verify().problems == [])
    }

    @Test("gives the same bytes whatever the number of threads", arguments: [PackedFormat.int8, .int4g32])
    func determinism(format: PackedFormat) throws {
        let packs = try [1, 2, 5].map { try Pack(fixture: "axk1-release", format, threads: $0) }
        let files = try packs[0].files
        #expect(files.contains("pack-report.json") && files.contains("manifest.json"))
        for pack in packs.dropFirst() {
            #expect(try pack.files == files)
            for file in files { #expect(try pack.bytes(file) == packs[0].bytes(file), "\(file)") }
        }
    }

    @Test("makes a whole model directory, with what stands beside the weights and nothing else")
    func companions() throws {
        let source = try TemporaryFolder()
        try ModelSynthesizer(preset: .tiny).write(to: source.path)
        try FileManager.default.createDirectory(
            atPath: source.path + "/additional_chat_templates",
            withIntermediateDirectories: true
        )
        try source.write("additional_chat_templates/tools.jinja", Array("{{ tools }}".utf8))
        try source.write("LICENSE", Array("mine".utf8))
        try source.write("notes.md", Array("not part of it".utf8))
        let pack = try Pack(source.path, .int4g64, rounding: .searched)
        #expect(
            try pack.files == [
                "LICENSE", "additional_chat_templates", "chat_template.jinja", "config.json", "experts-001.bin",
                "experts-002.bin", "experts-003.bin", "generation_config.json", "manifest.json", "pack-report.json",
                "tokenizer.json", "tokenizer_config.json", "trunk.bin",
            ]
        )
        for file in ["config.json", "tokenizer.json", "LICENSE", "additional_chat_templates/tools.jinja"] {
            #expect(try pack.bytes(file) == source.read(file))
        }
        #expect(try pack.verify().problems == [])
        #expect(try pack.folder.files == ["pack"])
    }

    @Test("reports for each layer and kind of matrix what rounding cost, and less for more bits")
    func report() throws {
        let source = try TemporaryFolder()
        try ModelSynthesizer(preset: .tiny).write(to: source.path)
        func error(_ format: PackedFormat, _ rounding: PackedRounding = .nearest) throws -> Double {
            let pack = try Pack(source.path, format, rounding: rounding)
            #expect(try JSONValue(parsing: pack.bytes("pack-report.json")) == pack.report.json)
            let layers = pack.report.lines.map { $0.layer ?? -1 }
            #expect(layers == layers.sorted())
            let line = try #require(pack.report.lines.first { $0.layer == 2 && $0.matrix == "mlp.experts.up_proj" })
            #expect(line.count == 8 && line.type == "packed-\(format.rawValue)")
            #expect(line.worstRelativeError >= line.relativeError)
            // The cosine's loss is half the error's square, for errors that are not along the weights.
            #expect(abs(1 - line.cosine - line.relativeError * line.relativeError / 2) < 1e-3)
            let trunk = pack.report.lines.filter { $0.matrix == "self_attn.o_proj" }
            #expect(trunk.count == 4 && trunk.allSatisfy { $0.relativeError < 0.012 })
            #expect(!pack.report.lines.contains { $0.matrix.contains("norm") || $0.matrix == "mlp.gate" })
            return line.relativeError
        }
        let (bf16, int8, fine, coarse) = (try error(.bf16), try error(.int8), try error(.int4g32), try error(.int4g64))
        #expect(bf16 == 0)
        #expect(0 < int8 && int8 < 0.012 && int8 < fine && fine < coarse && coarse < 0.15)
        #expect(try error(.int4g64, .searched) < coarse)
    }

    @Test("tells progress up to the end")
    func progress() throws {
        let folder = try TemporaryFolder()
        let seen = Recorded()
        _ = try ModelPacker(
            source: Fixture.folder("axk1-default"),
            target: folder.path + "/deep/er/pack",
            format: .int8,
            threads: 3
        ).run { seen.add($0) }
        let all = seen.all
        #expect(all.map(\.doneBytes) == all.map(\.doneBytes).sorted())
        let last = try #require(all.last)
        // The spaces between tensors are nobody's work.
        #expect(last.doneBytes > last.totalBytes / 2 && last.doneBytes <= last.totalBytes && last.keptBytes == 0)
    }

    @Test(
        "refuses weights that are no numbers, and names their matrix",
        arguments: ["model.layers.1.mlp.experts.3.up_proj.weight", "model.embed_tokens.weight"]
    )
    func notFinite(name: String) throws {
        let source = try TemporaryFolder()
        try source.copy("axk1-yarn-all-dim")
        let checkpoint = try TensorDirectory(folder: source.path)
        let location = try #require(checkpoint[name])
        var bytes = try source.read("model.safetensors")
        bytes.replaceSubrange(location.entry.byteRange.prefix(4), with: [0, 0, 0x80, 0x7F])
        try source.write("model.safetensors", bytes)
        let error = #expect(throws: ModelFilesError.self) { try Pack(source.path, .int8) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(name) == true)
    }
}

/// What was reported, from any thread.
final class Recorded: @unchecked Sendable {
    // Sendable: used under the lock.
    private let lock = NSLock()
    private var progress: [PackProgress] = []

    func add(_ step: PackProgress) { self.lock.withLock { self.progress.append(step) } }

    var all: [PackProgress] { self.lock.withLock { self.progress } }
}
