/// The names under which published checkpoints store the tensors of one decoder layer.
struct LayerTensorNames {
    private let prefix: String

    init(layer: Int) { self.prefix = "model.layers.\(layer)." }

    var inputNorm: String { self.prefix + "input_layernorm.weight" }
    var postAttentionNorm: String { self.prefix + "post_attention_layernorm.weight" }

    var query: String { self.prefix + "self_attn.q_proj.weight" }
    var queryDown: String { self.prefix + "self_attn.q_a_proj.weight" }
    var queryNorm: String { self.prefix + "self_attn.q_a_layernorm.weight" }
    var queryUp: String { self.prefix + "self_attn.q_b_proj.weight" }
    var keyValueDown: String { self.prefix + "self_attn.kv_a_proj_with_mqa.weight" }
    var keyValueNorm: String { self.prefix + "self_attn.kv_a_layernorm.weight" }
    var keyValueUp: String { self.prefix + "self_attn.kv_b_proj.weight" }
    var attentionOutput: String { self.prefix + "self_attn.o_proj.weight" }

    var dense: SwiGLUTensorNames { SwiGLUTensorNames(prefix: self.prefix + "mlp.") }
    var sharedExpert: SwiGLUTensorNames { SwiGLUTensorNames(prefix: self.prefix + "mlp.shared_experts.") }
    func expert(_ expert: Int) -> SwiGLUTensorNames {
        SwiGLUTensorNames(prefix: self.prefix + "mlp.experts.\(expert).")
    }

    var router: String { self.prefix + "mlp.gate.weight" }
    var correctionBias: String { self.prefix + "mlp.gate.e_score_correction_bias" }
    var fusedGateUp: String { self.prefix + "mlp.experts.gate_up_proj" }
    var fusedDown: String { self.prefix + "mlp.experts.down_proj" }
    var postNorm: String { self.prefix + "post_mlp_layernorm.weight" }
    /// transformers' name for it in memory, which some tools write.
    var postNormAlias: String { self.prefix + "mlp.post_mlp_layernorm.weight" }
}

struct SwiGLUTensorNames {
    var prefix: String

    var gate: String { self.prefix + "gate_proj.weight" }
    var up: String { self.prefix + "up_proj.weight" }
    var down: String { self.prefix + "down_proj.weight" }
}

enum TensorNames {
    static let embedding = "model.embed_tokens.weight"
    static let finalNorm = "model.norm.weight"
    static let outputHead = "lm_head.weight"

    /// Whether every loader skips a tensor of this name: rotation tables, and layers after the last, which predict
    /// further tokens ahead.
    static func isIgnored(_ name: String, layerCount: Int) -> Bool {
        if name.hasSuffix(".rotary_emb.inv_freq") { return true }
        guard name.hasPrefix("model.layers.") else { return false }
        guard let layer = Int(name.dropFirst("model.layers.".count).prefix { $0 != "." }) else { return false }
        return layer >= layerCount
    }
}
