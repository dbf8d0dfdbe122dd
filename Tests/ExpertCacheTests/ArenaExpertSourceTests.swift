import Foundation
import ModelFiles
import Synchronization
import TensorKernels
import Testing

@testable import ExpertCache

@Suite("ArenaExpertSource")
struct ArenaExpertSourceTests {
    private static func geometry(_ model: RandomPack, slots: Int) -> ArenaGeometry {
        ArenaGeometry(
            digest: model.pack.digest,
            layerCount: model.pack.configuration.layerKinds.count,
            expertsPerLayer: model.expertCount,
            recordBytes: model.recordBytes,
            slotCount: slots
        )
    }

    private static func lone(
        _ model: RandomPack,
        slots: Int,
        _ policy: EvictionPolicyName = .cyclic
    ) throws -> (ArenaExpertSource, ExpertArena) {
        let arena = try ExpertArena(anonymous: Self.geometry(model, slots: slots))
        var configuration = ExpertCacheConfiguration()
        configuration.policy = policy
        return (try ArenaExpertSource(model.pack, in: arena, configuration, isShared: false), arena)
    }

    /// What a sweep asks a layer for: some of its experts, some more often than others.
    private static func demands(_ experts: Int, _ random: inout SplitMix64) -> [ExpertDemand] {
        let share = [0.2, 0.5, 1][random.below(3)]
        let chosen = (0..<experts).filter { expert in random.unit() < share * (expert < experts / 3 ? 1 : 0.6) }
        return (chosen.isEmpty ? [random.below(experts)] : chosen).map {
            ExpertDemand(expert: $0, tokenCount: 1 + random.below(9))
        }
    }

    /// One visit, whose experts must be exactly the pack's.
    private static func visit(
        _ source: ArenaExpertSource,
        _ model: RandomPack,
        _ demands: [ExpertDemand],
        layer: Int
    ) throws {
        var seen: [Int] = []
        try source.withExperts(demands, ofLayer: layer) { group in
            for resident in group {
                seen.append(resident.expert)
                let expected = try model.pack.expert(resident.expert, ofLayer: layer)
                #expect(resident.weights.gate.floats(row: 3) == expected.gate.floats(row: 3))
                #expect(resident.weights.down.floats(row: 0) == expected.down.floats(row: 0))
            }
        }
        #expect(seen.sorted() == demands.map(\.expert), "layer \(layer)")
    }

    @Test(
        "hands out each demanded expert once, as packed, and counts as a replay does",
        arguments: EvictionPolicyName.allCases
    )
    func likeReplay(policy: EvictionPolicyName) throws {
        let model = try RandomPack()
        let geometry = CacheGeometry(model.pack.configuration)
        for percent in [10, 30, 60, 100] {
            let slots = max(geometry.expertCount * percent / 100, model.pack.configuration.experts.perToken + 2)
            let (source, arena) = try Self.lone(model, slots: slots, policy)
            var trace = RoutingTrace(
                header: RoutingTrace.Header(
                    modelDigest: model.pack.digest,
                    geometry: geometry,
                    expertsPerToken: 1,
                    expertBytes: model.recordBytes
                )
            )
            var random = SplitMix64(state: UInt64(percent))
            for sweep in 0..<12 {
                for layer in model.sparseLayers {
                    let demands = Self.demands(model.expertCount, &random)
                    trace.append(sweep: sweep, layer: layer, demands)
                    try Self.visit(source, model, demands, layer: layer)
                }
            }
            let replay = CacheReplay(ReplayStream([trace], workers: 1, inConvoy: false))
            let expected = replay.run(.policy(policy), slots: source.slots, seed: 1)
            let counted = source.counters
            #expect(counted[.hits] == expected.hits, "\(policy), \(percent) %")
            #expect(counted[.misses] == expected.misses, "\(policy), \(percent) %")
            #expect(counted[.transients] == expected.bypasses && counted[.evictions] == expected.evictions)
            #expect(counted[.bytesRead] == expected.misses * model.recordBytes)
            let census = try arena.census(isQuiet: true)
            #expect(census.pinnedSlots == 0 && census.loadingExperts == 0 && census.heldSlots == 0)
        }
    }

    @Test(
        "workers that share an arena each get what they ask for, in a convoy and without",
        arguments: [1, 2, 4],
        [0, 50]
    )
    func shared(workers: Int, convoyMilliseconds: Int) throws {
        let model = try RandomPack()
        let geometry = CacheGeometry(model.pack.configuration)
        var configuration = ExpertCacheConfiguration()
        configuration.convoyWait = .milliseconds(convoyMilliseconds)
        for percent in [20, 50, 100] {
            // A place of its own: threads that end may keep the last one's arena a moment longer.
            let place = ArenaPlace(path: model.folder + "/arena-\(percent)")
            let slots = max(geometry.expertCount * percent / 100, model.pack.configuration.experts.perToken + 2)
            let sources = try (0..<workers).map { _ in
                let arena = try ExpertArena(at: place, Self.geometry(model, slots: slots))
                return (try ArenaExpertSource(model.pack, in: arena, configuration, isShared: true), arena)
            }
            let failures = Mutex<[String]>([])
            let asked = Mutex(0)
            let group = DispatchGroup()
            for (index, (source, _)) in sources.enumerated() {
                group.enter()
                Thread.detachNewThread {
                    defer { group.leave() }
                    var random = SplitMix64(state: UInt64(index + 1))
                    do {
                        for _ in 0..<10 {
                            for layer in model.sparseLayers {
                                let demands = Self.demands(model.expertCount, &random)
                                asked.withLock { $0 += demands.count }
                                try Self.visit(source, model, demands, layer: layer)
                            }
                        }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
            group.wait()
            #expect(failures.withLock { $0 } == [])
            let totals = sources[0].1.totals
            #expect(totals[.hits] + totals[.misses] + totals[.coalescedLoads] == asked.withLock { $0 })
            #expect(totals[.bytesRead] == totals[.misses] * model.recordBytes)
            if percent == 100 { #expect(totals[.misses] <= geometry.expertCount) }
            let census = try sources[0].1.census(isQuiet: true)
            #expect(census.pinnedSlots == 0 && census.loadingExperts == 0 && census.heldSlots == 0)
        }
    }

    @Test("sweeps of many tokens read the next layer ahead", arguments: [false, true])
    func ahead(isShared: Bool) throws {
        let model = try RandomPack()
        let arena = try ExpertArena(anonymous: Self.geometry(model, slots: 18))
        let source = try ArenaExpertSource(model.pack, in: arena, ExpertCacheConfiguration(), isShared: isShared)
        let demands = (0..<model.expertCount).map { ExpertDemand(expert: $0, tokenCount: 50) }
        for _ in 0..<20 {
            for layer in model.sparseLayers { try Self.visit(source, model, demands, layer: layer) }
        }
        let counted = source.counters
        #expect(counted[.prefetches] > 0)
        #expect(counted[.hits] + counted[.misses] + counted[.coalescedLoads] == 20 * 3 * demands.count)
        source.close()
        let totals = arena.totals
        #expect(totals[.bytesRead] <= (totals[.misses] + totals[.prefetches]) * model.recordBytes)
        let census = try arena.census(isQuiet: true)
        #expect(census.pinnedSlots == 0 && census.loadingExperts == 0 && census.heldSlots == 0)
    }

    @Test("an expert that is not as it was packed ends its sweep, and no other")
    func damaged() throws {
        let model = try RandomPack()
        let layer = try #require(model.sparseLayers.first)
        try model.damage(layer: layer, expert: 1)
        let (source, arena) = try Self.lone(model, slots: 20)
        let demands = (0..<4).map { ExpertDemand(expert: $0, tokenCount: 1) }
        for _ in 0..<3 {
            let error = #expect(throws: ExpertCacheError.self) {
                try source.withExperts(demands, ofLayer: layer) { _ in }
            }
            #expect(error?.code == .checksumMismatch && error?.disposition == .retry)
            #expect(error?.message.contains("expert 1") == true, "\(error?.message ?? "")")
        }
        try Self.visit(source, model, [demands[0], demands[2], demands[3]], layer: layer)
        #expect(source.counters[.failedLoads] == 3)
        _ = consume source
        #expect(try arena.census(isQuiet: true).pinnedSlots == 0)
    }

    @Test("a file that has become too short ends the sweep")
    func cutFile() throws {
        let model = try RandomPack()
        let layer = try #require(model.sparseLayers.last)
        let (source, _) = try Self.lone(model, slots: 20)
        try model.cut(layer: layer, expert: 2)
        let error = #expect(throws: ExpertCacheError.self) {
            try source.withExperts([ExpertDemand(expert: 2, tokenCount: 1)], ofLayer: layer) { _ in }
        }
        #expect(error?.code == .unreadable, "\(error.map { "\($0)" } ?? "")")
        try source.withExperts([ExpertDemand(expert: 0, tokenCount: 1)], ofLayer: layer) { #expect($0.count == 1) }
    }

    @Test("what another worker keeps for itself is given up after a while")
    func timeOut() throws {
        let model = try RandomPack()
        let layer = try #require(model.sparseLayers.first)
        let arena = try ExpertArena(anonymous: Self.geometry(model, slots: 20))
        var configuration = ExpertCacheConfiguration()
        configuration.patience = .milliseconds(30)
        let source = try ArenaExpertSource(model.pack, in: arena, configuration, isShared: true)
        guard case .claimed(let load) = try arena.lookup(ExpertKey(layer: layer, expert: 3)) else {
            Issue.record("the arena is not empty")
            return
        }
        let error = #expect(throws: ExpertCacheError.self) {
            try source.withExperts([ExpertDemand(expert: 3, tokenCount: 1)], ofLayer: layer) { _ in }
        }
        #expect(error?.code == .timedOut && error?.disposition == .retry)
        try load.abandon()
        // With patience for a machine that is busy.
        let patient = try ArenaExpertSource(model.pack, in: arena, ExpertCacheConfiguration(), isShared: true)
        try Self.visit(patient, model, [ExpertDemand(expert: 3, tokenCount: 1)], layer: layer)
    }

    @Test("refuses a cache that cannot hold one token's experts, and experts and layers that do not exist")
    func refuses() throws {
        let model = try RandomPack()
        let few = #expect(throws: ExpertCacheError.self) { try Self.lone(model, slots: 2) }
        #expect(few?.code == .budgetTooSmall)
        let (source, _) = try Self.lone(model, slots: 20)
        for (layer, expert) in [(0, 0), (-1, 0), (99, 0), (model.sparseLayers[0], model.expertCount)] {
            let error = #expect(throws: ExpertCacheError.self) {
                try source.withExperts([ExpertDemand(expert: expert, tokenCount: 1)], ofLayer: layer) { _ in
                    Issue.record("nothing should be handed out")
                }
            }
            #expect(error?.code == .unknownExpert)
        }
    }

    @Test("throws what its caller throws, and goes on after that")
    func callersErrors() throws {
        struct Stop: Error {}
        let model = try RandomPack()
        let layer = try #require(model.sparseLayers.first)
        let (source, arena) = try Self.lone(model, slots: 20)
        let demands = (0..<8).map { ExpertDemand(expert: $0, tokenCount: 1) }
        #expect(throws: Stop.self) { try source.withExperts(demands, ofLayer: layer) { _ in throw Stop() } }
        for _ in 0..<3 { try Self.visit(source, model, demands, layer: layer) }
        #expect(try arena.census().pinnedSlots == 0)
    }
}
