public import OrderedJSON
public import TensorKernels

/// What `dure model inspect` says of a checkpoint: its size by part, its shape, what a token costs.
public struct ModelSummary: Sendable, Equatable {
    public struct Part: Sendable, Equatable {
        public var part: ModelPart
        public var parameters: Int
        public var bytes: Int
    }

    public struct TypeShare: Sendable, Equatable {
        /// As safetensors headers have it, such as `BF16`.
        public var name: String
        public var bytes: Int
    }

    public let family: ModelConfiguration.Family
    /// Only the parts that the model has, in ``ModelPart``'s order.
    public let parts: [Part]
    public let parameters: Int
    public let bytes: Int
    /// Parameters that one token's pass multiplies with: all but the embedding table and the experts not chosen.
    public let activeParameters: Int
    /// What is stored as each element type, most first.
    public let types: [TypeShare]
    /// Numbers that the KV cache keeps per token: the latent and the rotated key of every layer.
    public let kvElementsPerToken: Int
    public let configuration: ModelConfiguration
    public let tiesEmbeddings: Bool
    public let digest: String

    /// What a pack says of itself beyond its weights.
    public struct Pack: Sendable, Equatable {
        /// Of the routed experts.
        public var format: PackedFormat
        public var rounding: PackedRounding
        /// The digest of the checkpoint that was packed.
        public var source: String
        /// Of an expert on disk, header and padding included.
        public var recordBytes: Int
    }

    /// Nil for a checkpoint.
    public let pack: Pack?

    public init(_ checkpoint: Checkpoint) {
        self.init(checkpoint.configuration, checkpoint.inventory, digest: checkpoint.digest, pack: nil)
    }

    public init(_ model: PackedModel) {
        let pack = Pack(
            format: model.format,
            rounding: model.rounding,
            source: model.source,
            recordBytes: ExpertRecordLayout(model.configuration, model.format).stride
        )
        self.init(model.configuration, model.inventory, digest: model.digest, pack: pack)
    }

    private init(
        _ configuration: ModelConfiguration,
        _ inventory: CheckpointInventory,
        digest: String,
        pack: Pack?
    ) {
        self.pack = pack
        self.configuration = configuration
        self.family = configuration.family
        self.parts = ModelPart.allCases.compactMap { part in
            inventory.parts[part].map { Part(part: part, parameters: $0.parameters, bytes: $0.bytes) }
        }
        self.parameters = inventory.parameters
        self.bytes = inventory.bytes
        self.types = inventory.bytesOfType.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { TypeShare(name: $0.key, bytes: $0.value) }
        self.tiesEmbeddings = inventory.parts[.outputHead] == nil
        self.digest = digest
        self.kvElementsPerToken = configuration.attention.latentWidth * configuration.layerKinds.count
        let routed = inventory.parts[.routedExperts]?.parameters ?? 0
        let chosen = routed / configuration.experts.routedCount * configuration.experts.perToken
        // Tied, the table is read as the output head.
        let unread = self.tiesEmbeddings ? 0 : inventory.parts[.embedding]?.parameters ?? 0
        self.activeParameters = self.parameters - unread - routed + chosen
    }

    /// Bytes of KV cache per token, for a cache of elements of `elementBytes`.
    public func kvBytesPerToken(elementBytes: Int) -> Int { self.kvElementsPerToken * elementBytes }
}

// MARK: Renderings

extension ModelSummary {
    /// As JSON, sizes in bytes.
    public var json: JSONValue {
        let parts = self.parts.map { part -> (String, JSONValue) in
            let key = part.part.rawValue.replacing(" ", with: "_").replacing("-", with: "_")
            return (key, ["parameters": .count(part.parameters), "bytes": .count(part.bytes)])
        }
        let experts = self.configuration.experts
        var summary: JSONObject = [
            "family": .string(self.family.rawValue), "digest": .string(self.digest),
            "parameters": .count(self.parameters), "active_parameters": .count(self.activeParameters),
            "bytes": .count(self.bytes), "parts": .object(JSONObject(parts)),
            "types": .object(JSONObject(self.types.map { ($0.name, .count($0.bytes)) })),
            "layers": [
                "dense": .count(self.configuration.layerKinds.count { $0 == .dense }),
                "sparse": .count(self.configuration.layerKinds.count { $0 == .sparse }),
            ],
            "vocabulary_size": .count(self.configuration.vocabularySize),
            "hidden_size": .count(self.configuration.hiddenSize),
            "context_length": .count(self.configuration.contextLength), "tied_embeddings": .bool(self.tiesEmbeddings),
            "attention": self.attentionJSON,
            "experts": [
                "routed": .count(experts.routedCount), "per_token": .count(experts.perToken),
                "shared": .count(experts.sharedCount), "width": .count(experts.intermediateSize),
                "groups": .count(experts.groups), "groups_per_token": .count(experts.groupsPerToken),
                "post_norm": .bool(experts.hasPostNorm),
            ],
            "rope": self.ropeJSON,
            "kv_bytes_per_token": [
                "bf16": .count(self.kvBytesPerToken(elementBytes: 2)),
                "f32": .count(self.kvBytesPerToken(elementBytes: 4)),
            ],
            "end_of_sequence_tokens": .array(self.configuration.endOfSequenceTokens.map { .count(Int($0)) }),
        ]
        summary["pack"] = self.pack.map { pack in
            [
                "format": .string(pack.format.rawValue), "rounding": .string(pack.rounding.rawValue),
                "source": .string(pack.source), "record_bytes": .count(pack.recordBytes),
            ]
        }
        return .object(summary)
    }

    private var attentionJSON: JSONValue {
        let attention = self.configuration.attention
        return [
            "heads": .count(attention.heads), "query_lora_rank": attention.queryLoraRank.map(JSONValue.count) ?? .null,
            "kv_lora_rank": .count(attention.kvLoraRank), "nope_head_size": .count(attention.nopeHeadSize),
            "rope_head_size": .count(attention.ropeHeadSize), "value_head_size": .count(attention.valueHeadSize),
        ]
    }

    private var ropeJSON: JSONValue {
        let rope = self.configuration.rope
        var members: JSONObject = ["type": rope.yarn == nil ? "default" : "yarn", "theta": .double(rope.theta)]
        if let yarn = rope.yarn {
            members["factor"] = .double(yarn.factor)
            members["original_context_length"] = .count(yarn.originalContextLength)
            members["mscale"] = yarn.mscale.map(JSONValue.double) ?? .null
            members["mscale_all_dim"] = yarn.mscaleAllDim.map(JSONValue.double) ?? .null
        }
        return .object(members)
    }

    /// As text for people: a head, then a table of the parts.
    public var text: String {
        let columns = self.table
        let widths = (0..<4).map { column in columns.map { $0[column].count }.max() ?? 0 }
        let rows = columns.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
        let labelWidth = self.head.map { $0.0.count }.max() ?? 0
        let head = self.head.map { label, value in
            label + String(repeating: " ", count: labelWidth - label.count + 2) + value
        }
        return (head + [""] + rows).joined(separator: "\n") + "\n"
    }

    private var head: [(String, String)] {
        let configuration = self.configuration
        let experts = configuration.experts
        let dense = configuration.layerKinds.count { $0 == .dense }
        let groups = experts.groups == 1 ? "" : ", from \(experts.groupsPerToken) of \(experts.groups) groups"
        let types = self.types.map { "\($0.name) \(Self.bytesText($0.bytes))" }.joined(separator: ", ")
        let pack = self.pack.map { pack in
            [
                ("pack", "routed experts in \(pack.format.rawValue), \(Self.bytesText(pack.recordBytes)) each on disk"),
                ("rounding", pack.rounding.rawValue), ("packed from", pack.source),
            ]
        }
        return [("family", self.family.rawValue), ("digest", self.digest)] + (pack ?? []) + [
            (
                "parameters",
                "\(Self.countText(self.parameters)), \(Self.countText(self.activeParameters)) active per token"
            ),
            ("on disk", types),
            (
                "layers",
                "\(configuration.layerKinds.count): \(dense) dense, \(configuration.layerKinds.count - dense) sparse"
            ),
            ("experts", "\(experts.perToken) of \(experts.routedCount)\(groups), and \(experts.sharedCount) shared"),
            ("vocabulary", String(configuration.vocabularySize) + (self.tiesEmbeddings ? ", tied" : "")),
            ("context", "\(configuration.contextLength) tokens"),
            ("rope", self.ropeText),
            (
                "KV cache",
                "\(Self.bytesText(self.kvBytesPerToken(elementBytes: 2))) per token in bf16, "
                    + "\(Self.bytesText(self.kvBytesPerToken(elementBytes: 4))) in f32"
            ),
        ]
    }

    private var ropeText: String {
        let rope = self.configuration.rope
        guard let yarn = rope.yarn else { return "default, theta \(Self.numberText(rope.theta))" }
        return "yarn, theta \(Self.numberText(rope.theta)), factor \(Self.numberText(yarn.factor))"
            + " from \(yarn.originalContextLength)"
    }

    private var table: [[String]] {
        let rows = self.parts.map { part in
            let share = Double(part.bytes) / Double(max(self.bytes, 1)) * 100
            return [
                part.part.rawValue, Self.countText(part.parameters), Self.bytesText(part.bytes),
                Self.oneDecimal(share) + " %",
            ]
        }
        let total = ["all", Self.countText(self.parameters), Self.bytesText(self.bytes), "100.0 %"]
        return [["part", "parameters", "bytes", "share"]] + rows + [total]
    }

    /// 518,983,059,456 as `519.0 B`; below a thousand, the number itself.
    static func countText(_ count: Int) -> String { Self.scaled(count, base: 1000, units: ["", "K", "M", "B", "T"]) }

    /// In powers of 1024, as `7.6 KiB`.
    static func bytesText(_ bytes: Int) -> String {
        Self.scaled(bytes, base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB"])
    }

    private static func scaled(_ value: Int, base: Double, units: [String]) -> String {
        var scaled = Double(value)
        var unit = 0
        // 999.95 would be shown as 1000.0 of the smaller unit.
        while scaled >= base - 0.05, unit + 1 < units.count {
            scaled /= base
            unit += 1
        }
        let number = unit == 0 ? String(value) : Self.oneDecimal(scaled)
        return units[unit].isEmpty ? number : number + " " + units[unit]
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func numberText(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }
}

extension JSONValue {
    fileprivate static func count(_ count: Int) -> JSONValue { .integer(Int64(count)) }
}
