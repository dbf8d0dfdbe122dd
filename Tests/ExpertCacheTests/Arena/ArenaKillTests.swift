import Foundation
import Synchronization
import TestSupport
import Testing

@testable import ExpertCache

/// Workers in processes of their own work in one arena and are killed, at every edge between two states and at any time.
///
/// The others must not be kept waiting, must not read a wrong byte, and find nothing of the dead ones once they have cleared
/// up. `DURE_ARENA_KILLS=5000` makes it a long search.
@Suite("Killed workers", .serialized)
final class ArenaKillTests: Sendable {
    private static let kills = ProcessInfo.processInfo.environment["DURE_ARENA_KILLS"].flatMap { Int($0) } ?? 400
    private static let lanes = 4

    /// What the lanes have found so far.
    private struct Tally {
        var ended = 0
        var killed = 0
        var deaths: [ArenaExerciser.Edge: Int] = [:]
        var problems: [String] = []
    }

    private let tally = Mutex(Tally())

    @Test("whoever is killed where, the others go on and nothing is left behind", arguments: [1, 2] as [UInt64])
    func killed(seed: UInt64) throws {
        let edges = try ArenaExerciser.edges()
        #expect(edges.count > 30)
        var random = SeededRandom(seed: seed)
        var round = 0
        while self.isToBeContinued(edges) {
            round += 1
            // With a worker that stays, the arena is the same all the time. Without, it is made, left and made again.
            try self.runRound(hasWitness: round.isMultiple(of: 2), edges, &random, "seed \(seed), round \(round)")
        }
        self.tally.withLock { tally in
            #expect(tally.problems == [], "seed \(seed)")
            #expect(tally.killed >= Self.kills / 2)
            #expect(edges.filter { tally.deaths[$0] == nil } == [], "nobody died there; seed \(seed)")
        }
    }

    /// Until there were enough kills, and one at every edge; but not for ever, should there be one that cannot be reached.
    private func isToBeContinued(_ edges: [ArenaExerciser.Edge]) -> Bool {
        self.tally.withLock { tally in
            let isComplete = tally.killed >= Self.kills / 2 && tally.deaths.count == edges.count
            return tally.problems.isEmpty && !isComplete && tally.ended < 4 * Self.kills + 4000
        }
    }

    private func runRound(
        hasWitness: Bool,
        _ edges: [ArenaExerciser.Edge],
        _ random: inout SeededRandom,
        _ name: String
    ) throws {
        let bed = try ArenaBed(layers: 3, experts: 6, slots: 7, recordBytes: ArenaExerciser.recordBytes, digest: "0")
        let exerciser = ArenaExerciser(bed: bed)
        let witness = hasWitness ? try bed.attach() : nil
        let seeds = (0..<Self.lanes).map { _ in random.next() }
        DispatchQueue.concurrentPerform(iterations: Self.lanes) { lane in
            self.runLane(exerciser, edges, seeds[lane], name)
        }
        // Whoever comes now finds what the dead left.
        let end = try exerciser.run(seed: random.next(), operations: 300)
        if end.status != 0 { self.report("\(name), last: \(end)") }
        if let witness {
            try self.expectClean(witness, name)
        } else {
            try self.expectClean(bed.attach(), name)
            if bed.fileExists { self.report("\(name): the last one out left the file") }
        }
    }

    private func runLane(
        _ exerciser: ArenaExerciser,
        _ edges: [ArenaExerciser.Edge],
        _ seed: UInt64,
        _ name: String
    ) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<8 {
            let death = self.death(edges, &random)
            let operations = [50, 300, 1500].randomElement(using: &random) ?? 50
            let seed = random.next()
            do {
                let end = try exerciser.run(seed: seed, operations: operations, death)
                self.tally.withLock { tally in
                    tally.ended += 1
                    if end.status == -SIGKILL { tally.killed += 1 }
                    if let edge = end.edge { tally.deaths[edge, default: 0] += 1 }
                }
                if end.status != 0 && end.status != -SIGKILL {
                    self.report("\(name): \(end), \(death), seed \(seed), \(operations) operations")
                }
            } catch {
                self.report("\(name): \(error)")
            }
        }
    }

    private func death(_ edges: [ArenaExerciser.Edge], _ random: inout SeededRandom) -> ArenaExerciser.Death {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6:
            // One where nobody has died yet, while there is one.
            let deaths = self.tally.withLock { $0.deaths }
            let missing = edges.filter { deaths[$0] == nil }
            let edge = (missing.isEmpty ? edges : missing).randomElement(using: &random) ?? edges[0]
            return .edge(edge, [1, 1, 2, 5, 30].randomElement(using: &random) ?? 1)
        case 6..<8: return .anyEdge(Int.random(in: 1...3000, using: &random))
        default: return .microseconds(Int.random(in: 1...8000, using: &random))
        }
    }

    private func expectClean(_ arena: ExpertArena, _ name: String) throws {
        try arena.recover()
        let census = try arena.census(isQuiet: true)
        let isClean =
            census.heldSlots == 0 && census.pinnedSlots == 0 && census.loadingExperts == 0
            && census.evictingExperts == 0 && census.deadWorkers == 0 && census.liveWorkers == 1
            && census.freeSlots + census.residentExperts == arena.geometry.slotCount
        if !isClean { self.report("\(name): \(census)") }
    }

    private func report(_ problem: String) { self.tally.withLock { $0.problems.append(problem) } }
}
