/// A shape for which `ModelSynthesizer` makes a model of random weights.
public enum SynthesisPreset: String, Sendable, CaseIterable {
    /// A million parameters: starts in a moment, generates hundreds of tokens per second anywhere.
    case tiny
    /// The reference shape for speed: 3.1 billion parameters in the proportions of A.X K1.
    case k1Mini = "k1-mini"
    /// The first three of A.X K1's 61 layers in all its dimensions: 20 billion parameters, 24 MB an expert in int4.
    case axk1Slice = "axk1-slice"

    /// The shape; the large ones have far more ids than their tokenizer has tokens, as A.X K1's padded vocabulary has some.
    public var configuration: ModelConfiguration {
        switch self {
        case .tiny:
            Self.axk1(
                vocabulary: SynthesizedTokenizer.vocabularySize,
                hidden: 128,
                layers: 4,
                denseWidth: 256,
                attention: .init(
                    heads: 4,
                    queryLoraRank: 64,
                    kvLoraRank: 32,
                    nopeHeadSize: 32,
                    ropeHeadSize: 16,
                    valueHeadSize: 32
                ),
                experts: (count: 8, perToken: 2, width: 64, groups: 2, groupsPerToken: 1),
                context: 4096
            )
        case .k1Mini:
            Self.axk1(
                vocabulary: 32768,
                hidden: 2048,
                layers: 8,
                denseWidth: 4096,
                attention: .init(
                    heads: 16,
                    queryLoraRank: 768,
                    kvLoraRank: 512,
                    nopeHeadSize: 128,
                    ropeHeadSize: 64,
                    valueHeadSize: 128
                ),
                experts: (count: 64, perToken: 8, width: 1024, groups: 8, groupsPerToken: 4),
                context: 32768
            )
        case .axk1Slice:
            Self.axk1(
                vocabulary: 163_840,
                hidden: 7168,
                layers: 3,
                denseWidth: 18432,
                attention: .init(
                    heads: 64,
                    queryLoraRank: 1536,
                    kvLoraRank: 512,
                    nopeHeadSize: 128,
                    ropeHeadSize: 64,
                    valueHeadSize: 128
                ),
                experts: (count: 192, perToken: 8, width: 2048, groups: 8, groupsPerToken: 4),
                context: 131_072
            )
        }
    }

    private static func axk1(
        vocabulary: Int,
        hidden: Int,
        layers: Int,
        denseWidth: Int,
        attention: ModelConfiguration.AttentionShape,
        experts: (count: Int, perToken: Int, width: Int, groups: Int, groupsPerToken: Int),
        context: Int
    ) -> ModelConfiguration {
        ModelConfiguration(
            family: .axk1,
            vocabularySize: vocabulary,
            hiddenSize: hidden,
            layerKinds: [.dense] + Array(repeating: .sparse, count: layers - 1),
            intermediateSize: denseWidth,
            attention: attention,
            experts: .init(
                routedCount: experts.count,
                perToken: experts.perToken,
                sharedCount: 1,
                intermediateSize: experts.width,
                groups: experts.groups,
                groupsPerToken: experts.groupsPerToken,
                normalisesWeights: true,
                scalingFactor: 2.5,
                hasPostNorm: true
            ),
            rope: .init(theta: 10000, interleaved: true, yarn: nil),
            rmsNormEpsilon: 1e-6,
            contextLength: context,
            endOfSequenceTokens: SynthesizedTokenizer.endOfSequenceTokens
        )
    }
}
