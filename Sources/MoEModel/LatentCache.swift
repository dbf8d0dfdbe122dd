import TensorKernels

/// The KV cache: for each layer and token, the normed latent and the rotated key that all heads share.
///
/// Allocated once, `[layers, blocks, tokens per block, kvLoraRank + ropeHeadSize]`; the system commits a page when a token
/// is first stored in it.
struct LatentCache {
    let blockTokens: Int
    let blockCount: Int
    let values: FloatMatrix

    /// - Throws: ``MoEModelError`` with code `configuration` when `bytes` do not hold one block, or cannot be had.
    init(layers: Int, width: Int, blockTokens: Int, bytes: Int) throws(MoEModelError) {
        let blockBytes = layers * blockTokens * width * MemoryLayout<Float>.size
        self.blockTokens = blockTokens
        self.blockCount = min(bytes / blockBytes, Int(Int32.max))
        guard self.blockCount > 0 else {
            throw MoEModelError(
                .configuration,
                "bytes for the KV cache: expected at least one block of \(blockBytes), got \(bytes)"
            )
        }
        do {
            self.values = try FloatMatrix(rows: layers * self.blockCount * blockTokens, columns: width)
        } catch {
            throw MoEModelError(.configuration, "bytes for the KV cache: \(error)")
        }
    }

    /// The first row of a layer.
    func firstRow(layer: Int) -> Int { layer * self.blockCount * self.blockTokens }
}
