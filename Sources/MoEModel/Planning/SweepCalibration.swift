import Foundation
package import ModelFiles
import ServingCore
package import TensorKernels

/// Measures how fast this machine does the stages of a sweep: by sweeps of a model of few layers and experts, of the same
/// shape otherwise, with random weights in a pack of its own.
package struct SweepCalibration {
    private let model: DecoderModel
    private let shape: ModelConfiguration
    private let format: PackedFormat
    private let clock = StageClock()

    /// As large as caches are not, as small as it can be.
    private static let layerBytes = 256 << 20
    private static let vocabularySize = 4096
    private static let blockTokens = 64
    /// KV blocks before each sequence's own.
    private static let contextBlocks = 3
    /// So many sequences have those for themselves, which is more than caches hold; further ones share them.
    private static let contexts = 64

    /// - Parameters:
    ///   - model: Whose shape.
    ///   - format: Of the routed experts.
    ///   - threads: That compute.
    ///   - mostTokens: Of a sweep.
    ///   - layerBytes: Of a layer's experts, about.
    /// - Throws: What writing and opening the pack throw; it is gone when the calibration is.
    package init(
        _ model: ModelConfiguration,
        format: PackedFormat,
        threads: Int,
        mostTokens: Int = 256,
        layerBytes: Int? = nil
    ) throws {
        self.shape = Self.reduced(model, format, layerBytes: layerBytes ?? Self.layerBytes)
        self.format = format
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dure-plan-\(UUID().uuidString)")
            .path
        defer {
            // The files stay mapped; a folder left behind in the system's temporary place spoils no measurement.
            try? FileManager.default.removeItem(atPath: folder)
        }
        try PackSynthesizer(shape: self.shape, format: format, threads: threads).write(to: folder)
        let weights = try ModelWeights(PackedModel.open(directory: folder))
        let blocks = mostTokens + Self.contextBlocks * Self.contexts
        self.model = try DecoderModel(
            weights,
            configuration: DecoderModelConfiguration(
                kvBlockTokens: Self.blockTokens,
                kvBytes: weights.kvPrecision.bytes(self.shape, tokens: blocks * Self.blockTokens),
                threads: threads
            )
        )
        self.model.probe = self.clock
        // Memory that was never written is the system's one page of zeros.
        self.model.cache.values.clear()
    }

    /// A dense layer and two sparse ones of few experts, none of them shared: its products would hide among the others'.
    private static func reduced(
        _ model: ModelConfiguration,
        _ format: PackedFormat,
        layerBytes: Int
    ) -> ModelConfiguration {
        var shape = model
        shape.layerKinds = model.layerKinds.contains(.sparse) ? [.dense, .sparse, .sparse] : [.dense]
        shape.vocabularySize = min(model.vocabularySize, Self.vocabularySize)
        shape.endOfSequenceTokens = []
        shape.experts.sharedCount = 0
        let recordBytes = PackSizes(model, format: format).recordBytes
        let wanted = max(layerBytes / max(recordBytes, 1), 3 * model.experts.perToken)
        let groups = max(model.experts.groups, 1)
        shape.experts.routedCount = min(model.experts.routedCount, (wanted + groups - 1) / groups * groups)
        return shape
    }

    /// Measures; takes some seconds, and all threads.
    ///
    /// - Parameters:
    ///   - tokens: Of the sweeps, each one token for a sequence.
    ///   - rounds: Sweeps of each size, of which the median counts.
    /// - Returns: The machine's rates.
    /// - Throws: What a sweep throws.
    package func measure(tokens: [Int] = [1, 2, 4, 8, 16, 32, 64, 128, 256], rounds: Int = 5) throws -> SweepRates {
        var points: [SweepStage: [RateCurve.Point]] = [:]
        // Touches all experts, as time will in earnest.
        if let most = tokens.max() { _ = try self.model.run(self.sweep(most, 0)) }
        for count in tokens {
            let size = SweepSize(
                sequences: count,
                context: Self.contextBlocks * Self.blockTokens,
                experts: self.shape.experts
            )
            let seconds = try self.seconds(count, rounds: rounds)
            let form = SweepWork.Form.packed(self.format)
            let work = SweepWork(self.shape, routed: form, trunk: .packed(self.format.trunkFormat), size: size)
            for (stage, work) in work.stages {
                guard let time = seconds[stage], let (rows, units) = Self.units(work, count) else { continue }
                points[stage, default: []].append(RateCurve.Point(rows: rows, seconds: time / units))
            }
        }
        return .measured(points.mapValues { RateCurve($0) })
    }

    /// What a stage's cost is counted by, and the rows that each weight meets.
    private static func units(_ work: SweepWork.Stage, _ tokens: Int) -> (rows: Double, units: Double)? {
        let weights = work.products.reduce(0) { $0 + $1.weights }
        if weights > 0 { return (work.products[0].rows, weights) }
        let units = max(work.attentionOperations, work.elements)
        return units > 0 ? (Double(tokens), units) : nil
    }

    private func seconds(_ count: Int, rounds: Int) throws -> [SweepStage: Double] {
        var times: [SweepStage: [Double]] = [:]
        for round in 0...rounds {
            let sweep = self.sweep(count, round)
            self.clock.start()
            _ = try self.model.run(sweep)
            // The first touches what later ones find ready.
            guard round > 0 else { continue }
            for (stage, seconds) in self.clock.seconds { times[stage, default: []].append(seconds) }
        }
        return times.mapValues { $0.sorted()[$0.count / 2] }
    }

    /// One token for each sequence, behind positions that nobody has computed: zeros are as good to attend to.
    private func sweep(_ count: Int, _ round: Int) -> Sweep {
        let position = Self.contextBlocks * Self.blockTokens + round
        return Sweep(
            segments: (0..<count).map { sequence in
                let first = sequence % Self.contexts * Self.contextBlocks
                let own = Self.contexts * Self.contextBlocks + sequence
                let token = (sequence &* 2_654_435_761 &+ round &* 40_503) % self.shape.vocabularySize
                return SweepSegment(
                    tokens: [TokenID(token)],
                    firstPosition: position,
                    blockTable: (first..<first + Self.contextBlocks).map { Int32($0) } + [Int32(own)],
                    logits: .last
                )
            }
        )
    }
}
