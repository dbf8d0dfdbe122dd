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

    /// Opens a Hugging Face directory: weights are mapped, and for other precisions than `f32` packed in memory.
    ///
    /// - Parameters:
    ///   - directory: Its path.
    ///   - precision: What to compute in.
    ///   - threads: As many pack.
    ///   - packing: Called with the share that is packed, often, and first with 0; never where nothing has to be packed.
    /// - Returns: The model.
    /// - Throws: `ModelFilesError`; `MoEModelError` where weights cannot be packed.
    public static func open(
        directory: String,
        as precision: Precision = .f32,
        threads: Int = 1,
        packing: (Double) -> Void = { _ in }
    ) throws -> OpenedModel {
        let checkpoint = try Checkpoint.open(directory: directory)
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
}
