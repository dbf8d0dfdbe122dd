public import ModelFiles
import Synchronization
public import TensorKernels

/// The routed experts of a pack, of which as many are in memory as an arena has slots; the others are read when a sweep asks for
/// them.
///
/// What is resident is handed out while reader threads read what is not, and what came is handed out before it. An expert is
/// pinned from when it is found or read until the caller is done with it. Where a layer asks for more than there are
/// slots, it gets them in several rounds. A sweep of many tokens asks for nearly every expert of the next layer too: what is
/// missing of those is read ahead, as far as nothing else is to be read.
public final class ArenaExpertSource: ExpertSource {
    /// What takes part in every visit.
    struct Parts: Sendable {
        let arena: ExpertArena
        let readers: ExpertReaders
        /// One for each layer; nil for a dense one.
        let files: [ExpertRecordReader?]
        let patience: Duration
        let isShared: Bool
        /// As many may be pinned for the next layer.
        let mostAhead: Int
        /// As many are handed out together while others wait for their slots.
        let mostAtOnce: Int
        /// Sums of token counts from which a layer's demands tell what the next one's will be: nearly all.
        let largeDemand: Int

        /// The next layer with routed experts.
        ///
        /// After the last one comes the first one of the next sweep, unless others would wait for slots that an idle worker has
        /// read ahead into.
        func layer(after layer: Int) -> ExpertRecordReader? {
            let later = self.files[(layer + 1)...].lazy.compactMap(\.self).first
            return later ?? (self.isShared ? nil : self.files.lazy.compactMap(\.self).first)
        }
    }

    /// Of the sweep that runs; one caller's at a time.
    private struct State: Sendable {
        var planner: any VisitPlanner & Sendable
        var convoy: Convoy?
        var sweep = 0
        var visits = 0
        var lastLayer = Int.max
    }

    /// A sweep of so many tokens asks for nearly every expert of every layer.
    private static let largeSweepTokens = 100

    public let activationFormat: PackedFormat?
    public let slots: CacheSlots
    private let recordBytes: Int
    /// For each layer how many experts it has.
    private let expertCounts: [Int?]
    /// Nil when it is closed; so is `state`.
    private let parts: Mutex<Parts?>
    private let firstLayer: Int
    private let finalLayer: Int
    private let state: Mutex<State?>

    /// Opens the files of a pack's experts, and starts the threads that read them.
    ///
    /// - Parameters:
    ///   - pack: Whose experts.
    ///   - arena: Where they are kept, one for this pack.
    ///   - configuration: How it is used.
    ///   - isShared: Whether other workers may be attached to the arena.
    /// - Throws: ``ExpertCacheError`` with code `unreadable`, or `budgetTooSmall`.
    public init(
        _ pack: PackedModel,
        in arena: ExpertArena,
        _ configuration: ExpertCacheConfiguration,
        isShared: Bool
    ) throws(ExpertCacheError) {
        let geometry = CacheGeometry(pack.configuration)
        let (slots, needed) = (arena.geometry.slotCount, pack.configuration.experts.perToken + 2)
        guard slots >= min(needed, geometry.expertCount) else {
            throw ExpertCacheError(
                .budgetTooSmall,
                "the expert cache has \(slots) slots; one token takes \(needed - 2) experts, and two more to read ahead"
            )
        }
        var files: [ExpertRecordReader?] = []
        for file in pack.expertFiles {
            guard let file else {
                files.append(nil)
                continue
            }
            files.append(try ExpertRecordReader(file, direct: configuration.usesDirectIO))
        }
        self.slots = CacheSlots(count: slots, expertCount: geometry.expertCount, experts: geometry.experts)
        self.recordBytes = arena.geometry.recordBytes
        self.expertCounts = files.map { $0?.file.expertCount }
        self.parts = Mutex(
            Parts(
                arena: arena,
                readers: ExpertReaders(threads: configuration.readers),
                files: files,
                patience: configuration.patience,
                isShared: isShared,
                mostAhead: self.slots.transientCount == 0 ? geometry.experts : self.slots.transientCount,
                mostAtOnce: max(self.slots.transientCount / 4, 2),
                largeDemand: Self.largeSweepTokens * pack.configuration.experts.perToken
            )
        )
        self.activationFormat = pack.format.isInteger ? pack.format : nil
        self.firstLayer = files.firstIndex { $0 != nil } ?? 0
        self.finalLayer = files.lastIndex { $0 != nil } ?? 0
        let (policy, seed) = (configuration.policy.policy, UInt64(1))
        // Where everything has room, nobody needs to be waited for.
        let bound = self.slots.transientCount == 0 ? .zero : configuration.convoyWait
        self.state = Mutex(
            State(
                planner: isShared
                    ? SharedVisitPlanner(arena, geometry, self.slots, policy, seed: seed)
                    : LoneVisitPlanner(arena, geometry, self.slots, policy, seed: seed),
                convoy: isShared ? Convoy(arena, bound: bound) : nil
            )
        )
    }

    deinit { self.close() }

    /// Leaves the arena, whose file goes with the last worker; not while a visit lasts.
    ///
    /// At the end of a process nobody waits for references to go, and a file that was left would keep its memory.
    public func close() {
        self.parts.withLock { parts in
            parts?.readers.stop()
            parts = nil
        }
        self.state.withLock { $0 = nil }
    }

    /// What this worker has counted so far; nothing after it was closed.
    public var counters: ArenaCounters {
        self.parts.withLock { parts in
            guard let arena = parts?.arena else { return ArenaCounters() }
            let row = arena.row
            return arena.workers().first { $0.row == row }?.counters ?? ArenaCounters()
        }
    }

    public var stalled: Duration { .microseconds(self.counters[.stallMicroseconds]) }

    /// Bytes of all slots.
    public var capacityBytes: Int { self.slots.count * self.recordBytes }

    /// One caller at a time.
    ///
    /// - Throws: What `body` throws; ``ExpertCacheError``: `unknownExpert`, `unreadable`, `checksumMismatch`, `timedOut`, `arenaCorrupt`.
    public func withExperts(
        _ demands: [ExpertDemand],
        ofLayer layer: Int,
        _ body: ([ResidentExpert]) throws -> Void
    ) throws {
        guard self.expertCounts.indices.contains(layer), let count = self.expertCounts[layer] else {
            throw ExpertCacheError(.unknownExpert, "layer \(layer): expected one with routed experts")
        }
        for demand in demands where !(0..<count ~= demand.expert) {
            throw ExpertCacheError(
                .unknownExpert,
                "layer \(layer): expected an expert below \(count), got \(demand.expert)"
            )
        }
        var visit = try self.begin(demands, layer)
        do {
            try visit.run(body)
        } catch {
            self.state.withLock { $0?.convoy?.leave() }
            throw error
        }
        if layer == self.finalLayer { self.state.withLock { $0?.convoy?.leave() } }
    }

    /// The visit alone has the plan's pins: who else had them would keep their slots from being filled anew.
    private func begin(_ demands: [ExpertDemand], _ layer: Int) throws(ExpertCacheError) -> ExpertVisit {
        let parts = self.parts.withLock { $0 }
        return try self.state.withLock { state throws(ExpertCacheError) in
            guard let parts, let file = parts.files[layer], var now = state else {
                throw ExpertCacheError(.arenaUnusable, "the expert cache was closed")
            }
            state = nil
            defer { state = now }
            if layer <= now.lastLayer {
                now.sweep += 1
                now.convoy?.beginSweep(firstLayer: self.firstLayer)
            }
            now.lastLayer = layer
            now.visits += 1
            let ahead = parts.readers.begin(now.visits)
            let others = now.convoy?.enter(layer: layer) ?? []
            let location = ArenaLocation(sweep: now.convoy?.sweep ?? now.sweep, layer: layer)
            var plan = try now.planner.plan(demands, at: location, others: others)
            try plan.take(ahead, for: demands, ofLayer: layer, in: parts.arena)
            let isLarge = demands.reduce(0) { $0 + $1.tokenCount } >= parts.largeDemand
            return ExpertVisit(parts, file, now.visits, plan, following: isLarge ? parts.layer(after: layer) : nil)
        }
    }
}

extension CacheGeometry {
    public init(_ model: ModelConfiguration) {
        self.init(
            layers: model.layerKinds.count,
            sparseLayers: max(model.layerKinds.count { $0 == .sparse }, 1),
            experts: max(model.experts.routedCount, 1)
        )
    }
}
