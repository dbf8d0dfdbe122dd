import Foundation
import OrderedJSON
import Testing

@Suite("Models and text")
struct ModelCommandTests {
    private static let fixtures = DureProcess.repository + "/Tests/Fixtures"

    /// Texts without line ends, and the ids that the reference gives them.
    private static func cases(of tokenizer: String) throws -> (texts: [String], ids: [String]) {
        let cases = try String(contentsOfFile: Self.fixtures + "/tokenizers/cases.jsonl", encoding: .utf8)
        var texts: [String] = []
        var ids: [String] = []
        for line in cases.split(separator: "\n").prefix(2000) {
            let test = try JSONValue(parsing: Array(line.utf8))
            let text = try #require(test["t"]?.string)
            guard let tokens = test["i"]?[tokenizer]?.array, !text.utf8.contains(UInt8(ascii: "\n")) else { continue }
            texts.append(text + "\n")
            ids.append(tokens.compactMap { $0.integer.map(String.init) }.joined(separator: " ") + "\n")
        }
        return (texts, ids)
    }

    @Test("tokenize gives the reference's ids, line by line")
    func tokenize() throws {
        let (texts, ids) = try Self.cases(of: "axk1")
        #expect(texts.count > 500)
        let tokenizer = Self.fixtures + "/tokenizers/axk1.json"
        let run = try DureProcess.dure("tokenize", "--tokenizer", tokenizer, input: texts.joined())
        #expect(run.status == 0, "\(run.error)")
        // Compared as one truth: a difference of two texts of this size helps nobody.
        let isEqual = run.output == ids.joined()
        #expect(isEqual)
    }

    @Test("ids without a normalizer are decoded to the bytes that they came from")
    func decode() throws {
        let folder = try TemporaryFolder()
        let model = folder.path + "/tiny"
        #expect(try DureProcess.dure("model", "synthesize", model).status == 0)
        let input = try Self.cases(of: "axk1").texts.joined()
        let encoded = try DureProcess.dure("tokenize", "--model", model, input: input)
        #expect(encoded.status == 0, "\(encoded.error)")
        let decoded = try DureProcess.dure("tokenize", "--model", model, "--decode", input: encoded.output)
        #expect(decoded.status == 0, "\(decoded.error)")
        let isRestored = decoded.output.utf8.elementsEqual(input.utf8)
        #expect(isRestored)
    }

    @Test("tokenize takes arguments, answers in JSON, and names the line that it cannot read")
    func tokenizeForms() throws {
        let tokenizer = Self.fixtures + "/tokenizers/gpt2.json"
        let run = try DureProcess.dure("tokenize", "--tokenizer", tokenizer, "--json", "a b", "c")
        let answers = try run.output.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(answers.count == 2)
        #expect(answers[0]["text"]?.string == "a b")
        #expect(answers[0]["tokens"]?.array?.count == answers[0]["pieces"]?.array?.count)
        let wrong = try DureProcess.dure("tokenize", "--tokenizer", tokenizer, "--decode", input: "1 2\n3 x\n")
        #expect(wrong.status == 1)
        #expect(wrong.error == "dure tokenize: line 2: expected token ids separated by spaces, got \"x\"\n")
        let missing = try DureProcess.dure("tokenize", "--tokenizer", "/nonexistent/tokenizer.json")
        #expect(missing.status == 1)
        #expect(missing.error.contains("/nonexistent/tokenizer.json"))
    }

    @Test("synthesize makes a directory that inspect, tokenize and render open; the seed decides the weights")
    func synthesize() throws {
        let folder = try TemporaryFolder()
        let made = try DureProcess.dure("model", "synthesize", folder.path + "/a", "--seed", "7")
        #expect(made.status == 0, "\(made.error)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a").sorted()
        #expect(
            files == [
                "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                "tokenizer_config.json",
            ]
        )
        let inspected = try DureProcess.dure("model", "inspect", folder.path + "/a", "--json")
        #expect(inspected.status == 0)
        let summary = try JSONValue(parsing: Array(inspected.output.utf8))
        #expect(summary["family"]?.string == "axk1")
        let same = try DureProcess.dure("model", "synthesize", folder.path + "/b", "--seed=7", "--json")
        #expect(try JSONValue(parsing: Array(same.output.utf8)) == summary)
        let other = try DureProcess.dure("model", "synthesize", folder.path + "/c", "--seed=8", "--json")
        #expect(try JSONValue(parsing: Array(other.output.utf8))["digest"] != summary["digest"])
        let tokens = try DureProcess.dure("tokenize", input: "a\n", environment: ["DURE_MODEL": folder.path + "/a"])
        #expect(tokens.status == 0)
        let again = try DureProcess.dure("model", "synthesize", folder.path + "/a")
        #expect(again.status == 1)
        #expect(again.error.contains("expected an empty folder"))
    }

    @Test("synthesize makes a pack that verify finds sound and generate runs, and knows which options are for which")
    func synthesizePack() throws {
        let folder = try TemporaryFolder()
        let pack = folder.path + "/pack"
        let made = try DureProcess.dure("model", "synthesize", pack, "--format", "int4", "--seed", "7")
        #expect(made.status == 0, "\(made.error)")
        #expect(try DureProcess.dure("model", "verify", pack).status == 0)
        let inspected = try DureProcess.dure("model", "inspect", pack)
        #expect(inspected.output.contains("routed experts in int4-g32"))
        let generated = try DureProcess.dure("generate", "--model", pack, "--text", "ab", "--max-tokens", "3")
        #expect(generated.status == 0, "\(generated.error)")
        let again = try DureProcess.dure("model", "synthesize", pack, "--format", "int4")
        #expect(again.status == 1 && again.error.contains("expected nothing there"))
        for (arguments, problem) in [
            (["--format", "int4", "--type", "f32"], "--type is of a checkpoint"),
            (["--format", "int8", "--shard-bytes", "1MiB"], "--shard-bytes is of a checkpoint"),
            (["--format", "int8", "--group", "64"], "--group: expected --format int4"),
            (["--group", "64"], "--group: expected --format int4"),
        ] {
            let refused = try DureProcess.run(
                DureProcess.binary,
                ["model", "synthesize", folder.path + "/other"] + arguments,
                input: "",
                environment: [:]
            )
            #expect(refused.status == 2 && refused.error.contains(problem), "\(refused.error)")
        }
    }

    @Test("inspect tells what is wrong with a directory")
    func inspect() throws {
        let text = try DureProcess.dure("model", "inspect", Self.fixtures + "/models/axk1-release")
        #expect(text.status == 0)
        #expect(text.output.contains("routed experts"))
        let missing = try DureProcess.dure("model", "inspect", "/nonexistent")
        #expect(missing.status == 1)
        #expect(missing.error.hasPrefix("dure model inspect: "))
    }
}
