import Foundation
import TestSupport
import Testing

@testable import ExpertCache

@Suite("Waiting in an arena", .serialized)
struct ArenaWaitingTests {
    private let key = ExpertKey(layer: 1, expert: 5)

    @Test("a wait ends at its limit where nothing happens")
    func limit() throws {
        let arena = try ArenaBed().attach()
        let ticket = arena.ticket(for: .layer(1))
        #expect(!arena.wait(ticket, atMost: .milliseconds(1)))
        #expect(!arena.wait(ticket, atMost: .zero))
    }

    @Test("a change after the ticket is not missed, however late the wait begins")
    func ticket() throws {
        let bed = try ArenaBed()
        let arena = try bed.attach()
        let (layer, slots, other) = (
            arena.ticket(for: .layer(1)), arena.ticket(for: .slots), arena.ticket(for: .layer(2))
        )
        try arena.load(self.key, bed)
        #expect(arena.wait(layer, atMost: .seconds(60)))
        #expect(arena.wait(slots, atMost: .seconds(60)))
        #expect(!arena.wait(other, atMost: .zero))
    }

    @Test("who waits for a slot wakes when a pin goes")
    func unpin() throws {
        let bed = try ArenaBed()
        let arena = try bed.attach()
        try arena.load(self.key, bed)
        var pin: ExpertPin? = try arena.pin(self.key)
        let ticket = arena.ticket(for: .slots)
        #expect(!arena.wait(ticket, atMost: .zero) && pin != nil)
        pin = nil
        #expect(arena.wait(ticket, atMost: .seconds(60)))
    }

    @Test(
        "three threads, of one worker or of three, see the right bytes and leave nothing",
        arguments: [1, 2, 3] as [UInt64],
        [1, 3]
    )
    func together(seed: UInt64, workers: Int) throws {
        let bed = try ArenaBed(layers: 2, experts: 8, slots: 6)
        let attached = try (0..<workers).map { _ in try bed.attach() }
        let arenas = (0..<3).map { attached[$0 % workers] }
        // Threads of their own: they wait for each other, so all of them must run.
        let threads = DispatchGroup()
        for (number, arena) in arenas.enumerated() {
            threads.enter()
            Thread.detachNewThread {
                defer { threads.leave() }
                var random = SeededRandom(seed: seed &* 31 &+ UInt64(number))
                do {
                    for _ in 0..<100 { try Self.use(arena, bed, &random) }
                } catch {
                    Issue.record(error)
                }
            }
        }
        threads.wait()
        let census = try arenas[0].census(isQuiet: true)
        #expect(census.heldSlots == 0 && census.pinnedSlots == 0 && census.loadingExperts == 0)
        #expect(census.freeSlots + census.residentExperts == 6)
    }

    private static func anyKey(_ random: inout SeededRandom) -> ExpertKey {
        ExpertKey(layer: Int.random(in: 0..<2, using: &random), expert: Int.random(in: 0..<8, using: &random))
    }

    private static func use(
        _ arena: ExpertArena,
        _ bed: ArenaBed,
        _ random: inout SeededRandom
    ) throws {
        let key = Self.anyKey(&random)
        let limit = ContinuousClock.now + .seconds(60)
        while true {
            try #require(ContinuousClock.now < limit, "nobody may be kept waiting for ever")
            let (layer, slots) = (arena.ticket(for: .layer(key.layer)), arena.ticket(for: .slots))
            switch try arena.lookup(key) {
            case .resident(let pin):
                #expect(bed.isIntact(pin))
                return
            case .inTransit: _ = arena.wait(layer, atMost: .seconds(1))
            case .missing: Issue.record("it should have been claimed")
            case .claimed(let load):
                let victim = Self.anyKey(&random)
                guard try load.takeSlot(isTransient: random.chance(0.3)) || load.takeSlot(of: victim) else {
                    try load.abandon()
                    _ = arena.wait(slots, atMost: .milliseconds(1))
                    continue
                }
                bed.read(load)
                let pin = try load.publishPinned(checksum: bed.checksum(of: key), of: 0..<4096)
                #expect(bed.isIntact(pin))
                return
            }
        }
    }
}
