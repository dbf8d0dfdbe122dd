/// Lets workers of one arena enter each layer together, so that what one of them reads serves all.
///
/// Nobody is waited for longer than a bound, and who was too late is not waited for again before it has caught up.
struct Convoy {
    private let arena: ExpertArena
    private let bound: Duration
    private var stragglers: Set<Int> = []
    private(set) var sweep = 0

    init(_ arena: ExpertArena, bound: Duration) {
        self.arena = arena
        self.bound = bound
    }

    private func others() -> [(row: Int, location: ArenaLocation)] {
        let own = self.arena.row
        return self.arena.workers().compactMap { worker in
            guard worker.row != own, let location = worker.location else { return nil }
            return (worker.row, location)
        }
    }

    /// Numbers this worker's next sweep: that of the workers who wait at its first layer, or the one after all that were.
    mutating func beginSweep(firstLayer: Int) {
        let latest = self.arena.latestSweep
        let isOpen = self.others().contains { $0.location == ArenaLocation(sweep: latest, layer: firstLayer) }
        self.sweep = max(self.sweep + 1, isOpen ? latest : latest + 1)
    }

    /// Tells the others that this worker is at a layer, and waits for those who are on their way there.
    ///
    /// - Returns: The layers at which the others then are.
    mutating func enter(layer: Int) -> [Int] {
        let own = ArenaLocation(sweep: self.sweep, layer: layer)
        self.arena.setLocation(own)
        guard self.bound > .zero else { return self.others().map(\.location.layer) }
        let start = ContinuousClock.now
        var hasWaited = false
        while true {
            let ticket = self.arena.ticket(for: .positions)
            let others = self.others()
            self.stragglers.formIntersection(others.filter { $0.location < own }.map(\.row))
            let late = others.filter { $0.location < own && !self.stragglers.contains($0.row) }
            let left = self.bound - (ContinuousClock.now - start)
            if late.isEmpty || left <= .zero {
                self.stragglers.formUnion(late.map(\.row))
                if hasWaited {
                    self.arena.add(to: .convoyWaits)
                    self.arena.add(
                        Int((ContinuousClock.now - start).wholeMicroseconds),
                        to: .convoyMicroseconds
                    )
                }
                return others.map(\.location.layer)
            }
            hasWaited = true
            _ = self.arena.wait(ticket, atMost: left)
        }
    }

    /// Tells the others that this worker runs no sweep.
    func leave() { self.arena.setLocation(nil) }
}
