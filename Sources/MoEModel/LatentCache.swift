import ModelFiles
import TensorKernels

/// The KV cache: for each layer and token, the normed latent and the rotated key that all heads share.
///
/// Allocated once, `[layers, blocks, tokens per block, kvLoraRank + ropeHeadSize]`; the system commits a page when a token
/// is first stored in it.
struct LatentCache {
    let blockTokens: Int
    let blockCount: Int
    let values: LatentMatrix

    /// - Throws: ``MoEModelError`` with code `configuration` when `bytes` do not hold one block, or cannot be had.
    init(
        _ model: ModelConfiguration,
        _ precision: KVPrecision,
        blockTokens: Int,
        bytes: Int
    ) throws(MoEModelError) {
        let blockBytes = precision.bytes(model, tokens: blockTokens)
        self.blockTokens = blockTokens
        self.blockCount = min(bytes / blockBytes, Int(Int32.max))
        guard self.blockCount > 0 else {
            throw MoEModelError(
                .configuration,
                "bytes for the KV cache: expected at least one block of \(blockBytes), got \(bytes)"
            )
        }
        do {
            self.values = try LatentMatrix(
                rows: model.layerKinds.count * self.blockCount * blockTokens,
                width: model.attention.latentWidth,
                element: precision.element
            )
        } catch {
            throw MoEModelError(.configuration, "bytes for the KV cache: \(error)")
        }
    }

    /// The first row of a layer.
    func firstRow(layer: Int) -> Int { layer * self.blockCount * self.blockTokens }
}
