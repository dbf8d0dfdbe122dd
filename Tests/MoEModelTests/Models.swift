import ExpertCache
import ModelFiles
import ServingCore

@testable import MoEModel

/// Models of `Tests/Fixtures/models`, ready to run.
enum Models {
    static let root =
        #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Fixtures/models"

    static func checkpoint(_ name: String = "axk1-default") throws -> Checkpoint {
        try Checkpoint.open(directory: Self.root + "/" + name)
    }

    /// A model of `axk1-default` with 8 KV blocks of 4 tokens.
    static func model(
        contextLength: Int? = nil,
        threads: Int = 1,
        experts: (MappedExpertSource) -> any ExpertSource = { $0 }
    ) throws -> DecoderModel {
        let checkpoint = try Self.checkpoint()
        // 3 layers, 4 tokens, 16 + 8 numbers.
        return try DecoderModel(
            ModelWeights(checkpoint, experts: experts(MappedExpertSource(checkpoint: checkpoint))),
            configuration: DecoderModelConfiguration(
                contextLength: contextLength,
                kvBlockTokens: 4,
                kvBytes: 8 * 3 * 4 * 24 * 4,
                threads: threads
            )
        )
    }
}

extension SweepSegment {
    init(_ tokens: [TokenID], from position: Int = 0, blocks: [Int32], _ logits: LogitRows = .all) {
        self.init(tokens: tokens, firstPosition: position, blockTable: blocks, logits: logits)
    }
}
