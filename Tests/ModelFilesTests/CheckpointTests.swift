import OrderedJSON
import TensorKernels
import Testing

@testable import ModelFiles

@Suite("Checkpoint.open")
struct CheckpointTests {
    @Test("opens every fixture and gives each weight the shape that its configuration says", arguments: Fixture.names)
    func opensFixtures(name: String) throws {
        let checkpoint = try Checkpoint.open(directory: Fixture.folder(name))
        let configuration = checkpoint.configuration
        let config = try Fixture.json(name)
        #expect(configuration.vocabularySize == config["vocab_size"]?.integer.map(Int.init))
        #expect(checkpoint.trunk.embedding.rows == configuration.vocabularySize)
        #expect(checkpoint.trunk.embedding.columns == configuration.hiddenSize)
        #expect(checkpoint.trunk.outputHead.rows == configuration.vocabularySize)
        #expect(checkpoint.trunk.layers.count == configuration.layerKinds.count)
        for (layer, kind) in configuration.layerKinds.enumerated() {
            switch (checkpoint.trunk.layers[layer].feedForward, kind) {
            case (.dense(let weights), .dense):
                #expect(weights.gate.rows == configuration.intermediateSize)
            case (.sparse(let weights), .sparse):
                #expect(weights.router.rows == configuration.experts.routedCount)
                #expect((weights.postNorm != nil) == (configuration.family == .axk1))
                for expert in 0..<configuration.experts.routedCount {
                    let expert = checkpoint.expert(expert, ofLayer: layer)
                    #expect(expert.gate.rows == configuration.experts.intermediateSize)
                    #expect(expert.up.columns == configuration.hiddenSize)
                    #expect(expert.down.rows == configuration.hiddenSize)
                    #expect(expert.down.columns == configuration.experts.intermediateSize)
                }
            default: Issue.record("layer \(layer) is not \(kind)")
            }
        }
        #expect(checkpoint.digest.utf8.count == 64)
    }
}
