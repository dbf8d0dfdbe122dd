import ExpertCache
import MoEModel
import ModelFiles

/// How much memory a pack's routed experts get, and where.
struct ExpertCachePlan: Equatable {
    /// What sweeps compute in, at least.
    static let leastScratchBytes = 512 << 20
    /// Sweeps that wait for the drive grow to so many tokens where memory has room for them.
    private static let mostStreamedTokens = 8192
    /// Tokens of such sweeps for which room is left where nobody says how large the cache is to be, in an eighth of memory at most.
    private static let plannedStreamedTokens = 4096

    enum Place: Equatable {
        /// All of them, as mapped files: the page cache holds one copy for all workers of the host.
        case mapped
        case arena(slots: Int)
    }

    let place: Place
    /// Tokens of a sweep for which the rest of memory has room.
    let streamedTokens: Int

    /// Divides memory.
    ///
    /// - Parameters:
    ///   - pack: The model.
    ///   - configuration: What was asked for.
    ///   - kvBytes: What the KV cache takes.
    ///   - memoryBytes: What there is.
    /// - Throws: `ExpertCacheError` with code `budgetTooSmall`, and the figures.
    init(
        _ pack: PackedModel,
        _ configuration: ExpertCacheConfiguration,
        kvBytes: Int,
        memoryBytes: Int
    ) throws(ExpertCacheError) {
        let geometry = try ArenaGeometry(pack, slots: 1, node: configuration.node)
        let all = CacheGeometry(pack.configuration).expertCount
        let trunkBytes = pack.inventory.parts.filter { $0.key != .routedExperts }.reduce(0) { $0 + $1.value.bytes }
        let perToken = MemoryPlan.scratchBytesPerToken(pack.configuration)
        let streaming = MemoryPlan.programBytes + Self.plannedStreamedTokens * perToken
        let scratch = max(Self.leastScratchBytes, min(streaming, memoryBytes / 8))
        let left = memoryBytes - trunkBytes - kvBytes - scratch
        if configuration.capacityBytes == nil, configuration.directory == nil, all * geometry.recordBytes <= left {
            self.place = .mapped
            self.streamedTokens = 0
            return
        }
        let budget = configuration.capacityBytes ?? left
        var sized = try ArenaGeometry(pack, bytes: budget, node: configuration.node)
        // What is left of memory has to hold the arena's tables too; they are small beside the slots.
        while configuration.capacityBytes == nil, sized.slotCount > 1, try sized.totalBytes() > budget {
            sized.slotCount -= max(1, (try sized.totalBytes() - budget) / geometry.recordBytes)
        }
        let needed = min(pack.configuration.experts.perToken + 2, all)
        guard sized.slotCount >= needed, budget > 0 else {
            let figures =
                configuration.capacityBytes.map { "expert-cache.capacity is \($0) bytes" }
                ?? "of \(memoryBytes) bytes of memory the trunk takes \(trunkBytes), the KV cache \(kvBytes) and sweeps "
                + "\(scratch), which leaves \(max(left, 0))"
            throw ExpertCacheError(
                .budgetTooSmall,
                "the expert cache needs \(needed) experts of \(geometry.recordBytes) bytes, those of a token and two more: \(figures)"
            )
        }
        self.place = .arena(slots: sized.slotCount)
        let rest = memoryBytes - trunkBytes - kvBytes - MemoryPlan.programBytes
        let room = (rest - sized.slotCount * geometry.recordBytes) / perToken
        self.streamedTokens = min(max(room, 0), Self.mostStreamedTokens)
    }
}
