import Testing

@testable import ExpertCache

/// Slots with an entry each, some of them held.
private struct Residents: ResidentExperts {
    var admittedSlots: Range<Int>
    var occupants: [Int]
    var held: Set<Int>
    var uses: [ExpertUse]

    func evictableEntry(inSlot slot: Int) -> Int? {
        let entry = self.occupants[slot]
        return self.held.contains(entry) ? nil : entry
    }

    func use(of entry: Int) -> ExpertUse { self.uses[entry] }
}

@Suite("VictimSearch")
struct VictimSearchTests {
    private static let geometry = CacheGeometry(layers: 10, sparseLayers: 10, experts: 32)
    private static let policies = EvictionPolicyName.allCases

    /// A cache of `slots` experts with random histories.
    private static func residents(slots: Int, _ random: inout SplitMix64, at moment: CacheMoment) -> Residents {
        let entries = (0..<Self.geometry.entryCount).shuffled(using: &random)
        let occupants = Array(entries.prefix(slots))
        return Residents(
            admittedSlots: 0..<slots,
            occupants: occupants,
            held: Set(occupants.filter { _ in random.below(3) == 0 }),
            uses: (0..<Self.geometry.entryCount).map { _ in
                ExpertUse(lastVisit: UInt32(random.below(Int(moment.visit) + 1)), weight: Float(random.unit() * 20))
            }
        )
    }

    private static func moment(_ random: inout SplitMix64) -> CacheMoment {
        var moment = CacheMoment(Self.geometry)
        let others = (0..<random.below(4)).map { _ in random.below(10) }
        moment.move(to: UInt32(200 + random.below(1000)), layer: random.below(10), others: others)
        return moment
    }

    @Test(
        "a victim may go, is the worst of all in a small cache, and only makes room for what is better",
        arguments: 1...40
    )
    func worst(seed: Int) {
        var random = SplitMix64(state: UInt64(seed))
        for name in Self.policies {
            let moment = Self.moment(&random)
            let residents = Self.residents(slots: 2 + random.below(60), &random, at: moment)
            let incoming = random.below(Self.geometry.entryCount)
            let policy = name.policy
            func remoteness(_ entry: Int) -> Double {
                policy.remoteness(of: entry, residents.use(of: entry), at: moment)
            }
            var search = VictimSearch(seed: 7)
            let victim = search.victim(for: incoming, policy, among: residents, at: moment)
            let candidates = residents.occupants.filter { !residents.held.contains($0) }
            let most = candidates.map(remoteness).max()
            if let victim {
                #expect(candidates.contains(residents.occupants[victim]), "\(name), seed \(seed)")
                #expect(policy.admitsAlways || remoteness(incoming) < remoteness(residents.occupants[victim]))
                if policy.sampleSize != 1 { #expect(remoteness(residents.occupants[victim]) == most) }
            } else {
                #expect(candidates.isEmpty || !policy.admitsAlways, "\(name), seed \(seed)")
                if policy.sampleSize != 1, let most { #expect(remoteness(incoming) >= most) }
            }
        }
    }

    @Test("a sample of a large cache finds one of the worst, the same for the same seed", arguments: 1...10)
    func sampled(seed: Int) throws {
        var random = SplitMix64(state: UInt64(seed))
        let moment = Self.moment(&random)
        let residents = Self.residents(slots: 300, &random, at: moment)
        let policy = AgedFrequencyPolicy()
        var (first, second) = (VictimSearch(seed: 3), VictimSearch(seed: 3))
        let sorted = residents.occupants.filter { !residents.held.contains($0) }
            .map { policy.remoteness(of: $0, residents.use(of: $0), at: moment) }.sorted(by: >)
        for _ in 0..<20 {
            let found = first.victim(for: 5, policy, among: residents, at: moment)
            let victim = try #require(found)
            let again = second.victim(for: 5, policy, among: residents, at: moment)
            #expect(again == victim)
            let entry = residents.occupants[victim]
            // The worst of 48 is below the first third of all with a probability of less than one in a hundred million.
            #expect(policy.remoteness(of: entry, residents.use(of: entry), at: moment) >= sorted[sorted.count / 3])
        }
    }

    @Test("nothing is found where all are held")
    func allHeld() {
        var random = SplitMix64(state: 1)
        let moment = Self.moment(&random)
        for slots in [3, 200] {
            var residents = Self.residents(slots: slots, &random, at: moment)
            residents.held = Set(residents.occupants)
            var search = VictimSearch(seed: 1)
            for name in Self.policies {
                #expect(search.victim(for: 1, name.policy, among: residents, at: moment) == nil, "\(name)")
            }
        }
    }

    @Test("the expected distance is what walking the layers gives", arguments: 1...10)
    func distance(seed: Int) {
        var random = SplitMix64(state: UInt64(seed))
        let (layers, visiting) = (10, random.below(10))
        let others = (0..<random.below(3)).map { _ in random.below(10) }
        var moment = CacheMoment(Self.geometry)
        moment.move(to: 500, layer: visiting, others: others)
        for probability in [1, 0.7, 0.1] {
            let target = random.below(layers)
            // Who has the layer before them, sweep after sweep, uses it with the probability.
            var (expected, unused) = (0.0, 1.0)
            for step in 0..<4000 {
                if (visiting + step) % layers == target, step > 0 {
                    expected += unused * probability * Double(step)
                    unused *= 1 - probability
                }
                for other in others where (other + step) % layers == target {
                    expected += unused * probability * Double(step)
                    unused *= 1 - probability
                }
            }
            let found = moment.layersUntilUse(ofLayer: target, probability: probability)
            #expect(abs(found - expected) < 1e-6 * max(expected, 1), "seed \(seed)")
        }
    }

    @Test("a probability follows how many sweeps used an expert", arguments: [1.0, 0.5, 0.1])
    func probability(share: Double) {
        var random = SplitMix64(state: 9)
        var moment = CacheMoment(Self.geometry)
        var (use, sum) = (ExpertUse(), 0.0)
        for sweep in 1...400 {
            moment.move(to: UInt32(sweep * 10), layer: 0, others: [])
            if random.unit() < share { use = use.used(at: moment) }
            if sweep > 200 { sum += moment.probability(of: use) / 200 }
        }
        #expect(abs(sum - share) < 0.08)
    }

    @Test("whatever stands in shared memory has a probability", arguments: 1...50)
    func anyWord(seed: Int) {
        var random = SplitMix64(state: UInt64(seed))
        var moment = CacheMoment(Self.geometry)
        moment.move(to: UInt32(truncatingIfNeeded: random.next()) | 1, layer: 3, others: [])
        for _ in 0..<200 {
            let use = ExpertUse(word: random.next())
            let probability = moment.probability(of: use)
            #expect(probability > 0 && probability <= 1, "seed \(seed)")
            #expect(ExpertUse(word: use.used(at: moment).word).lastVisit == moment.visit)
            let layers = moment.layersUntilUse(ofLayer: 1, probability: probability)
            #expect(layers >= 1 && layers.isFinite, "seed \(seed)")
        }
    }
}
