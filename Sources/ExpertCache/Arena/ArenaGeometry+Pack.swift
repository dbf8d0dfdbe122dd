public import ModelFiles

extension ArenaGeometry {
    /// An arena for a pack's routed experts.
    ///
    /// - Parameters:
    ///   - pack: Whose experts.
    ///   - slots: Records that fit in.
    ///   - node: The NUMA node whose workers share it.
    /// - Throws: ``ExpertCacheError`` with code `unknownExpert` where the model has none.
    public init(_ pack: PackedModel, slots: Int, node: Int = 0) throws(ExpertCacheError) {
        guard let file = pack.expertFiles.lazy.compactMap(\.self).first else {
            throw ExpertCacheError(.unknownExpert, "the model has no routed experts")
        }
        self.init(
            digest: pack.digest,
            layerCount: pack.configuration.layerKinds.count,
            expertsPerLayer: file.expertCount,
            recordBytes: file.recordBytes,
            slotCount: slots,
            node: node
        )
    }

    /// The slots that `bytes` have room for: one at least, and never more than the model has experts.
    ///
    /// - Throws: ``ExpertCacheError`` with code `unknownExpert` where the model has none.
    public init(_ pack: PackedModel, bytes: Int, node: Int = 0) throws(ExpertCacheError) {
        try self.init(pack, slots: 1, node: node)
        self.slotCount = max(1, min(CacheGeometry(pack.configuration).expertCount, bytes / self.recordBytes))
    }
}
