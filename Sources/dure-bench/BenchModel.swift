import ExpertCache
import Foundation
import MoEModel
public import ModelFiles
import ServingCore
public import Settings

extension SynthesisPreset: SettingValue {}

/// The model that a benchmark runs: a directory, or one of random weights made for the occasion.
struct BenchModel {
    let checkpoint: Checkpoint
    /// For the report.
    let name: String

    /// Opens `directory`, or synthesizes `preset` if that is empty.
    ///
    /// The synthesized files are removed at once; their mappings stay.
    init(directory: String, preset: SynthesisPreset, seed: UInt64) throws {
        guard directory.isEmpty else {
            self.checkpoint = try Checkpoint.open(directory: directory)
            self.name = directory
            return
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dure-bench-\(UUID().uuidString)")
            .path
        defer {
            // A folder left behind in the system's temporary place spoils no measurement.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try ModelSynthesizer(preset: preset, seed: seed).write(to: folder)
        self.checkpoint = try Checkpoint.open(directory: folder)
        self.name = "\(preset.rawValue), random"
    }

    /// The shape, for the report.
    var shape: String {
        let model = self.checkpoint.configuration
        let experts = model.experts
        return "\(model.layerKinds.count) layers; hidden \(model.hiddenSize); \(model.attention.heads) heads; "
            + "\(experts.routedCount) experts of \(experts.intermediateSize); \(experts.perToken) per token; "
            + "vocabulary \(model.vocabularySize)"
    }

    /// A decoder with room for `sequences` of `tokens` each.
    func decoder(sequences: Int, tokens: Int, threads: Int) throws -> BenchDecoder {
        let shape = self.checkpoint.configuration.attention
        let blockTokens = DecoderModelConfiguration().kvBlockTokens
        let blocks = (tokens + blockTokens - 1) / blockTokens
        let blockBytes = blockTokens * (shape.kvLoraRank + shape.ropeHeadSize) * 4
        let model = try DecoderModel(
            checkpoint: self.checkpoint,
            experts: MappedExpertSource(checkpoint: self.checkpoint),
            configuration: DecoderModelConfiguration(
                kvBytes: sequences * blocks * blockBytes * self.checkpoint.configuration.layerKinds.count,
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

    /// Runs tokens `positions` of several sequences.
    func run(sequences: Int, positions: Range<Int>, logits: SweepSegment.LogitRows, _ random: inout SplitMix) throws {
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
