/// Plans for one of several workers: who is where, and how often experts are used, is what they tell each other in the arena.
struct SharedVisitPlanner: VisitPlanner {
    private let arena: ExpertArena
    private let slots: CacheSlots
    private let policy: any EvictionPolicy
    private var moment: CacheMoment
    private var search: VictimSearch
    /// For each entry the last plan that gave it up.
    private var chosen: [Int32]
    private var plans: Int32 = 0
    /// Once it was seen full, the arena stays so, but for what failed and died.
    private var isFull = false

    init(
        _ arena: ExpertArena,
        _ geometry: CacheGeometry,
        _ slots: CacheSlots,
        _ policy: any EvictionPolicy,
        seed: UInt64
    ) {
        self.arena = arena
        self.slots = slots
        self.policy = policy
        self.moment = CacheMoment(geometry)
        self.search = VictimSearch(seed: seed)
        self.chosen = Array(repeating: 0, count: geometry.entryCount)
    }

    mutating func plan(
        _ demands: [ExpertDemand],
        at location: ArenaLocation,
        others: [Int]
    ) throws(ExpertCacheError) -> VisitPlan {
        let visit = self.moment.visitNumber(sweep: location.sweep, layer: location.layer)
        self.moment.move(to: visit, layer: location.layer, others: others)
        self.plans &+= 1
        var plan = VisitPlan()
        var missing: [ExpertKey] = []
        for demand in demands {
            let key = ExpertKey(layer: location.layer, expert: demand.expert)
            self.arena.noteUse(of: key, inSweep: location.sweep)
            switch try self.arena.lookup(key, claims: false) {
            case .resident(let pin): plan.resident.append(pin)
            case .inTransit: plan.inTransit.append(key)
            case .missing, .claimed: missing.append(key)
            }
        }
        guard !missing.isEmpty else { return plan }
        var room = try self.room()
        for key in missing {
            if room > 0 {
                room -= 1
                plan.reads.append(VisitPlan.Read(key: key, victim: nil, isTransient: false))
                continue
            }
            let victim = self.victim(for: key, sweep: location.sweep)
            plan.reads.append(VisitPlan.Read(key: key, victim: victim, isTransient: victim == nil))
        }
        return plan
    }

    /// Experts that may be admitted without giving up one that was.
    private mutating func room() throws(ExpertCacheError) -> Int {
        guard !self.isFull else { return 0 }
        var room = -self.slots.transientCount
        for slot in 0..<self.slots.count {
            switch try self.arena.slot(slot) {
            case .free, .resident(_, isTransient: true, isPinned: _): room += 1
            case .held, .resident: break
            }
        }
        self.isFull = room <= 0
        return max(room, 0)
    }

    private mutating func victim(for key: ExpertKey, sweep: Int) -> ExpertKey? {
        let residents = Residents(
            arena: self.arena,
            slots: self.slots,
            moment: self.moment,
            chosen: self.chosen,
            plan: self.plans,
            sweep: sweep
        )
        let geometry = self.moment.geometry
        let entry = geometry.entry(layer: key.layer, expert: key.expert)
        let slot = self.search.victim(for: entry, self.policy, among: residents, at: self.moment)
        guard let slot, let victim = residents.evictableEntry(inSlot: slot) else { return nil }
        self.chosen[victim] = self.plans
        return ExpertKey(layer: geometry.layer(of: victim), expert: geometry.expert(of: victim))
    }

    private struct Residents: ResidentExperts {
        let arena: ExpertArena
        let slots: CacheSlots
        let moment: CacheMoment
        let chosen: [Int32]
        let plan: Int32
        let sweep: Int

        var admittedSlots: Range<Int> { 0..<self.slots.count }

        func evictableEntry(inSlot slot: Int) -> Int? {
            // A word that is none is said by whoever next takes a slot.
            guard case .resident(let key, isTransient: false, isPinned: false) = try? self.arena.slot(slot) else {
                return nil
            }
            let entry = self.moment.geometry.entry(layer: key.layer, expert: key.expert)
            return self.chosen[entry] == self.plan ? nil : entry
        }

        func use(of entry: Int) -> ExpertUse {
            let geometry = self.moment.geometry
            let key = ExpertKey(layer: geometry.layer(of: entry), expert: geometry.expert(of: entry))
            let use = self.arena.use(of: key, asOfSweep: self.sweep)
            return self.moment.use(lastSweep: use.lastSweep, share: use.share, ofLayer: key.layer)
        }
    }
}
