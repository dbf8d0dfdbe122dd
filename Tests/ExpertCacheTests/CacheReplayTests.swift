import Testing

@testable import ExpertCache

@Suite("CacheReplay")
struct CacheReplayTests {
    /// A model a tenth of A.X K1's size, routed alike.
    private static func routing(layers: Int = 12, sequences: Int, sweeps: Int, seed: UInt64 = 1) -> SyntheticRouting {
        var routing = SyntheticRouting()
        routing.geometry = CacheGeometry(layers: layers, sparseLayers: layers, experts: 96)
        routing.expertsPerToken = 4
        routing.sequences = sequences
        routing.sweeps = sweeps
        routing.seed = seed
        return routing
    }

    private static func replay(_ routing: SyntheticRouting, workers: Int, inConvoy: Bool) -> CacheReplay {
        CacheReplay(
            ReplayStream((0..<workers).map { routing.trace(worker: $0) }, workers: workers, inConvoy: inConvoy)
        )
    }

    private static func slots(_ percent: Int, _ geometry: CacheGeometry) -> CacheSlots {
        CacheSlots(
            count: geometry.expertCount * percent / 100,
            expertCount: geometry.expertCount,
            experts: geometry.experts
        )
    }

    @Test("the least recently used expert is the one that goes, as a list of them says", arguments: 1...10)
    func leastRecentlyUsed(seed: Int) {
        let routing = Self.routing(sequences: 2, sweeps: 12, seed: UInt64(seed))
        let replay = Self.replay(routing, workers: 1, inConvoy: false)
        let slots = Self.slots(30, routing.geometry)
        var (order, hits) = ([Int32](), 0)
        for visit in replay.stream.visits {
            let demands = replay.stream.entries[visit.demands]
            let found = demands.filter(order.contains)
            hits += found.count
            order.removeAll(where: found.contains)
            order += found
            for entry in demands where !found.contains(entry) {
                if order.count == slots.admitted.count { order.removeFirst() }
                order.append(entry)
            }
        }
        #expect(replay.run(.policy(.lru), slots: slots, seed: 1).hits == hits, "seed \(seed)")
    }

    @Test("nobody reads less than who knows the future", arguments: 1...6)
    func bound(seed: Int) {
        let routing = Self.routing(sequences: 1 << (seed % 4), sweeps: 10, seed: UInt64(seed))
        for (workers, inConvoy) in [(1, false), (3, false), (3, true)] {
            let replay = Self.replay(routing, workers: workers, inConvoy: inConvoy)
            for percent in [20, 60] {
                let slots = Self.slots(percent, routing.geometry)
                let bound = replay.run(.belady, slots: slots, seed: 1).misses
                for name in EvictionPolicyName.allCases {
                    let misses = replay.run(.policy(name), slots: slots, seed: 1).misses
                    #expect(misses >= bound, "\(name), \(percent) %, seed \(seed)")
                }
            }
        }
    }

    @Test("a cache of all experts reads each once, whatever the policy")
    func allResident() {
        let routing = Self.routing(sequences: 4, sweeps: 6)
        let replay = Self.replay(routing, workers: 2, inConvoy: false)
        let slots = Self.slots(100, routing.geometry)
        let distinct = Set(replay.stream.entries).count
        for contender in CacheReplay.Contender.all {
            let counts = replay.run(contender, slots: slots, seed: 1)
            #expect(counts.misses == distinct && counts.evictions == 0 && counts.bypasses == 0)
            #expect(counts.hits + counts.misses == replay.stream.entries.count)
        }
    }

    @Test("what is resident is what the slots hold, and a visit's experts are among it", arguments: 1...8)
    func integrity(seed: Int) {
        let routing = Self.routing(sequences: 3, sweeps: 5, seed: UInt64(seed))
        let replay = Self.replay(routing, workers: 2, inConvoy: seed.isMultiple(of: 2))
        let slots = Self.slots(10 + 10 * (seed % 5), routing.geometry)
        for contender in CacheReplay.Contender.all {
            let first = replay.run(contender, slots: slots, seed: 5) { number, cache in
                #expect(cache.integrityProblems == [], "\(contender.name), visit \(number), seed \(seed)")
            }
            #expect(replay.run(contender, slots: slots, seed: 5) == first)
        }
    }

    @Test(
        "with four workers and half of the experts, a convoy reads a quarter of what LRU reads, and nearly as little as can be"
    )
    func claim() {
        for sequences in [32, 64] {
            let routing = Self.routing(layers: 6, sequences: sequences, sweeps: 30)
            let slots = Self.slots(50, routing.geometry)
            let alone = Self.replay(routing, workers: 4, inConvoy: false)
            let convoy = Self.replay(routing, workers: 4, inConvoy: true)
            let lru = alone.run(.policy(.lru), slots: slots, seed: 1).misses
            let cyclic = convoy.run(.policy(.cyclic), slots: slots, seed: 1).misses
            let bound = convoy.run(.belady, slots: slots, seed: 1).misses
            #expect(lru >= 4 * cyclic, "\(sequences) sequences: \(lru) and \(cyclic)")
            #expect(Double(cyclic) <= 1.1 * Double(bound), "\(sequences) sequences: \(cyclic) and \(bound)")
        }
    }

    @Test("workers that share a trace go through all of it, each from another sweep on")
    func sharedTrace() {
        let routing = Self.routing(sequences: 2, sweeps: 8)
        let trace = routing.trace(worker: 0)
        let stream = ReplayStream([trace], workers: 4, inConvoy: false)
        #expect(stream.visits.count == 4 * trace.visits.count)
        #expect(stream.tokens == 4 * 2 * 8)
        let second = stream.visits.filter { $0.worker == 1 }
        let expected = trace.demands[trace.visits[2 * 12].demands].map(\.expert)
        #expect(stream.entries[second[0].demands].map { routing.geometry.expert(of: Int($0)) } == expected)
    }
}
