import Foundation
import ServingCore
import TestSupport
import Testing

@testable import InferenceEngine

@Suite("Sampler")
struct SamplerTests {
    private func request(
        prompt: [TokenID] = [0],
        seed: UInt64 = 1,
        _ set: (inout SamplingParameters) -> Void
    ) -> GenerationRequest {
        var request = GenerationRequest(id: 1, prompt: prompt, sampling: SamplingParameters(), seed: seed)
        set(&request.sampling)
        return request
    }

    private func sample(
        _ row: [Float],
        _ request: GenerationRequest,
        output: [TokenID] = [],
        endTokens: [TokenID] = []
    ) throws(SamplingFailure) -> SampledToken {
        var state = SamplingState(request, endOfSequenceTokens: endTokens, vocabularySize: row.count)
        for token in output { state.record(token) }
        var sampler = Sampler()
        var logits = row
        return try sampler.sample(&logits, row: 0..<row.count, state)
    }

    // MARK: Single rules

    @Test(
        "greedy takes the lowest id of equal logits, wherever they stand",
        arguments: [1, 7, 255, 256, 257, 1000, 5000]
    )
    func greedyTies(count: Int) throws {
        var random = SeededRandom(seed: UInt64(count))
        for _ in 0..<20 {
            var row = (0..<count).map { _ in Float.random(in: -5...5, using: &random) }
            let places = (0..<3).map { _ in Int.random(in: 0..<count, using: &random) }
            for place in places { row[place] = 6 }
            let token = try self.sample(row, self.request { $0.temperature = 0 }).token
            #expect(Int(token) == places.min())
        }
    }

    @Test(
        "logits that are infinite or not numbers are refused, wherever they stand",
        arguments: [Float.nan, .infinity, -.infinity, .signalingNaN]
    )
    func notFinite(value: Float) {
        for (count, place) in [(3, 1), (300, 299), (300, 0), (1024, 517)] {
            var row = [Float](repeating: 1, count: count)
            row[place] = value
            #expect(throws: SamplingFailure.notFinite) { try self.sample(row, self.request { $0.temperature = 0 }) }
            #expect(throws: SamplingFailure.notFinite) { try self.sample(row, self.request { $0.topP = 0.5 }) }
        }
    }

    @Test("greatest and least finite logits are numbers like any other")
    func extremes() throws {
        let row: [Float] = [-.greatestFiniteMagnitude, 0, .greatestFiniteMagnitude, 5]
        #expect(try self.sample(row, self.request { $0.temperature = 0 }).token == 2)
        #expect(try self.sample(row, self.request { $0.temperature = 2 }).token == 2)
        let biased = self.request {
            $0.temperature = 0
            $0.logitBias = [2: 100]
            $0.repetitionPenalty = 1e-300
        }
        #expect(try self.sample(row, biased, output: [2, 3]).token == 2)
    }

    @Test("a temperature that is nearly nothing is greedy, a huge one nearly uniform")
    func temperatures() throws {
        let row: [Float] = [1, 1.001, 0.5]
        #expect(try self.sample(row, self.request { $0.temperature = 1e-12 }).token == 1)
        var counts = [0, 0, 0]
        for seed in 0..<3000 as Range<UInt64> {
            counts[Int(try self.sample(row, self.request(seed: seed) { $0.temperature = 1e30 }).token)] += 1
        }
        #expect(counts.allSatisfy { (900...1100).contains($0) }, "\(counts)")
    }

    @Test("end and stop tokens cannot come before min_tokens")
    func minTokens() throws {
        let row: [Float] = [0, 5, 4, 3]
        let request = self.request {
            $0.temperature = 0
            $0.minTokens = 2
            $0.stopTokenIDs = [2, 77]
        }
        #expect(try self.sample(row, request, output: [], endTokens: [1]).token == 3)
        #expect(try self.sample(row, request, output: [3], endTokens: [1]).token == 3)
        #expect(try self.sample(row, request, output: [3, 3], endTokens: [1]).token == 1)
    }

    @Test("a vocabulary that is suppressed altogether is a failure")
    func everythingSuppressed() {
        let request = self.request {
            $0.minTokens = 1
            $0.stopTokenIDs = [1]
        }
        #expect(throws: SamplingFailure.everythingSuppressed) {
            try self.sample([1, 2], request, endTokens: [0])
        }
    }

    @Test("top_k of one is greedy, also among equals")
    func topKOne() throws {
        for seed in 0..<50 as Range<UInt64> {
            let token = try self.sample([1, 3, 3, 2], self.request(seed: seed) { $0.topK = 1 }).token
            #expect(token == 1)
        }
    }

    @Test("the random number belongs to seed, choice and token position")
    func keys() throws {
        let row = [Float](repeating: 0, count: 1000)
        var request = self.request { $0.temperature = 1 }
        let token = try self.sample(row, request, output: [1, 2, 3]).token
        #expect(try self.sample(row, request, output: [9, 9, 9]).token == token)
        #expect(try self.sample(row, request, output: [1, 2]).token != token)
        request.choice = 1
        #expect(try self.sample(row, request, output: [1, 2, 3]).token != token)
        request.choice = 0
        request.seed = 2
        #expect(try self.sample(row, request, output: [1, 2, 3]).token != token)
    }

    // MARK: Against the reference

    private struct Case {
        var request: GenerationRequest
        var output: [TokenID]
        var endTokens: [TokenID]
        var row: [Float]
    }

    /// Small and large vocabularies, flat and steep rows with ties, every parameter sometimes.
    private func randomCase(_ random: inout SeededRandom) -> Case {
        let count = [2, 9, 64, 300, 1000, 3000][Int.random(in: 0..<6, using: &random)]
        let spread = [0.0, 0.5, 3, 12][Int.random(in: 0..<4, using: &random)]
        let steps = random.chance(0.3) ? Float(2) : 4096
        let row = (0..<count).map { _ in
            (Float(Double.random(in: -1...1, using: &random) * spread) * steps).rounded() / steps
        }
        func tokens(_ most: Int) -> [TokenID] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in
                TokenID.random(in: 0..<TokenID(count), using: &random)
            }
        }
        var request = self.request(prompt: tokens(20) + [0], seed: random.next()) { _ in }
        request.choice = Int.random(in: 0...3, using: &random)
        request.sampling.temperature = [0, 0.3, 1, 2][Int.random(in: 0..<4, using: &random)]
        if random.chance(0.4) { request.sampling.topK = Int.random(in: 1...(count + 5), using: &random) }
        if random.chance(0.4) { request.sampling.topP = Double.random(in: 0.01..<1, using: &random) }
        if random.chance(0.4) { request.sampling.minP = Double.random(in: 0...0.5, using: &random) }
        if random.chance(0.3) { request.sampling.repetitionPenalty = Double.random(in: 0.5...2, using: &random) }
        if random.chance(0.3) { request.sampling.frequencyPenalty = Double.random(in: -2...2, using: &random) }
        if random.chance(0.3) { request.sampling.presencePenalty = Double.random(in: -2...2, using: &random) }
        if random.chance(0.3) {
            for token in tokens(5) { request.sampling.logitBias[token] = Double.random(in: -100...100, using: &random) }
        }
        let output = tokens(30)
        if random.chance(0.2), count > 8 {
            request.sampling.minTokens = 15
            request.sampling.stopTokenIDs = [3]
        }
        if random.chance(0.5) { request.sampling.topLogprobs = Int.random(in: 0...20, using: &random) }
        return Case(request: request, output: output, endTokens: count > 8 ? [1, 2] : [], row: row)
    }

    @Test("chooses what the plain reference chooses", arguments: 1...20)
    func reference(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var unclear = 0
        for _ in 0..<40 {
            let example = self.randomCase(&random)
            let reference = ReferenceSampler(
                parameters: example.request.sampling,
                prompt: example.request.prompt,
                output: example.output,
                endTokens: example.endTokens
            )
            var state = SamplingState(
                example.request,
                endOfSequenceTokens: example.endTokens,
                vocabularySize: example.row.count
            )
            for token in example.output { state.record(token) }
            let sampled = try self.sample(
                example.row,
                example.request,
                output: example.output,
                endTokens: example.endTokens
            )
            if let expected = reference.choose(example.row, uniform: state.uniform) {
                #expect(sampled.token == expected, "seed \(seed): \(example.request.sampling)")
            } else {
                unclear += 1
            }
            try self.checkLogprobs(sampled, example)
        }
        #expect(unclear < 12, "seed \(seed)")
    }

    /// They are those of the raw logits.
    private func checkLogprobs(_ sampled: SampledToken, _ example: Case) throws {
        guard let count = example.request.sampling.topLogprobs else {
            #expect(sampled.logprob == nil)
            return
        }
        let logprob = try #require(sampled.logprob)
        let exact = ReferenceSampler.logprobs(example.row)
        #expect(logprob.token == sampled.token)
        #expect(abs(Double(logprob.logprob) - exact[Int(sampled.token)]) < 1e-5)
        let best = example.row.indices.sorted { (example.row[$1], $0) < (example.row[$0], $1) }.prefix(count)
        #expect(logprob.alternatives.map { Int($0.token) } == Array(best))
        for alternative in logprob.alternatives {
            #expect(abs(Double(alternative.logprob) - exact[Int(alternative.token)]) < 1e-5)
        }
    }

    @Test("what is around a row in the batch does not matter, and is not touched")
    func rowsApart() throws {
        var random = SeededRandom(seed: 12)
        var sampler = Sampler()
        for _ in 0..<200 {
            let example = self.randomCase(&random)
            var state = SamplingState(
                example.request,
                endOfSequenceTokens: example.endTokens,
                vocabularySize: example.row.count
            )
            for token in example.output { state.record(token) }
            let alone = try self.sample(
                example.row,
                example.request,
                output: example.output,
                endTokens: example.endTokens
            )
            let before = (0..<Int.random(in: 0...40, using: &random)).map { _ in Float.nan }
            let after = (0..<Int.random(in: 0...40, using: &random)).map { _ in Float.infinity }
            var batch = before + example.row + after
            let row = before.count..<before.count + example.row.count
            let together = try sampler.sample(&batch, row: row, state)
            #expect(together == alone)
            #expect(batch[..<row.lowerBound].allSatisfy { $0.isNaN })
            #expect(batch[row.upperBound...].allSatisfy { $0 == .infinity })
        }
    }

    // MARK: Distribution

    @Test(
        "draws each token as often as its probability says",
        arguments: [
            (1.0, 0, 1.0, 0.0), (0.7, 0, 0.9, 0.0), (1.5, 6, 1.0, 0.0), (1.0, 8, 0.8, 0.05), (1.0, 0, 1.0, 0.1),
        ]
    )
    func distribution(temperature: Double, topK: Int, topP: Double, minP: Double) throws {
        var random = SeededRandom(seed: 99)
        let row = (0..<12).map { _ in Float.random(in: -2...2, using: &random) }
        let set: (inout SamplingParameters) -> Void = {
            $0.temperature = temperature
            $0.topK = topK
            $0.topP = topP
            $0.minP = minP
        }
        let reference = ReferenceSampler(parameters: self.request(set).sampling, prompt: [], output: [], endTokens: [])
        let kept = reference.kept(row).tokens
        let draws = 2000
        var counts = [Int](repeating: 0, count: row.count)
        for seed in 0..<UInt64(draws) { counts[Int(try self.sample(row, self.request(seed: seed, set)).token)] += 1 }
        var chiSquare = 0.0
        for (token, probability) in kept {
            let expected = probability * Double(draws)
            chiSquare += pow(Double(counts[token]) - expected, 2) / expected
        }
        #expect(counts.reduce(0, +) == kept.reduce(0) { $0 + counts[$1.token] }, "a token that was cut off was drawn")
        // Beyond the 99.99th percentile of chi-square with 11 degrees of freedom.
        #expect(chiSquare < 38, "\(chiSquare)")
    }

    @Test("large vocabularies: the filters keep what full sorts keep", arguments: [0.05, 2, 10])
    func largeVocabulary(spread: Double) throws {
        var random = SeededRandom(seed: 3)
        let row = (0..<8_000).map { _ in Float(Double.random(in: -spread...spread, using: &random)) }
        for set in [
            { $0.topP = 0.3 }, { $0.topP = 0.99 }, { $0.topK = 2000 }, { $0.topK = 40 }, { $0.minP = 0.2 },
            {
                $0.topK = 1500
                $0.topP = 0.5
            },
        ] as [(inout SamplingParameters) -> Void] {
            let request = self.request(seed: random.next(), set)
            let state = SamplingState(request, endOfSequenceTokens: [], vocabularySize: row.count)
            let reference = ReferenceSampler(parameters: request.sampling, prompt: [], output: [], endTokens: [])
            guard let expected = reference.choose(row, uniform: state.uniform) else { continue }
            #expect(try self.sample(row, request).token == expected, "\(request.sampling)")
        }
    }
}
