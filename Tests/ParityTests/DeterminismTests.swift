import MoEModel
import ServingCore
import TensorKernels
import Testing

/// The same sequence gives the same bits, whatever happens around it.
@Suite("Determinism")
struct DeterminismTests {
    @Test("a prompt in chunks of any size is the prompt at once, to the bit", arguments: GoldenModel.names)
    func chunks(name: String) throws {
        let golden = try GoldenModel(name)
        let prompt = try #require(golden.cases.last).prompt
        let whole = try ModelRun(golden.checkpoint).logits(prompt).bits
        for (chunk, blockTokens) in [(1, 64), (2, 3), (7, 64), (16, 16), (40, 1)] {
            let run = try ModelRun(golden.checkpoint, blockTokens: blockTokens)
            #expect(try run.logits(prompt, chunk: chunk).bits == whole, "chunks of \(chunk), blocks of \(blockTokens)")
        }
    }

    @Test("a sequence in a batch is the sequence alone, to the bit", arguments: GoldenModel.names)
    func batches(name: String) throws {
        let golden = try GoldenModel(name)
        let alone = try golden.cases.map { try ModelRun(golden.checkpoint).logits($0.prompt).bits }
        for order in [Array(golden.cases.indices), golden.cases.indices.reversed(), [2, 0, 3, 2, 1, 2]] {
            let run = try ModelRun(golden.checkpoint, blockTokens: 8, threads: 3)
            let segments = order.map { index in
                var sequence = ModelRun.Sequence()
                return run.segment(golden.cases[index].prompt, of: &sequence, logits: .all)
            }
            let together = try run.model.run(Sweep(segments: segments)).values.bits
            #expect(together == order.flatMap { alone[$0] }, "order \(order)")
        }
    }

    @Test("every kernel variant and number of threads gives the same bits", arguments: GoldenModel.names)
    func machines(name: String) throws {
        let golden = try GoldenModel(name)
        let prompt = try #require(golden.cases.last).prompt
        let expected = try ModelRun(golden.checkpoint).logits(prompt).bits
        for variant in KernelVariant.available {
            for threads in [1, 2, 5] {
                let run = try ModelRun(golden.checkpoint, threads: threads, variant: variant)
                #expect(try run.logits(prompt).bits == expected, "\(variant.name), \(threads) threads")
            }
        }
    }

    @Test("tokens that are computed again after a preemption give the bits of their first time")
    func recomputation() throws {
        let golden = try GoldenModel("axk1-release")
        let example = try #require(golden.cases.first { $0.prompt.count == 23 })
        let run = try ModelRun(golden.checkpoint, blockTokens: 4)
        var first = ModelRun.Sequence()
        var generated: [TokenID] = []
        var logits: [[UInt32]] = []
        for _ in 0..<10 {
            let next = generated.last.map { [$0] } ?? example.prompt
            let segment = run.segment(next, of: &first, logits: .last)
            let output = try run.model.run(Sweep(segments: [segment]))
            generated.append(output.argmax(0))
            logits.append(output.values.bits)
        }
        var second = ModelRun.Sequence()
        let again = run.segment(example.prompt + generated.prefix(6), of: &second, logits: .last)
        #expect(try run.model.run(Sweep(segments: [again])).values.bits == logits[6])
    }
}
