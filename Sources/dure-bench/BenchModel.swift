import ExpertCache
import Foundation
import MoEModel
public import ModelFiles
import ServingCore
public import Settings
public import TensorKernels

extension SynthesisPreset: SettingValue {}
extension PackedFormat: SettingValue {}

/// Which model a benchmark runs, and in what form.
struct BenchModelChoice {
    var directory = ""
    var preset = SynthesisPreset.tiny
    var format: PackedFormat?
    /// Memory for the experts of a pack; nil: they are mapped.
    var cacheBytes: Int?
    /// Tokens of one block of the KV cache.
    var blockTokens = DecoderModelConfiguration().kvBlockTokens

    static let settings = SettingGroup<Self>("", "Model") {
        Option("model", \.directory, .directory, help: "a model directory or a pack, in place of random weights")
        Option("preset", \.preset, help: "the shape of the random weights")
        Option("format", \.format, default: "as in the checkpoint, in f32", help: "what weights are packed in")
        Option(
            "cache",
            \.cacheBytes,
            .optional(.bytes.within((1 << 16)...)),
            default: "none: all are mapped",
            help: "memory for the experts of a pack, which are read into it"
        )
        Option(
            "block-tokens",
            \.blockTokens,
            .count(of: "tokens", 1...65_536),
            help: "tokens of one block of the KV cache: many short sequences want small ones"
        )
    }

    /// Where the experts of a pack come from, if they are not mapped.
    func cache(_ pack: PackedModel) throws -> ArenaExpertSource? {
        guard let bytes = self.cacheBytes else { return nil }
        let arena = try ExpertArena(anonymous: ArenaGeometry(pack, bytes: bytes))
        return try ArenaExpertSource(pack, in: arena, ExpertCacheConfiguration(), isShared: false)
    }
}

/// The model that a benchmark runs: a directory, a pack, or one of random weights made for the occasion.
struct BenchModel {
    private(set) var weights: ModelWeights
    private let blockTokens: Int
    /// For the report.
    let name: String
    /// For the report: `f32`, or what the routed experts are packed in.
    let precision: String

    private var configuration: ModelConfiguration { self.weights.configuration }

    /// Opens `choice.directory`, or synthesizes `choice.preset` if that is empty, and packs it if a format is chosen.
    ///
    /// - Throws: `UsageError` for another format than a pack's own; what opening, synthesizing and packing throw.
    init(_ choice: BenchModelChoice, threads: Int, seed: UInt64) throws {
        self.blockTokens = choice.blockTokens
        self.name = choice.directory.isEmpty ? "\(choice.preset.rawValue), random" : choice.directory
        if PackedModel.exists(at: choice.directory) {
            let pack = try PackedModel.open(directory: choice.directory)
            if let format = choice.format, format != pack.format {
                throw UsageError(
                    "--format: expected none or \(pack.format.rawValue) with this pack, got \(format.rawValue)"
                )
            }
            self.precision = pack.format.rawValue
            self.weights = try choice.cache(pack).map { ModelWeights(pack, experts: $0) } ?? ModelWeights(pack)
            return
        }
        guard choice.cacheBytes == nil else {
            throw UsageError("--cache: expected a pack in --model; dure model pack makes one")
        }
        let checkpoint =
            choice.directory.isEmpty
            ? try Self.synthesized(choice.preset, seed: seed) : try Checkpoint.open(directory: choice.directory)
        self.precision = choice.format?.rawValue ?? "f32"
        if let format = choice.format {
            self.weights = try ModelWeights(packing: checkpoint, as: format, on: ComputePool(threads: threads))
        } else {
            self.weights = ModelWeights(checkpoint)
        }
    }

    /// A pack whose experts come from `experts`; nil: they are mapped.
    init(_ pack: PackedModel, name: String, experts: (any ExpertSource)? = nil) throws {
        self.name = name
        self.blockTokens = DecoderModelConfiguration().kvBlockTokens
        self.precision = pack.format.rawValue
        self.weights = try experts.map { ModelWeights(pack, experts: $0) } ?? ModelWeights(pack)
    }

    /// The synthesized files are removed at once; their mappings stay.
    private static func synthesized(_ preset: SynthesisPreset, seed: UInt64) throws -> Checkpoint {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dure-bench-\(UUID().uuidString)")
            .path
        defer {
            // A folder left behind in the system's temporary place spoils no measurement.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try ModelSynthesizer(preset: preset, seed: seed).write(to: folder)
        return try Checkpoint.open(directory: folder)
    }

    /// The shape, for the report.
    var shape: String {
        let model = self.configuration
        let experts = model.experts
        return "\(model.layerKinds.count) layers; hidden \(model.hiddenSize); \(model.attention.heads) heads; "
            + "\(experts.routedCount) experts of \(experts.intermediateSize); \(experts.perToken) per token; "
            + "vocabulary \(model.vocabularySize)"
    }

    /// Puts a counter before the source of its experts.
    mutating func countExperts() -> CountingExpertSource {
        let source = CountingExpertSource(self.weights.experts)
        self.weights = ModelWeights(configuration: self.configuration, trunk: self.weights.trunk, experts: source)
        return source
    }

    /// What a sweep has to read and to compute.
    func work(_ size: SweepSize) -> SweepWork {
        guard let format = PackedFormat(rawValue: self.precision) else {
            return SweepWork(
                self.configuration,
                routed: .plain(.bf16),
                trunk: .plain(.bf16),
                kvPrecision: .f32,
                size: size
            )
        }
        return SweepWork(
            self.configuration,
            routed: .packed(format),
            trunk: .packed(format.trunkFormat),
            size: size
        )
    }

    /// A decoder with room for `sequences` of `tokens` each.
    func decoder(sequences: Int, tokens: Int, threads: Int) throws -> BenchDecoder {
        let blocks = (tokens + self.blockTokens - 1) / self.blockTokens
        let model = try DecoderModel(
            self.weights,
            configuration: DecoderModelConfiguration(
                kvBlockTokens: self.blockTokens,
                kvBytes: self.weights.kvPrecision.bytes(
                    self.configuration,
                    tokens: sequences * blocks * self.blockTokens
                ),
                threads: threads
            )
        )
        return BenchDecoder(model: model, blocksPerSequence: blocks)
    }
}

/// Sequences of random tokens, each in KV blocks of its own.
struct BenchDecoder {
    let model: DecoderModel
    let blocksPerSequence: Int

    /// Gives each of several sequences its first tokens.
    func fill(sequences: Int, tokens: Int, _ random: inout SplitMix64) throws {
        let chunk = max(512 / sequences, 1)
        for first in stride(from: 0, to: tokens, by: chunk) {
            let positions = first..<min(first + chunk, tokens)
            try self.run(sequences: sequences, positions: positions, logits: .none, &random)
        }
    }

    /// Runs tokens `positions` of several sequences.
    func run(sequences: Int, positions: Range<Int>, logits: SweepSegment.LogitRows, _ random: inout SplitMix64) throws {
        let segments = (0..<sequences).map { sequence in
            let first = Int32(sequence * self.blocksPerSequence)
            return SweepSegment(
                tokens: positions.map { _ in
                    TokenID(Int.random(in: 0..<self.model.vocabularySize, using: &random))
                },
                firstPosition: positions.lowerBound,
                blockTable: Array(first..<first + Int32(self.blocksPerSequence)),
                logits: logits
            )
        }
        _ = try self.model.run(Sweep(segments: segments))
    }
}
