import Foundation
import OrderedJSON
import Testing

@Suite("Packs")
struct PackCommandTests {
    private static let fixtures = DureProcess.repository + "/Tests/Fixtures/models"

    @Test("pack makes what inspect describes and verify finds sound, until a byte changes")
    func life() throws {
        let folder = try TemporaryFolder()
        let pack = folder.path + "/pack"
        let made = try DureProcess.dure(
            "model",
            "pack",
            Self.fixtures + "/axk1-default",
            pack,
            "--format",
            "int4",
            "--group",
            "64",
            "--json"
        )
        #expect(made.status == 0, "\(made.error)")
        let report = try JSONValue(parsing: Array(made.output.utf8))
        #expect(report["format"]?.string == "int4-g64" && report["rounding"]?.string == "searched")
        let lines = try #require(report["matrices"]?.array)
        #expect(lines.contains { $0["layer"]?.integer == 1 && $0["matrix"]?.string == "mlp.experts.down_proj" })

        let inspected = try DureProcess.dure("model", "inspect", pack)
        #expect(inspected.status == 0, "\(inspected.error)")
        #expect(inspected.output.contains("routed experts in int4-g64"))
        #expect(report["digest"]?.string.map { inspected.output.contains($0) } == true)

        let sound = try DureProcess.dure("model", "verify", pack)
        #expect(sound.status == 0, "\(sound.error)")
        #expect(sound.output.hasPrefix("\(pack): ") && sound.output.hasSuffix(", sound\n"))

        let path = URL(fileURLWithPath: pack + "/experts-001.bin")
        var bytes = try Data(contentsOf: path)
        bytes[4096 + 100] ^= 1
        try bytes.write(to: path)
        let spoilt = try DureProcess.dure("model", "verify", pack)
        #expect(spoilt.status == 1)
        #expect(spoilt.output.hasPrefix("experts-001.bin bytes 4160..<"))
        let json = try DureProcess.dure("model", "verify", pack, "--json")
        #expect(json.status == 1)
        let problems = try JSONValue(parsing: Array(json.output.utf8))["problems"]?.array
        #expect(problems?.first?["begin"]?.integer == 4160)
    }

    @Test("pack prints a table, refuses a place that is taken, and replaces a pack when told to")
    func again() throws {
        let folder = try TemporaryFolder()
        let pack = folder.path + "/pack"
        let source = Self.fixtures + "/deepseek-v3"
        let made = try DureProcess.dure("model", "pack", source, pack)
        #expect(made.status == 0, "\(made.error)")
        #expect(made.output.contains("mlp.experts.gate_proj\tpacked-int8\t"))
        #expect(made.error.contains("digest "))
        let refused = try DureProcess.dure("model", "pack", source, pack, "--format", "bf16")
        #expect(refused.status == 1 && refused.error.contains("expected nothing there"))
        let replaced = try DureProcess.dure("model", "pack", source, pack, "--format", "bf16", "--force")
        #expect(replaced.status == 0, "\(replaced.error)")
        let wrong = try DureProcess.dure("model", "pack", source, pack + "2", "--group", "48")
        #expect(wrong.status == 2)
        let none = try DureProcess.dure("model", "verify", source)
        #expect(none.status == 1 && none.error.contains("manifest.json"))
    }

    /// A checkpoint of zeros that takes no room on the disk: its weights are a hole in a file.
    private static func emptyCheckpoint(_ folder: TemporaryFolder) throws -> (path: String, bytes: Int) {
        let source = folder.path + "/source"
        #expect(try DureProcess.dure("model", "synthesize", source).status == 0)
        let path = URL(fileURLWithPath: source + "/config.json")
        var config = try #require(JSONValue(parsing: [UInt8](Data(contentsOf: path))).object)
        config["hidden_size"] = 512
        config["moe_intermediate_size"] = 256
        config["n_routed_experts"] = 32
        try Data(JSONValue.object(config).serialized()).write(to: path)
        var members = JSONObject()
        var end = 0
        func add(_ name: String, _ shape: [Int]) {
            let begin = end
            end += shape.reduce(4, *)
            members[name] = [
                "dtype": "F32", "shape": .array(shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(begin)), .integer(Int64(end))],
            ]
        }
        let vocabulary = Int(try #require(config["vocab_size"]?.integer))
        for name in ["model.embed_tokens.weight", "lm_head.weight"] { add(name, [vocabulary, 512]) }
        add("model.norm.weight", [512])
        for layer in 0..<4 {
            let prefix = "model.layers.\(layer)."
            for norm in ["input_layernorm", "post_attention_layernorm"] { add(prefix + norm + ".weight", [512]) }
            add(prefix + "self_attn.q_a_proj.weight", [64, 512])
            add(prefix + "self_attn.q_a_layernorm.weight", [64])
            add(prefix + "self_attn.q_b_proj.weight", [192, 64])
            add(prefix + "self_attn.kv_a_proj_with_mqa.weight", [48, 512])
            add(prefix + "self_attn.kv_a_layernorm.weight", [32])
            add(prefix + "self_attn.kv_b_proj.weight", [256, 32])
            add(prefix + "self_attn.o_proj.weight", [512, 128])
            let feedForward = layer == 0 ? "mlp." : "mlp.shared_experts."
            for matrix in ["gate_proj", "up_proj"] { add(prefix + feedForward + matrix + ".weight", [256, 512]) }
            add(prefix + feedForward + "down_proj.weight", [512, 256])
            guard layer > 0 else { continue }
            add(prefix + "post_mlp_layernorm.weight", [512])
            add(prefix + "mlp.gate.weight", [32, 512])
            add(prefix + "mlp.experts.gate_up_proj", [32, 512, 512])
            add(prefix + "mlp.experts.down_proj", [32, 512, 256])
        }
        let weights = URL(fileURLWithPath: source + "/model.safetensors")
        let header = JSONValue.object(members).serialized()
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        try Data(length + header).write(to: weights)
        let handle = try FileHandle(forWritingTo: weights)
        try handle.truncate(atOffset: UInt64(8 + header.count + end))
        try handle.close()
        return (source, end)
    }

    @Test("pack needs memory for a few experts, not for the model")
    func memory() throws {
        let folder = try TemporaryFolder()
        let (source, bytes) = try Self.emptyCheckpoint(folder)
        #expect(bytes > 150 << 20)
        let made = try DureProcess.dure(
            "model",
            "pack",
            source,
            folder.path + "/pack",
            "--threads",
            "2",
            "--json",
            environment: ["MALLOC_ARENA_MAX": "2"]
        )
        #expect(made.status == 0, "\(made.error)")
        let report = try JSONValue(parsing: Array(made.output.utf8))
        let peak = try #require(report["peak_memory_bytes"]?.integer)
        // The program itself is most of it.
        #expect(peak < 96 << 20, "\(peak >> 20) MiB for a model of \(bytes >> 20) MiB")
    }
}
