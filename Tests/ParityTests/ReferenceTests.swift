import MoEModel
import OrderedJSON
import ServingCore
import Testing

@testable import ModelFiles

/// The forward pass against transformers, value by value.
@Suite("Reference")
struct ReferenceTests {
    /// For |logit| up to 10; see docs/numerics.md.
    static let tolerance: Float = 1e-4

    @Test("hidden states, router logits and logits are the reference's", arguments: GoldenModel.names)
    func values(name: String) throws {
        let golden = try GoldenModel(name)
        for example in golden.cases {
            let run = try ModelRun(golden.checkpoint)
            run.model.probe = run
            let logits = try run.logits(example.prompt)
            let hidden = run.hidden.keys.sorted().flatMap { run.hidden[$0]?.flatMap(\.self) ?? [] }
            let router = golden.sparseLayers.flatMap { run.routerLogits[$0]?.flatMap(\.self) ?? [] }
            let differences = try [
                "hidden": hidden.largestDifference(golden.golden(example, "hidden")),
                "router_logits": router.largestDifference(golden.golden(example, "router_logits")),
                "logits": logits.largestDifference(golden.golden(example, "logits")),
            ]
            for (tensor, difference) in differences {
                #expect(difference <= Self.tolerance, "\(name) \(example.name) \(tensor)")
            }
        }
    }

    @Test("greedy decoding gives the reference's tokens and logits, in one batch", arguments: GoldenModel.names)
    func greedy(name: String) throws {
        let golden = try GoldenModel(name)
        let run = try ModelRun(golden.checkpoint, blockTokens: 16, threads: 2)
        var sequences = golden.cases.map { _ in ModelRun.Sequence() }
        var generated = golden.cases.map { _ in [TokenID]() }
        var steps = golden.cases.map { _ in [Float]() }
        for step in 0..<(golden.cases.first?.greedy.count ?? 0) {
            let segments = golden.cases.indices.map { index in
                let next = step == 0 ? golden.cases[index].prompt : [generated[index][step - 1]]
                return run.segment(next, of: &sequences[index], logits: .last)
            }
            let logits = try run.model.run(Sweep(segments: segments))
            for index in golden.cases.indices {
                generated[index].append(logits.argmax(index))
                steps[index] += logits.row(index)
            }
        }
        for (index, example) in golden.cases.enumerated() {
            #expect(generated[index] == example.greedy, "\(name) \(example.name)")
            let difference = try steps[index].largestDifference(golden.golden(example, "greedy_logits"))
            #expect(difference <= Self.tolerance, "\(name) \(example.name)")
        }
    }

    @Test("the fixtures are the ones that the manifest lists")
    func manifest() throws {
        let manifest = try GoldenModel.json(GoldenModel.root + "/manifest.json")
        let files = try #require(manifest["sha256"]?.object)
        var names: Set<String> = []
        for (path, digest) in files {
            var hash = SHA256()
            hash.update(try MappedFile.contents(of: GoldenModel.root + "/" + path, limit: 1 << 24))
            #expect(hash.finish() == digest.string, "\(path)")
            names.insert(String(path.prefix { $0 != "/" }))
        }
        #expect(names == Set(GoldenModel.names))
    }
}
