import Foundation
import TestSupport
import Testing

@testable import ExpertCache

@Suite("ExpertArena")
struct ExpertArenaTests {
    private let key = ExpertKey(layer: 1, expert: 5)

    @Test("an expert goes from nowhere through a claim to being resident for every worker")
    func life() throws {
        let bed = try ArenaBed()
        let (one, two) = (try bed.attach(), try bed.attach())
        #expect(one.origin == .created && two.origin == .joined)
        #expect(try one.lookup(self.key, claims: false).name == "missing")
        let load = try one.claim(self.key)
        #expect(try two.lookup(self.key).name == "in transit by 0")
        #expect(try load.takeSlot())
        bed.read(load)
        let pin = try load.publishPinned(checksum: bed.checksum(of: self.key), of: 0..<4096)
        #expect(bed.isIntact(pin))
        #expect(bed.isIntact(try two.pin(self.key)))
        #expect(try two.census().pinnedSlots == 1)
    }

    @Test("a load that is abandoned, or just dropped, leaves nothing behind", arguments: [true, false])
    func abandons(inWords: Bool) throws {
        let bed = try ArenaBed()
        let arena = try bed.attach()
        var load: ExpertLoad? = try arena.claim(self.key)
        #expect(try load?.takeSlot() == true)
        if inWords { try load?.abandon() }
        load = nil
        let census = try arena.census(isQuiet: true)
        #expect(census.freeSlots == 4 && census.loadingExperts == 0 && census.heldSlots == 0)
        #expect(try arena.lookup(self.key, claims: false).name == "missing")
    }

    @Test("a record with another checksum is not published, and may be read again")
    func checksum() throws {
        let bed = try ArenaBed()
        let arena = try bed.attach()
        let load = try arena.claim(self.key)
        #expect(try load.takeSlot())
        let error = #expect(throws: ExpertCacheError.self) {
            try load.publish(checksum: bed.checksum(of: self.key), of: 0..<4096)
        }
        #expect(error?.code == .checksumMismatch && error?.disposition == .retry)
        #expect(try arena.lookup(self.key).name == "in transit by 0")
        bed.read(load)
        try load.publish(checksum: bed.checksum(of: self.key), of: 0..<4096)
        #expect(bed.isIntact(try arena.pin(self.key)))
    }

    @Test("what anybody has pinned is not evicted; what nobody has, is")
    func evicts() throws {
        let bed = try ArenaBed()
        let (one, two) = (try bed.attach(), try bed.attach())
        try one.load(self.key, bed)
        var pin: ExpertPin? = try two.pin(self.key)
        #expect(try !one.evict(self.key) && !two.evict(self.key))
        #expect(pin.map(bed.isIntact) == true)
        pin = nil
        #expect(try one.evict(self.key))
        #expect(try !one.evict(self.key))
        #expect(try two.lookup(self.key, claims: false).name == "missing")
        #expect(try two.census(isQuiet: true).freeSlots == 4)
    }

    @Test("a full arena gives a slot for a victim that is named, and for no other")
    func victims() throws {
        let bed = try ArenaBed(slots: 2)
        let arena = try bed.attach()
        let (a, b, c) = (ExpertKey(layer: 0, expert: 0), ExpertKey(layer: 0, expert: 1), ExpertKey(layer: 2, expert: 7))
        for key in [a, b] { try arena.load(key, bed) }
        let load = try arena.claim(c)
        #expect(try !load.takeSlot())
        #expect(try !load.takeSlot(of: c))
        let pin = try arena.pin(a)
        #expect(try !load.takeSlot(of: a))
        #expect(try load.takeSlot(of: b))
        bed.read(load)
        try load.publish(checksum: bed.checksum(of: c), of: 0..<4096)
        #expect(try arena.lookup(b, claims: false).name == "missing")
        #expect(try bed.isIntact(pin) && bed.isIntact(arena.pin(c)))
    }

    @Test("a transient expert is the first to go, but not while it is pinned")
    func transient() throws {
        let bed = try ArenaBed(slots: 2)
        let arena = try bed.attach()
        let (kept, passing, next) = (
            ExpertKey(layer: 0, expert: 0), ExpertKey(layer: 0, expert: 1), ExpertKey(layer: 0, expert: 2)
        )
        try arena.load(kept, bed)
        try arena.load(passing, bed, isTransient: true)
        #expect(try arena.census().transientExperts == 1)
        var pin: ExpertPin? = try arena.pin(passing)
        let load = try arena.claim(next)
        #expect(try !load.takeSlot(isTransient: true))
        #expect(pin.map(bed.isIntact) == true)
        pin = nil
        #expect(try load.takeSlot(isTransient: true))
        #expect(try arena.lookup(passing, claims: false).name == "missing")
        #expect(try arena.lookup(kept, claims: false).name == "resident")
    }

    @Test("the last worker to leave removes the file")
    func lastOneOut() throws {
        let bed = try ArenaBed()
        var one: ExpertArena? = try bed.attach()
        var two: ExpertArena? = try bed.attach()
        #expect(one?.row == 0 && two?.row == 1)
        let pin = try two.map { arena in
            try arena.load(self.key, bed)
            return try arena.pin(self.key)
        }
        one = nil
        two = nil
        #expect(bed.fileExists, "a pin keeps its worker's row")
        #expect(pin.map(bed.isIntact) == true)
        withExtendedLifetime(pin) {}
    }

    @Test("a row that was given back is free again, and what it counted is kept")
    func rows() throws {
        let bed = try ArenaBed()
        let one = try bed.attach()
        var two: ExpertArena? = try bed.attach()
        two?.add(3, to: .hits)
        two?.add(4096, to: .bytesRead)
        one.add(2, to: .hits)
        #expect(one.workers(asksWhoIsAlive: true).map(\.isAlive) == [true, true])
        #expect(one.workers().map { $0.counters[.hits] } == [2, 3])
        two = nil
        #expect(one.workers().map(\.row) == [0])
        #expect(one.totals[.hits] == 5 && one.totals[.bytesRead] == 4096)
        #expect(try bed.attach().row == 1)
    }

    @Test("workers see where the others are")
    func locations() throws {
        let bed = try ArenaBed()
        let (one, two) = (try bed.attach(), try bed.attach())
        two.setLocation(ArenaLocation(sweep: 123_456_789_012, layer: 2))
        one.setLocation(ArenaLocation(sweep: 7, layer: 1))
        #expect(one.workers()[1].location == ArenaLocation(sweep: 123_456_789_012, layer: 2))
        #expect(one.latestSweep == 123_456_789_012)
        two.setLocation(nil)
        #expect(one.workers().map(\.location) == [ArenaLocation(sweep: 7, layer: 1), nil])
    }

    @Test("an expert's use is the share of the last sweeps that used it, whoever ran them")
    func uses() throws {
        let bed = try ArenaBed()
        let (one, two) = (try bed.attach(), try bed.attach())
        #expect(one.use(of: self.key, asOfSweep: 9) == ArenaUse(lastSweep: 0, share: 0))
        for sweep in 1...200 {
            one.noteUse(of: self.key, inSweep: sweep)
            two.noteUse(of: self.key, inSweep: sweep)
        }
        let always = two.use(of: self.key, asOfSweep: 200)
        #expect(always.lastSweep == 200 && abs(always.share - 1) < 1e-3)
        let later = two.use(of: self.key, asOfSweep: 216)
        #expect(later.lastSweep == 200 && later.share > 0.3 && later.share < 0.4)
        #expect(two.use(of: self.key, asOfSweep: 10_000).share == 0)
    }

    @Test("an arena of one process alone works without a file")
    func anonymous() throws {
        let bed = try ArenaBed()
        let arena = try ExpertArena(anonymous: bed.geometry)
        try arena.load(self.key, bed)
        #expect(bed.isIntact(try arena.pin(self.key)))
        #expect(try arena.evict(self.key))
        #expect(try arena.recover() == 0)
        #expect(arena.path == nil && !bed.fileExists)
        #expect(arena.workers(asksWhoIsAlive: true).map(\.isAlive) == [true])
    }
}
