/// A model's shape and constants, as its `config.json` states them.
///
/// One form for both spellings of the file (legacy `first_k_dense_replace`, `rope_scaling`, …
/// and transformers 5's `mlp_layer_types`, `rope_parameters`), so that nothing downstream asks which it was.
public struct ModelConfiguration: Sendable, Equatable {
    public enum Family: String, Sendable {
        case axk1
        case deepseekV3 = "deepseek_v3"
    }

    public enum LayerKind: Sendable, Equatable {
        case dense
        case sparse
    }

    public var family: Family
    public var vocabularySize: Int
    public var hiddenSize: Int
    /// One entry per decoder layer.
    public var layerKinds: [LayerKind]
    /// Of the dense layers' feed-forward.
    public var intermediateSize: Int
    public var attention: AttentionShape
    public var experts: ExpertShape
    public var rope: RoPEParameters
    public var rmsNormEpsilon: Float
    public var contextLength: Int
    /// From `generation_config.json` where it says so, else from `config.json`.
    public var endOfSequenceTokens: [Int32]

    /// Multi-head latent attention.
    public struct AttentionShape: Sendable, Equatable {
        public var heads: Int
        /// Nil: queries come from one plain projection.
        public var queryLoraRank: Int?
        public var kvLoraRank: Int
        public var nopeHeadSize: Int
        public var ropeHeadSize: Int
        public var valueHeadSize: Int

        /// Numbers that a layer keeps of a token: its latent and its rotated key.
        package var latentWidth: Int { self.kvLoraRank + self.ropeHeadSize }
    }

    public struct ExpertShape: Sendable, Equatable {
        public var routedCount: Int
        public var perToken: Int
        public var sharedCount: Int
        public var intermediateSize: Int
        public var groups: Int
        public var groupsPerToken: Int
        public var normalisesWeights: Bool
        public var scalingFactor: Float
        /// RMSNorm on routed + shared before the residual add: A.X K1 has it, DeepSeek-V3 does not.
        public var hasPostNorm: Bool
    }

    /// Rotary position embedding.
    public struct RoPEParameters: Sendable, Equatable {
        public var theta: Double
        /// True: rotated pairs are (2j, 2j+1); false: (j, j + d/2).
        public var interleaved: Bool
        public var yarn: YaRN?

        public struct YaRN: Sendable, Equatable {
            public var factor: Double
            public var originalContextLength: Int
            public var betaFast: Double
            public var betaSlow: Double
            public var truncates: Bool
            public var mscale: Double?
            public var mscaleAllDim: Double?
            public var attentionFactor: Double?
        }
    }
}
