public import MoEModel
public import ModelFiles
import TensorKernels

/// A model directory's weights, in the form in which they are computed with.
public struct OpenedModel: Sendable {
    public let weights: ModelWeights
    public let precision: Precision
    /// Of the files: what tells one model from another.
    public let digest: String

    public var configuration: ModelConfiguration { self.weights.configuration }

    /// Model digest and kernel profile: what a completion's bytes depend on beside its job.
    public var systemFingerprint: String { "dure-\(self.digest.prefix(16))-\(self.precision.rawValue)" }

    /// Opens a pack, or a Hugging Face directory: weights are mapped, and of the latter packed in memory where needed.
    ///
    /// - Parameters:
    ///   - directory: Its path.
    ///   - precision: What to compute in; nil: what a pack is in, else `f32`.
    ///   - threads: As many pack.
    ///   - packing: Called with the share that is packed, often, and first with 0; never where nothing has to be packed.
    /// - Returns: The model.
    /// - Throws: `ModelFilesError`; `MoEModelError` where weights cannot be packed; ``ServedModelError`` for a pack in another
    ///   precision.
    public static func open(
        directory: String,
        as precision: Precision? = nil,
        threads: Int = 1,
        packing: (Double) -> Void = { _ in }
    ) throws -> OpenedModel {
        if PackedModel.exists(at: directory) { return try Self.openPack(directory, precision) }
        let checkpoint = try Checkpoint.open(directory: directory)
        let precision = precision ?? .f32
        let weights: ModelWeights
        if let format = precision.packedFormat {
            packing(0)
            let pool = ComputePool(threads: threads)
            weights = try ModelWeights(packing: checkpoint, as: format, on: pool, progress: packing)
        } else {
            weights = ModelWeights(checkpoint)
        }
        return OpenedModel(weights: weights, precision: precision, digest: checkpoint.digest)
    }

    private static func openPack(_ directory: String, _ asked: Precision?) throws -> OpenedModel {
        let pack = try PackedModel.open(directory: directory)
        let precision = Precision(pack.format)
        if let asked, asked != precision {
            throw ServedModelError(
                "\(directory): a pack in \(precision.rawValue); expected no other precision, got \(asked.rawValue)"
            )
        }
        return OpenedModel(weights: try ModelWeights(pack), precision: precision, digest: pack.digest)
    }
}
