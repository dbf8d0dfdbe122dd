import Foundation
import OrderedJSON
import Testing

/// Precisions and kernels as the commands offer them.
@Suite("Precisions")
struct PrecisionCommandTests {
    private static let fixture = DureProcess.repository + "/Tests/Fixtures/models/axk1-release"
    private static let tokens = (1...40).map { String($0 * 7 % 190) }.joined(separator: ",")

    private static func comparison(_ precision: String, _ model: String, _ prompt: [String]) throws -> JSONValue {
        let run = try DureProcess.run(
            DureProcess.binary,
            ["logits", "--model", model, "--precision", precision, "--compare", "--json"] + prompt,
            input: "",
            environment: [:]
        )
        try #require(run.status == 0, "\(run.error)")
        return try #require(JSONValue(parsing: run.output)["against_f32"])
    }

    @Test(
        "the model of deploy/models/chores says nearly the same in each",
        arguments: [("bf16", 5e-3, 1e-5), ("int8", 0.05, 5e-4), ("int4", 0.1, 1e-3)]
    )
    func chores(precision: String, allowed: Double, inAnswer: Double) throws {
        let answer =
            #"{"task":"triage","category":"usage","urgency":"high","product":"jacket","sentiment":"neutral"}"#
        let prompt =
            "<|im_start|>system\ntriage.schema.json<|im_end|>\n<|im_start|>user\n재킷 연결하는 방법이 궁금해요, 내일 바로 써야 해요"
            + "<|im_end|>\n<|im_start|>assistant\n</think>"
        func divergence(_ text: String) throws -> (mean: Double, positions: Double) {
            let comparison = try Self.comparison(precision, ChoresModelTests.model, ["--text", text])
            return try (#require(comparison["mean_kl"]?.double), #require(comparison["positions"]?.double))
        }
        let (all, message) = try (divergence(prompt + answer + "<|im_end|>\n"), divergence(prompt))
        #expect(all.mean <= allowed)
        // The answer is what the model was taught to say, and hardly differs.
        let sum = all.mean * all.positions - message.mean * message.positions
        #expect(sum / (all.positions - message.positions) <= inAnswer)
    }

    @Test("logits are compared with f32 at every position, and f32 with itself")
    func comparison() throws {
        let comparison = try Self.comparison("f32", Self.fixture, ["--tokens", Self.tokens])
        #expect(comparison["positions"]?.integer == 40 && comparison["same_best"]?.integer == 40)
        #expect(comparison["mean_kl"]?.double == 0 && comparison["largest_kl"]?.double == 0)
        let shown = try DureProcess.dure(
            "logits",
            "--model",
            Self.fixture,
            "--tokens",
            "1,2,3",
            "--precision",
            "int8",
            "--compare"
        )
        #expect(shown.output.contains("against f32: KL divergence"), "\(shown.error)")
    }

    @Test("a completion has the same bytes with any kernels and threads", arguments: ["bf16", "int8", "int4"])
    func kernels(precision: String) throws {
        func generate(_ more: [String], _ environment: [String: String] = [:]) throws -> String {
            let run = try DureProcess.run(
                DureProcess.binary,
                [
                    "generate", "--model", Self.fixture, "--tokens", Self.tokens, "--max-tokens", "12", "--json",
                    "--precision", precision,
                ] + more,
                input: "",
                environment: environment
            )
            #expect(run.status == 0, "\(run.error)")
            return run.output
        }
        let expected = try generate([])
        #expect(try generate(["--threads", "3"], ["DURE_KERNELS": "scalar"]) == expected)
        #expect(try generate(["--kernels", "scalar"], ["DURE_PRECISION": "f32"]) == expected)
    }

    @Test("a pack gives the bytes of the checkpoint that is packed in memory", arguments: ["bf16", "int8", "int4"])
    func pack(format: String) throws {
        let folder = try TemporaryFolder()
        let pack = folder.path + "/pack"
        let packed = try DureProcess.dure("model", "pack", ChoresModelTests.model, pack, "--format", format)
        try #require(packed.status == 0, "\(packed.error)")
        func generate(_ arguments: [String]) throws -> DureProcess {
            let shared = ["generate", "--tokens", Self.tokens, "--max-tokens", "12", "--json"]
            return try DureProcess.run(DureProcess.binary, shared + arguments, input: "", environment: [:])
        }
        let fromPack = try generate(["--model", pack])
        #expect(fromPack.status == 0, "\(fromPack.error)")
        #expect(fromPack.output == (try generate(["--model", ChoresModelTests.model, "--precision", format])).output)
        #expect(try generate(["--model", pack, "--precision", format]).output == fromPack.output)
        let store = ["--precision", format, "--pack-directory", folder.path + "/packs"]
        for _ in 0..<2 {
            #expect(try generate(["--model", ChoresModelTests.model] + store).output == fromPack.output)
        }
        let other = try generate(["--model", pack, "--precision", "f32"])
        #expect(other.status != 0 && other.error.contains("a pack in \(format)"), "\(other.error)")
    }

    @Test("a completion's fingerprint names its precision, and that of a KV cache that does not go with it")
    func fingerprint() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/one.jsonl"
        let line = #"{"custom_id":"1","method":"POST","url":"/v1/completions","body":{"model":"chores","prompt":"a"}}"#
        try line.write(toFile: file, atomically: true, encoding: .utf8)
        for (index, (flags, ending)) in [
            ([], "-f32"), (["--precision", "int8"], "-int8"),
            (["--precision", "int8", "--kv-cache-precision", "bf16"], "-int8"),
            (["--precision", "int8", "--kv-cache-precision", "f32"], "-int8-kv-f32"),
            (["--kv-cache-precision", "bf16"], "-f32-kv-bf16"),
        ].enumerated() {
            let output = folder.path + "/out-\(index).jsonl"
            let shared = ["run", file, "-o", output, "--model", ChoresModelTests.model]
            let run = try DureProcess.run(DureProcess.binary, shared + flags, input: "", environment: [:])
            #expect(run.status == 0, "\(run.error)")
            let answer = try JSONValue(parsing: String(contentsOfFile: output, encoding: .utf8))
            let fingerprint = answer["response"]?["body"]?["system_fingerprint"]?.string
            #expect(fingerprint?.hasSuffix(ending) == true, "\(flags): \(fingerprint ?? answer.text())")
        }
    }

    @Test("kernels and precisions that there are not are refused with those that there are")
    func unknown() throws {
        for environment in [["DURE_KERNELS": "avx9"], ["DURE_PRECISION": "int3"]] {
            let run = try DureProcess.dure(
                "logits",
                "--model",
                Self.fixture,
                "--tokens",
                "1",
                environment: environment
            )
            #expect(run.status == 2)
            for text in environment.keys.map(\.self) + environment.values.map(\.self) + ["expected one of"] {
                #expect(run.error.contains(text), "\(run.error)")
            }
        }
    }
}
