import OrderedJSON

/// Turns `config.json`, in either of its spellings, and `generation_config.json` into a ``ModelConfiguration``.
///
/// What changes a result is taken from the file: a field that is missing is a problem, not a default. The exceptions
/// are fields that published files leave out and that the reference implementation fills in the same way for every
/// model of the family (`rope_theta` 10000, `rope_interleave` true, `moe_layer_freq` 1). Fields with one
/// supported value (`hidden_act`, `scoring_func`, …) must have that value where they stand.
struct ConfigurationReader {
    private enum Limit {
        static let size = 1...(1 << 24)
        static let layers = 1...4096
        static let heads = 1...65536
        static let experts = 1...65536
        /// Over all layers: A.X K1 has 11,520.
        static let expertsInAll = 1 << 18
        static let lengths = 1...(1 << 30)
        static let epsilon = 1e-12...1
        static let factor = 1e-6...1e6
        static let scale = 0...1e6
        /// YaRN divides by the logarithm.
        static let theta = 1.001...1e15
    }

    private var fields: ConfigurationFields

    /// - Throws: ``ModelFilesError`` with code `unsupported`, naming every field that stands in the way.
    static func read(
        _ config: JSONValue,
        generation: JSONValue?,
        subject: String
    ) throws(ModelFilesError) -> ModelConfiguration {
        guard let object = config.object else {
            throw ModelFilesError(.malformed, subject, ["expected an object, got \(config.kind)"])
        }
        var reader = ConfigurationReader(fields: ConfigurationFields(object))
        let configuration = reader.configuration(generation: generation)
        reader.checkRelations(configuration)
        guard reader.fields.problems.isEmpty else {
            throw ModelFilesError(.unsupported, subject, reader.fields.problems)
        }
        return configuration
    }

    private mutating func configuration(generation: JSONValue?) -> ModelConfiguration {
        let family = self.family()
        self.checkSingleValuedFields()
        let contextLength = self.fields.integer("max_position_embeddings", in: Limit.lengths)
        return ModelConfiguration(
            family: family,
            vocabularySize: self.fields.integer("vocab_size", in: Limit.size),
            hiddenSize: self.fields.integer("hidden_size", in: Limit.size),
            layerKinds: self.layerKinds(),
            intermediateSize: self.fields.integer("intermediate_size", in: Limit.size),
            attention: self.attention(family),
            experts: self.experts(family),
            rope: self.rope(contextLength: contextLength),
            rmsNormEpsilon: Float(self.fields.number("rms_norm_eps", in: Limit.epsilon)),
            contextLength: contextLength,
            endOfSequenceTokens: self.endOfSequenceTokens(generation)
        )
    }

    private mutating func family() -> ModelConfiguration.Family {
        switch self.fields.value("model_type")?.string {
        case "axk1", "AXK1": return .axk1
        case "deepseek_v3": return .deepseekV3
        default:
            self.fields.note(
                "model_type",
                expected: "\"axk1\", \"AXK1\" or \"deepseek_v3\"",
                got: self.fields.value("model_type")
            )
            return .axk1
        }
    }

    private mutating func checkSingleValuedFields() {
        self.fields.require("hidden_act", "silu")
        self.fields.require("attention_bias", false)
        self.fields.require("scoring_func", "sigmoid")
        self.fields.require("partial_rotary_factor", 1)
        if let quantization = self.fields.value("quantization_config") {
            self.fields.note(
                "quantization_config",
                expected: "weights in F32, BF16 or F16",
                got: quantization["quant_method"] ?? quantization
            )
        }
    }

    /// `mlp_layer_types` where it stands, else what the two old fields say.
    private mutating func layerKinds() -> [ModelConfiguration.LayerKind] {
        let count = self.fields.integer("num_hidden_layers", in: Limit.layers)
        guard let types = self.fields.value("mlp_layer_types") else {
            let firstSparse = self.fields.integer("first_k_dense_replace", in: 0...Limit.layers.upperBound)
            let frequency = self.fields.optionalInteger("moe_layer_freq", in: Limit.layers) ?? 1
            return (0..<count).map { $0 >= firstSparse && $0.isMultiple(of: frequency) ? .sparse : .dense }
        }
        guard let names = types.array, names.count == count else {
            let got = types.array.map { JSONValue.integer(Int64($0.count)) } ?? types
            self.fields.note("mlp_layer_types", expected: "an array of \(count) names", got: got)
            return Array(repeating: .dense, count: count)
        }
        return names.enumerated().map { index, name in
            switch name.string {
            case "dense": return .dense
            case "sparse": return .sparse
            default:
                self.fields.note("mlp_layer_types[\(index)]", expected: "\"dense\" or \"sparse\"", got: name)
                return .dense
            }
        }
    }

    private mutating func attention(_ family: ModelConfiguration.Family) -> ModelConfiguration.AttentionShape {
        let heads = self.fields.integer("num_attention_heads", in: Limit.heads)
        if let pairs = self.fields.value("num_key_value_heads"), pairs.integer != Int64(heads) {
            self.fields.note("num_key_value_heads", expected: "\(heads), as num_attention_heads", got: pairs)
        }
        let queryLoraRank = self.fields.optionalInteger("q_lora_rank", in: Limit.size)
        // DeepSeek-V3 may state null, for a plain projection; saying nothing would leave the choice to us.
        if queryLoraRank == nil, family == .axk1 || !self.fields.states("q_lora_rank") {
            self.fields.note(
                "q_lora_rank",
                expected: "an integer",
                got: self.fields.states("q_lora_rank") ? .null : nil
            )
        }
        return ModelConfiguration.AttentionShape(
            heads: heads,
            queryLoraRank: queryLoraRank,
            kvLoraRank: self.fields.integer("kv_lora_rank", in: Limit.size),
            nopeHeadSize: self.fields.integer("qk_nope_head_dim", in: Limit.heads),
            ropeHeadSize: self.fields.integer("qk_rope_head_dim", in: Limit.heads),
            valueHeadSize: self.fields.integer("v_head_dim", in: Limit.heads)
        )
    }

    private mutating func experts(_ family: ModelConfiguration.Family) -> ModelConfiguration.ExpertShape {
        // transformers reads `num_local_experts` as another name for the same number.
        let countField = self.fields.value("n_routed_experts") == nil ? "num_local_experts" : "n_routed_experts"
        let hasCount = self.fields.value(countField) != nil
        return ModelConfiguration.ExpertShape(
            routedCount: self.fields.integer(hasCount ? countField : "n_routed_experts", in: Limit.experts),
            perToken: self.fields.integer("num_experts_per_tok", in: Limit.experts),
            sharedCount: self.countOrNone("n_shared_experts", none: 0, in: 0...1024),
            intermediateSize: self.fields.integer("moe_intermediate_size", in: Limit.size),
            groups: self.countOrNone("n_group", none: 1, in: Limit.experts),
            groupsPerToken: self.countOrNone("topk_group", none: 1, in: Limit.experts),
            normalisesWeights: self.fields.flag("norm_topk_prob"),
            scalingFactor: Float(self.fields.number("routed_scaling_factor", in: Limit.factor)),
            hasPostNorm: family == .axk1
        )
    }

    /// A field in which null is a way to write `none`, but which must stand in the file.
    private mutating func countOrNone(_ name: String, none: Int, in range: ClosedRange<Int>) -> Int {
        if self.fields.states(name), self.fields.value(name) == nil { return none }
        return self.fields.integer(name, in: range)
    }

    /// From `generation_config.json`, where it says something, else from `config.json`.
    private mutating func endOfSequenceTokens(_ generation: JSONValue?) -> [Int32] {
        let stated = generation.flatMap { $0["eos_token_id"] }.flatMap { $0.isNull ? nil : $0 }
        guard let value = stated ?? self.fields.value("eos_token_id") else { return [] }
        let tokens = (value.array ?? [value]).map { element in element.integer.flatMap { Int32(exactly: $0) } ?? -1 }
        guard !tokens.contains(where: { $0 < 0 }), tokens.count <= 256 else {
            self.fields.note("eos_token_id", expected: "a token id or at most 256 of them", got: value)
            return []
        }
        return tokens
    }

    private mutating func checkRelations(_ configuration: ModelConfiguration) {
        guard self.fields.problems.isEmpty else { return }
        let experts = configuration.experts
        func got(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        if !configuration.attention.ropeHeadSize.isMultiple(of: 2) {
            self.fields.note(
                "qk_rope_head_dim",
                expected: "an even number",
                got: got(configuration.attention.ropeHeadSize)
            )
        }
        let expertsInAll = configuration.layerKinds.count * experts.routedCount
        if expertsInAll > Limit.expertsInAll {
            self.fields.note(
                "n_routed_experts",
                expected: "at most \(Limit.expertsInAll) experts in all layers",
                got: got(expertsInAll)
            )
        }
        guard experts.routedCount.isMultiple(of: experts.groups) else {
            self.fields.note(
                "n_group",
                expected: "a divisor of \(experts.routedCount) experts",
                got: got(experts.groups)
            )
            return
        }
        let groupSize = experts.routedCount / experts.groups
        // A group's score is the sum of its two best experts.
        if experts.groups > 1, groupSize < 2 {
            self.fields.note("n_group", expected: "at least two experts in each group", got: got(experts.groups))
        }
        if experts.groupsPerToken > experts.groups {
            self.fields.note(
                "topk_group",
                expected: "at most n_group, \(experts.groups)",
                got: got(experts.groupsPerToken)
            )
        } else if experts.perToken > experts.groupsPerToken * groupSize {
            let most = experts.groupsPerToken * groupSize
            self.fields.note(
                "num_experts_per_tok",
                expected: "at most \(most), the experts of the groups kept",
                got: got(experts.perToken)
            )
        }
    }
}

// MARK: Rotary position embedding

extension ConfigurationReader {
    /// Reads `rope_theta` beside `rope_scaling`, the old way, or both in `rope_parameters`, the new one.
    ///
    /// The old name wins where both stand, as in transformers.
    private mutating func rope(contextLength: Int) -> ModelConfiguration.RoPEParameters {
        let interleaved = self.fields.flag("rope_interleave", default: true)
        let field = self.fields.value("rope_scaling")?.object?.isEmpty == false ? "rope_scaling" : "rope_parameters"
        guard let value = self.fields.value(field) else {
            return .init(theta: self.theta(nil), interleaved: interleaved, yarn: nil)
        }
        guard let object = value.object, !object.contains(where: { $0.value.object != nil }) else {
            self.fields.note(field, expected: "one set of parameters for all layers", got: value)
            return .init(theta: 1, interleaved: interleaved, yarn: nil)
        }
        var parameters = ConfigurationFields(object, path: field + ".")
        let theta = self.theta(parameters.optionalNumber("rope_theta", in: Limit.theta))
        parameters.require("partial_rotary_factor", 1)
        let kind = parameters.value("rope_type") ?? parameters.value("type") ?? "default"
        var yarn: ModelConfiguration.RoPEParameters.YaRN?
        switch kind.string {
        case "default": break
        case "yarn": yarn = self.yarn(&parameters, contextLength: contextLength)
        default: parameters.note("rope_type", expected: "\"default\" or \"yarn\"", got: kind)
        }
        self.fields.problems.add(contentsOf: parameters.problems)
        return .init(theta: theta, interleaved: interleaved, yarn: yarn)
    }

    private mutating func theta(_ stated: Double?) -> Double {
        stated ?? self.fields.optionalNumber("rope_theta", in: Limit.theta) ?? 10000
    }

    private mutating func yarn(
        _ parameters: inout ConfigurationFields,
        contextLength: Int
    ) -> ModelConfiguration.RoPEParameters.YaRN {
        let original = "original_max_position_embeddings"
        let originalLength =
            self.fields.optionalInteger(original, in: Limit.lengths) ?? parameters.optionalInteger(
                original,
                in: Limit.lengths
            )
            ?? contextLength
        // A factor of null follows from the two lengths; one that is not there at all is a mistake in the file.
        let impliedFactor = Double(contextLength) / Double(originalLength)
        let factor =
            parameters.states("factor") && parameters.value("factor") == nil
            ? impliedFactor : parameters.number("factor", in: Limit.factor)
        return .init(
            factor: factor,
            originalContextLength: originalLength,
            betaFast: parameters.optionalNumber("beta_fast", in: Limit.scale).flatMap { $0 == 0 ? nil : $0 } ?? 32,
            betaSlow: parameters.optionalNumber("beta_slow", in: Limit.scale).flatMap { $0 == 0 ? nil : $0 } ?? 1,
            truncates: parameters.flag("truncate", default: true),
            mscale: parameters.optionalNumber("mscale", in: Limit.scale),
            mscaleAllDim: parameters.optionalNumber("mscale_all_dim", in: Limit.scale),
            attentionFactor: parameters.optionalNumber("attention_factor", in: Limit.scale)
        )
    }
}
