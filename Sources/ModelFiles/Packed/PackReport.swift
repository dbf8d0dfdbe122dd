public import OrderedJSON
public import TensorKernels

/// What packing did to a model's weights: for each layer and kind of matrix, how far the packed weights are from the given ones.
///
/// What is kept as it was (router, norms, biases, and row-major bf16 and f16) has no line.
public struct PackReport: Sendable, Equatable {
    /// One kind of matrix of one layer.
    public struct Line: Sendable, Equatable {
        /// Nil for what stands outside the layers.
        public let layer: Int?
        /// As the checkpoint calls it, such as `self_attn.o_proj` or `mlp.experts.gate_proj`.
        public let matrix: String
        /// Such as `packed-int8`.
        public let type: String
        /// More than one for routed experts.
        public let count: Int
        /// The norm of the error over the norm of the weights, all matrices of this kind together.
        public let relativeError: Double
        public let cosine: Double
        /// The largest of any one matrix.
        public let worstRelativeError: Double
    }

    public let format: PackedFormat
    public let rounding: PackedRounding
    /// The digest of the checkpoint.
    public let source: String
    public let lines: [Line]

    /// As `pack-report.json` has it.
    public var json: JSONValue {
        [
            "format": .string(self.format.rawValue), "rounding": .string(self.rounding.rawValue),
            "source": .string(self.source), "matrices": .array(self.lines.map(\.json)),
        ]
    }
}

extension PackReport.Line {
    init(_ item: TrunkWriter.Item, _ deviation: Deviation) {
        let (layer, matrix) = Self.place(item.planned.name)
        self.init(layer: layer, matrix: matrix, type: item.type.name, deviations: [deviation])
    }

    init(layer: Int?, matrix: String, type: String, deviations: [Deviation]) {
        var sum = Deviation()
        for deviation in deviations { sum.add(deviation) }
        self.layer = layer
        self.matrix = matrix
        self.type = type
        self.count = deviations.count
        self.relativeError = sum.relativeError
        self.cosine = sum.cosine
        self.worstRelativeError = deviations.map(\.relativeError).max() ?? 0
    }

    /// `model.layers.3.self_attn.o_proj.weight` as layer 3 and `self_attn.o_proj`.
    private static func place(_ name: String) -> (layer: Int?, matrix: String) {
        let short = name.hasSuffix(".weight") ? name.dropLast(".weight".count) : name[...]
        let prefix = "model.layers."
        guard short.hasPrefix(prefix) else { return (nil, String(short)) }
        let rest = short.dropFirst(prefix.count)
        let digits = rest.prefix { $0 != "." }
        guard let layer = Int(digits) else { return (nil, String(short)) }
        return (layer, String(rest.dropFirst(digits.count + 1)))
    }

    var json: JSONValue {
        [
            "layer": self.layer.map { .integer(Int64($0)) } ?? .null, "matrix": .string(self.matrix),
            "type": .string(self.type), "count": .integer(Int64(self.count)),
            "relative_error": .double(self.relativeError), "cosine": .double(self.cosine),
            "worst_relative_error": .double(self.worstRelativeError),
        ]
    }

    /// Reads a line of a journal; nil where it is none.
    init?(_ json: JSONValue) {
        guard let layer = json["layer"], let matrix = json["matrix"]?.string, let type = json["type"]?.string,
            let count = json["count"]?.integer, let relativeError = json["relative_error"]?.double,
            let cosine = json["cosine"]?.double, let worst = json["worst_relative_error"]?.double
        else { return nil }
        self.layer = layer.integer.flatMap { Int(exactly: $0) }
        self.matrix = matrix
        self.type = type
        self.count = Int(count)
        self.relativeError = relativeError
        self.cosine = cosine
        self.worstRelativeError = worst
    }
}
