/// A cache without weights: says what would be found and what read, as ``VictimSearch`` and a policy decide.
///
/// In a visit, first all of its experts count as used; those that are resident are hits and stay until it ends; then, in the order of the
/// demands, each missing one gets a free slot, or that of a victim, or passes through a transient slot. ``ArenaExpertSource``
/// does the same.
public struct CacheSimulation: ResidentExperts, Sendable {
    /// What came of it.
    public struct Counts: Sendable, Equatable {
        public var hits = 0
        /// Experts that were read.
        public var misses = 0
        /// Misses that were not admitted.
        public var bypasses = 0
        public var evictions = 0

        public init() {}
    }

    /// An expert that a visit has to read.
    public struct Read: Sendable, Equatable {
        public var entry: Int
        /// Whose slot it takes; nil: a free one.
        public var replaced: Int?
        public var isTransient: Bool
    }

    public let geometry: CacheGeometry
    public let slots: CacheSlots
    /// Those of the last visit, in the order of its demands.
    public private(set) var reads: [Read] = []
    public private(set) var counts = Counts()
    private var moment: CacheMoment
    private var search: VictimSearch
    /// The entry in each slot, or -1.
    private var occupants: [Int32]
    /// The slot of each entry, or -1.
    private var places: [Int32]
    private var uses: [ExpertUse]
    /// The visit that holds an entry, while it lasts.
    private var holders: [UInt32]
    private var visit: UInt32 = 0
    private var nextFree: Int
    private var nextTransient = 0

    public init(_ geometry: CacheGeometry, slots: CacheSlots, seed: UInt64) {
        self.geometry = geometry
        self.slots = slots
        self.moment = CacheMoment(geometry)
        self.search = VictimSearch(seed: seed)
        self.occupants = Array(repeating: -1, count: slots.count)
        self.places = Array(repeating: -1, count: geometry.entryCount)
        self.uses = Array(repeating: ExpertUse(), count: geometry.entryCount)
        self.holders = Array(repeating: 0, count: geometry.entryCount)
        self.nextFree = slots.admitted.lowerBound
    }

    public var admittedSlots: Range<Int> { self.slots.admitted.lowerBound..<self.nextFree }

    public func evictableEntry(inSlot slot: Int) -> Int? {
        let entry = Int(self.occupants[slot])
        return entry >= 0 && self.holders[entry] != self.visit ? entry : nil
    }

    public func use(of entry: Int) -> ExpertUse { self.uses[entry] }

    /// Whether an entry is in some slot.
    public func isResident(_ entry: Int) -> Bool { self.places[entry] >= 0 }

    /// One visit; allocates nothing.
    ///
    /// - Parameters:
    ///   - layer: The layer.
    ///   - demands: Its entries, each once.
    ///   - others: The layers at which other workers are.
    ///   - policy: Who goes.
    public mutating func visit(
        layer: Int,
        _ demands: ArraySlice<Int32>,
        others: ArraySlice<Int>,
        _ policy: some EvictionPolicy
    ) {
        self.visit += 1
        self.reads.removeAll(keepingCapacity: true)
        self.moment.move(to: self.visit, layer: layer, others: others)
        for entry in demands {
            let entry = Int(entry)
            self.uses[entry] = self.uses[entry].used(at: self.moment)
            guard self.places[entry] >= 0 else { continue }
            self.holders[entry] = self.visit
            self.counts.hits += 1
        }
        for entry in demands where self.holders[Int(entry)] != self.visit { self.read(Int(entry), policy) }
    }

    private mutating func read(_ entry: Int, _ policy: some EvictionPolicy) {
        self.counts.misses += 1
        self.holders[entry] = self.visit
        if self.nextFree < self.slots.count {
            self.put(entry, inSlot: self.nextFree, isTransient: false)
            self.nextFree += 1
            return
        }
        var search = self.search
        let victim = search.victim(for: entry, policy, among: self, at: self.moment)
        self.search = search
        if let victim {
            self.put(entry, inSlot: victim, isTransient: false)
        } else {
            self.counts.bypasses += 1
            self.put(entry, inSlot: self.nextTransient, isTransient: true)
            self.nextTransient = (self.nextTransient + 1) % self.slots.transientCount
        }
    }

    private mutating func put(_ entry: Int, inSlot slot: Int, isTransient: Bool) {
        let old = Int(self.occupants[slot])
        self.reads.append(Read(entry: entry, replaced: old >= 0 ? old : nil, isTransient: isTransient))
        if old >= 0 {
            self.places[old] = -1
            self.counts.evictions += 1
        }
        self.occupants[slot] = Int32(entry)
        self.places[entry] = Int32(slot)
    }

    /// What contradicts itself; empty unless there is a mistake in this type.
    var integrityProblems: [String] {
        var problems: [String] = []
        for (slot, entry) in self.occupants.enumerated() where entry >= 0 {
            if Int(self.places[Int(entry)]) != slot {
                problems.append("slot \(slot) has entry \(entry), which is elsewhere")
            }
        }
        let (resident, occupied) = (self.places.count { $0 >= 0 }, self.occupants.count { $0 >= 0 })
        if resident != occupied { problems.append("\(resident) entries in \(occupied) slots") }
        for slot in self.slots.admitted where (self.occupants[slot] >= 0) != (slot < self.nextFree) {
            problems.append("slot \(slot) beside the free ones from \(self.nextFree) on")
        }
        return problems
    }
}
