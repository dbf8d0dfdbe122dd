import OrderedJSON
import TensorKernels

extension ModelConfiguration {
    /// The configuration as a `config.json` in transformers 5's spelling.
    func json(element: ElementType, tiesEmbeddings: Bool = false) -> JSONObject {
        let isAXK1 = self.family == .axk1
        let members: [(String, JSONValue)] = [
            ("architectures", [.string(isAXK1 ? "AXK1ForCausalLM" : "DeepseekV3ForCausalLM")]),
            ("model_type", .string(self.family.rawValue)),
            ("dtype", .string(element.torchName)),
            ("vocab_size", .count(self.vocabularySize)),
            ("hidden_size", .count(self.hiddenSize)),
            ("num_hidden_layers", .count(self.layerKinds.count)),
            ("mlp_layer_types", .array(self.layerKinds.map { $0 == .dense ? "dense" : "sparse" })),
            // DeepSeek-V3's class knows only this spelling.
            ("first_k_dense_replace", .count(self.layerKinds.prefix { $0 == .dense }.count)),
            ("intermediate_size", .count(self.intermediateSize)),
            ("num_attention_heads", .count(self.attention.heads)),
            ("num_key_value_heads", .count(self.attention.heads)),
            ("q_lora_rank", self.attention.queryLoraRank.map(JSONValue.count) ?? .null),
            ("kv_lora_rank", .count(self.attention.kvLoraRank)),
            ("qk_nope_head_dim", .count(self.attention.nopeHeadSize)),
            ("qk_rope_head_dim", .count(self.attention.ropeHeadSize)),
            ("v_head_dim", .count(self.attention.valueHeadSize)),
            ("n_routed_experts", .count(self.experts.routedCount)),
            ("num_experts_per_tok", .count(self.experts.perToken)),
            ("n_shared_experts", .count(self.experts.sharedCount)),
            ("moe_intermediate_size", .count(self.experts.intermediateSize)),
            ("n_group", .count(self.experts.groups)),
            ("topk_group", .count(self.experts.groupsPerToken)),
            ("norm_topk_prob", .bool(self.experts.normalisesWeights)),
            ("routed_scaling_factor", .shortest(self.experts.scalingFactor)),
            ("hidden_act", "silu"),
            ("rms_norm_eps", .shortest(self.rmsNormEpsilon)),
            ("max_position_embeddings", .count(self.contextLength)),
            ("rope_interleave", .bool(self.rope.interleaved)),
            ("rope_parameters", self.rope.json),
            ("attention_bias", false),
            ("tie_word_embeddings", .bool(tiesEmbeddings)),
            ("eos_token_id", .array(self.endOfSequenceTokens.map { .integer(Int64($0)) })),
        ]
        return JSONObject(members.filter { $0.0 != "first_k_dense_replace" || !isAXK1 })
    }
}

extension ModelConfiguration.RoPEParameters {
    fileprivate var json: JSONValue {
        var members: JSONObject = ["rope_type": "default", "rope_theta": .double(self.theta)]
        guard let yarn = self.yarn else { return .object(members) }
        members["rope_type"] = "yarn"
        members["factor"] = .double(yarn.factor)
        members["original_max_position_embeddings"] = .count(yarn.originalContextLength)
        members["beta_fast"] = .double(yarn.betaFast)
        members["beta_slow"] = .double(yarn.betaSlow)
        members["truncate"] = .bool(yarn.truncates)
        members["mscale"] = yarn.mscale.map(JSONValue.double)
        members["mscale_all_dim"] = yarn.mscaleAllDim.map(JSONValue.double)
        members["attention_factor"] = yarn.attentionFactor.map(JSONValue.double)
        return .object(members)
    }
}

extension JSONValue {
    fileprivate static func count(_ count: Int) -> JSONValue { .integer(Int64(count)) }

    /// The number with the fewest digits that reads back as `value`: 1e-06, not 9.999999974752427e-07.
    fileprivate static func shortest(_ value: Float) -> JSONValue {
        .double(Double(value.description) ?? Double(value))
    }
}

extension ElementType {
    /// PyTorch's name.
    var torchName: String {
        switch self {
        case .f32: "float32"
        case .bf16: "bfloat16"
        case .f16: "float16"
        }
    }
}
