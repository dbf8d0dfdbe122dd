import OrderedJSON
import Testing

@testable import ModelFiles

@Suite("ModelSynthesizer")
struct ModelSynthesizerTests {
    @Test("writes a model that opens as its preset, the same for a seed and another for another")
    func tiny() throws {
        func synthesize(_ seed: UInt64) throws -> (TemporaryFolder, Checkpoint) {
            let folder = try TemporaryFolder()
            try ModelSynthesizer(preset: .tiny, seed: seed).write(to: folder.path)
            return (folder, try Checkpoint.open(directory: folder.path))
        }
        let (first, checkpoint) = try synthesize(1)
        let (second, _) = try synthesize(1)
        let (third, _) = try synthesize(2)
        #expect(checkpoint.configuration == SynthesisPreset.tiny.configuration)
        #expect(
            try first.files == [
                "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                "tokenizer_config.json",
            ]
        )
        for file in try first.files {
            #expect(try first.read(file) == second.read(file))
        }
        #expect(try first.read("model.safetensors") != third.read("model.safetensors"))
    }

    @Test("gives a tensor the same values whatever file it is in")
    func shards() throws {
        let whole = try TemporaryFolder()
        let cut = try TemporaryFolder()
        try ModelSynthesizer(preset: .tiny, seed: 5).write(to: whole.path)
        try ModelSynthesizer(preset: .tiny, seed: 5, shardBytes: 300_000).write(to: cut.path)
        #expect(try cut.files.count > 8)
        let left = try Checkpoint.open(directory: whole.path)
        let right = try Checkpoint.open(directory: cut.path)
        #expect(left.expert(3, ofLayer: 2).down.floats == right.expert(3, ofLayer: 2).down.floats)
        #expect(left.trunk.outputHead.floats == right.trunk.outputHead.floats)
        #expect(left.inventory == right.inventory)
    }

    @Test("reports its progress up to the end")
    func progress() throws {
        let folder = try TemporaryFolder()
        let synthesizer = ModelSynthesizer(preset: .tiny)
        var seen: [Int] = []
        try synthesizer.write(to: folder.path) { progress in
            seen.append(progress.writtenBytes)
            #expect(progress.totalBytes == synthesizer.totalBytes)
        }
        #expect(seen == seen.sorted() && seen.last == synthesizer.totalBytes)
    }

    @Test("does not touch a folder that has something in it")
    func refusesFullFolder() throws {
        let folder = try TemporaryFolder()
        try folder.write("precious.txt", [1])
        let error = #expect(throws: ModelFilesError.self) {
            try ModelSynthesizer(preset: .tiny).write(to: folder.path)
        }
        #expect(error?.message == "\(folder.path): expected an empty folder, got 1 files")
        #expect(try folder.files == ["precious.txt"])
    }

    @Test("draws noise of mean 0 and deviation 1, without a trace of its neighbours")
    func noise() {
        let noise = CounterNoise(seed: 9, name: "model.norm.weight")
        let count = 100_000
        let values = (0..<count).map { Double(noise[$0]) }
        let mean = values.reduce(0, +) / Double(count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let lagged = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
        #expect(abs(mean) < 0.015 && abs(variance - 1) < 0.02 && abs(lagged) < 0.015)
        #expect(noise[0] == CounterNoise(seed: 9, name: "model.norm.weight")[0])
        #expect(noise[0] != CounterNoise(seed: 9, name: "lm_head.weight")[0])
    }

    @Test("has 3.1 billion parameters in the reference shape")
    func referenceShape() {
        let synthesizer = ModelSynthesizer(preset: .k1Mini)
        #expect(synthesizer.totalBytes / 2 == 3_114_199_040)
    }

    @Test("writes a vocabulary in which every byte and special token has its id")
    func tokenizer() throws {
        let json = SynthesizedTokenizer.json
        let vocabulary = try #require(json["model"]?["vocab"]?.object)
        #expect(vocabulary.count == 256)
        #expect(vocabulary["A"]?.integer == 65 && vocabulary["Ġ"]?.integer == 32 && vocabulary["ÿ"]?.integer == 255)
        let added = try #require(json["added_tokens"]?.array)
        #expect(added.first?["content"]?.string == "<|endoftext|>" && added.first?["id"]?.integer == 256)
        #expect(SynthesizedTokenizer.vocabularySize == 256 + added.count)
    }
}
